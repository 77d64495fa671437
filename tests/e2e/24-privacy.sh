#!/bin/bash
# Goal: what the service says of a device, and to whom. One device is enrolled at two
# tenants, attests, is refused and deleted: no answer, no stored value, no line of the
# log and no metric joins its two pseudonyms, and log and metrics have nothing that
# names it. Then a tenant is erased.
. "$(dirname "$0")/lib.sh"
with_phone=1
prepare
# backend-b may enrol, too; the log says all that it can say.
sed -i -e '/san = "URI:spiffe:\/\/demo\/backend-b"/,/}/s/workflows = \[[^]]*\]/workflows = ["enroll", "metadata"]/' \
	-e 's/^instance: *{/&  log_level = "debug";/' anchord.conf
service_start
wait_for 200 30 || {
	bad "the service becomes ready" "last /readyz: $http_status"
	finish
}

declare -A handles
: >answers-backend-a
: >answers-backend-b

# keep_answer TENANT: the last answer, for a search.
keep_answer()
{
	cat http.json >>"answers-$1"
	echo >>"answers-$1"
}

# attested TENANT WHAT REASONS
attested()
{
	challenge_ask "$1" metadata "$(bound "$transport" "$request")" &&
		quote "$(hex_of_b64url "$nonce")" "p-$1" && evidence_json "p-$1"
	keep_answer "$1"
	attest "$1" "$challenge" "p-$1.json" "$(bound "$transport" "$4")"
	verdict "$1: $2" "$3"
	keep_answer "$1"
	cut -d. -f2 <<<"$result" | tr '_-' '/+' | base64 -d 2>/dev/null \
		>>"answers-$1"
}

for tenant in backend-a backend-b; do
	enrol $tenant
	same "$tenant: enrolled" "201 active" "$http_status $(answer .state)"
	[ -n "$handle" ] || finish
	handles[$tenant]=$handle
	keep_answer $tenant
	attested $tenant "eligible" "" "$request"
	attested $tenant "refused" binding-request "$elsewhere"
	api $tenant GET "/v1/enrollments/$handle"
	keep_answer $tenant
	api $tenant GET /v1/enrollments
	keep_answer $tenant
	api $tenant GET /v1/outcomes
	keep_answer $tenant
done
phone_enrol backend-a || bad "a phone enrols" "$http_status $(cat http.json)"
phone_handle=$(answer '.enrollment.device_handle // .device_handle // .handle')
keep_answer backend-a

a=${handles[backend-a]}
b=${handles[backend-b]}
[ "$a" != "$b" ] && ok "the pseudonyms differ" || bad "the pseudonyms differ" "$a"

# --- what joins two tenants ----------------------------------------------------------

# Key, name and digest of the device in every spelling that an answer could have.
xxd -p -c 0 tpm/ak.name | cut -c 5- >name.hex
device_words()
{
	cat name.hex
	xxd -r -p name.hex | base64 -w0 | tr '+/' '-_' | tr -d =
	echo
	xxd -r -p name.hex | base64 -w0
	echo
	sha256sum tpm/ak.pub | cut -c 1-64
}
device_words >device.words
for tenant in backend-a backend-b; do
	same "$tenant: answers do not have the device's key" "" \
		"$(grep -oFf device.words "answers-$tenant" | head -n 1)"
done
same "no answer to one tenant has the other's pseudonym" "" \
	"$(grep -oF "$b" answers-backend-a; grep -oF "$a" answers-backend-b)"
same "each tenant's answers have its own" "2" \
	"$(grep -lF -e "$a" -e "$b" answers-backend-? | wc -l)"

# The outcomes of a tenant and of the device's other tenant: which words of 16
# characters are in both, beside those that this test and the policy chose?
jq -r '.outcomes[]? | [.jti, .cti, .nonce, .evidence, .evidence_digest, .device_handle]
	| .[] | strings' answers-backend-a | sort -u >of-a
jq -r '.outcomes[]? | [.jti, .cti, .nonce, .evidence, .evidence_digest, .device_handle]
	| .[] | strings' answers-backend-b | sort -u >of-b
