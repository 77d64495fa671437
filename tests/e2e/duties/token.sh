# token.sh - what the PINs of the service's token are for.
#
# Whoever tries here reaches the token, so that the token alone refuses; whose its
# files are is in machine.sh.  Sourced by 77-duties.sh.

so=(--login --login-type so --session-rw --so-pin "$(cat so-pin)")
user=(--login --session-rw --pin "$(cat pin)")
officer=(--login --session-rw --pin "$(cat officers/release.pin)")
generate=(--keypairgen --key-type EC:prime256v1 --label more --id 77)
sign=(--sign --mechanism ECDSA --id 01 --input-file statement --output-file signed)
destroy=(--delete-object --type privkey --id 01)
head=(--write-object value --type data --label anchord-trust-head
	--application-label anchord)
wrong=CKR_PIN_INCORRECT
nobody=CKR_USER_NOT_LOGGED_IN

for who in user officer auditor operator; do
	mine=$(cat "${secret[$who]}")
	refused init.$who device $wrong raw tries --init-token \
		--label anchord-demo --so-pin "$mine"
	refused so-pin.$who device $wrong verb tries token so-pin \
		--so-pin-file "${secret[$who]}" --new-so-pin-file so-pin-next
	refused user-pin.$who device $wrong raw tries --login --login-type so \
		--so-pin "$mine" --init-pin --new-pin "$mine"
	refused certificate.$who device $wrong apply_to tries signed-anchor \
		"${secret[$who]}"
done
can certificate.so apply_to tries signed-anchor so-pin
same "it is in the token" 2 "$(verb tries token trust --json | jq '.certificates | length')"
copy_token spent
can so-pin.so verb spent token so-pin --so-pin-file so-pin \
	--new-so-pin-file so-pin-next
copy_token spent
can init.so raw spent --init-token --label anchord-demo --so-pin "$(cat so-pin)"
expect "no key is left" 1 raw spent --login --session-rw --pin "$(cat pin)" "${destroy[@]}"
says "nor a PIN of the user" CKR_USER_PIN_NOT_INITIALIZED

refused make-key.so device $nobody raw tries "${so[@]}" "${generate[@]}"
refused make-key.officer device $wrong verb tries token keygen --label more \
	--id 77 --pin-file officers/release.pin
refused make-key.auditor device $nobody raw tries --session-rw "${generate[@]}"
copy_token spent
can make-key.user verb spent token keygen --label more --id 77 --pin-file pin
refused destroy-key.officer device $wrong raw tries "${officer[@]}" "${destroy[@]}"
refused destroy-key.auditor device 'object not found' raw tries --session-rw \
	"${destroy[@]}"
can destroy-key.user raw spent "${user[@]}" "${destroy[@]}"

refused read-private.so device private-unseen audit tries --no-login
same "with his PIN he sees none" 0 "$(raw tries "${so[@]}" -O 2>&1 | grep -c Private)"
refused read-private.officer device $wrong raw tries "${officer[@]}" -O
refused read-private.auditor device private-unseen audit tries --no-login
can read-private.user audit tries --pin-file pin
can read-public.auditor verb tries token list

# The public half belongs to whoever reaches the token.
for who in so user officer auditor operator; do
	copy_token spent
	expect "without a PIN a public half is destroyed" 0 raw spent --session-rw \
		--delete-object --type pubkey --id 01
	noticed public-half.$who audit public-missing audit spent --pin-file pin
done

before=$(head_of tries)
refused counter.so device $nobody raw tries "${so[@]}" "${head[@]}" --private
refused counter.officer device $wrong raw tries "${officer[@]}" "${head[@]}" --private
refused counter.auditor device $nobody raw tries --session-rw "${head[@]}" --private
expect "without a PIN there is a public one" 0 raw tries --session-rw "${head[@]}"
same "which does not count" "$before" "$(head_of tries)"
copy_token spent
can counter.user raw spent "${user[@]}" "${head[@]}" --private
different "which counts" "$before" "$(head_of spent)"

refused sign.officer device $wrong raw tries "${sign[@]}" "${officer[@]}"
refused sign.auditor device $wrong raw tries "${sign[@]}" --login --pin "$(cat guess)"
can sign.user raw tries "${sign[@]}" "${user[@]}"
can_all_the_same sign.operator raw tries "${sign[@]}" "${user[@]}"
expect "with the security officer's PIN there is no key" 1 raw tries "${sign[@]}" \
	"${so[@]}"
says "that could sign" "Private key not found"
copy_token spent
can user-pin.so raw spent "${so[@]}" --init-pin --new-pin "$(cat guess)"
expect "with a PIN that he set there is" 0 raw spent "${sign[@]}" --login \
	--pin "$(cat guess)"