[ "$(wc -l <of-a)" -gt 4 ] && ok "outcomes were read" || bad "outcomes were read" "$(head -c 300 answers-backend-a)"
same "no word of an outcome is in both" "" "$(comm -12 of-a of-b)"

# --- the log and the metrics -----------------------------------------------------------

# A deletion, too, so that its line is there.
api backend-a DELETE "/v1/enrollments/$phone_handle"
same "the phone is deleted" 204 "$http_status"
api backend-a GET "/v1/enrollments/$phone_handle"
problem "it is not there any more" 404 enrollment-unknown
api backend-a POST "/v1/enrollments/$a/suspend" '{}'
same "the device is suspended" 200 "$http_status"
api monitor GET /metrics
cp http.json metrics
# The serial numbers of the phone's certificates, and its model.
phone_words()
{
	keymint --state phone serials --shape new-attest-key | awk 'length > 7'
	anchorctl inspect --format android-key phone/chain.pem |
		jq -r '.. | objects | (.model, .brand, .device, .product, .serial)
			| strings | select(length > 3)'
}
{
	printf '%s\n' "$a" "$b" "$phone_handle" "${a#dh1_}" "${b#dh1_}"
	cat device.words
	phone_words
} | sort -u >named.words
[ "$(wc -l <named.words)" -gt 10 ] && ok "there are words to search" ||
	bad "there are words to search" "$(cat named.words)"
[ "$(grep -c 'level=debug' service.log)" -gt 3 ] && ok "the log says all that it can" ||
	bad "the log says all that it can" "$(head -n 3 service.log)"
same "the log has no word that names a device" "" \
	"$(grep -oFif named.words service.log | head -n 1)"
same "nor have the metrics" "" "$(grep -oFif named.words metrics | head -n 1)"
same "the search finds what is there" "$a" \
	"$(echo "x $a x" | grep -oFif named.words | head -n 1)"
same "who has the handle finds the line of the log" 1 \
	"$(grep -c "event=enrolment-changed .*device=$(logged backend-a "$a") " service.log)"
same "a line of the log is of one tenant" "" \
	"$(grep "device=$(logged backend-a "$a")" service.log | grep -F backend-b)"

# --- the database ----------------------------------------------------------------------

service_stop
database()
{
	cat ledger/ledger.db* | xxd -p -c 0
}
hex()
{
	printf '%s' "$1" | xxd -p -c 0
}
database >database.hex
has()
{
	grep -cF "$1" database.hex
}
same "the database has both pseudonyms" "1 1" "$(has "$(hex "$a")") $(has "$(hex "$b")")"
same "it has no key of the device, nor its digest" 0 "$(has "$(cat name.hex)")"

# --- a tenant is erased ------------------------------------------------------------------

erase()
{
	anchorctl tenant erase "$@" --directory "$dir/ledger" --json
}
as_role_owner=$(stat -c %u ledger)
[ "$as_role_owner" = "$(id -u)" ] || chown -R "$(id -u)" ledger
same "a dry run says what there is" "1 false" \
	"$(erase backend-a --dry-run | jq -r '"\(.enrolments) \(.changed)"')"
database | cmp -s - database.hex && ok "and changes nothing" ||
	bad "a dry run changes nothing" "the file is another one"
holds "the tenant is erased" erase backend-a
database >database.hex
same "nothing of it is left" "0 0" "$(has "$(hex "$a")") $(has "$(hex backend-a)")"
same "the other tenant is there" 1 "$(has "$(hex "$b")")"
same "erased once more, there is nothing" "0 0" \
	"$(erase backend-a | jq -r '"\(.enrolments) \(.outcomes)"')"
if erase "No Tenant" >says 2>&1; then
	bad "a wrong name is refused" "accepted"
else
	ok "a wrong name is refused"
fi
[ "$as_role_owner" = "$(id -u)" ] || chown -R "$as_role_owner" ledger
service_start
wait_for 200 30
same "the service goes on" 200 "$http_status"
handle=$b
attested backend-b "eligible as before" "" "$request"
handle=$a
attested backend-a "not known any more" device-not-enrolled "$request"
finish
