# tpm.sh - the counter of a TPM beside the token, whose owner's authorisation is an
# officer's.  Sourced by 77-duties.sh.

counter=0x01818100

# count AUTHORISATION: raises the counter as the TPM's owner, by none or by this.
count()
{
	tpm2_nvincrement -C o $counter || tpm2_nvincrement -C o -P "$1" $counter
}

# anew AUTHORISATION: deletes the counter and defines it, and expects it lower.
anew()
{
	local was now
	was=$(trust_in_tpm) || return
	tpm2_nvundefine -C o $counter ||
		tpm2_nvundefine -C o -P "$1" $counter || return
	anchorctl trust device --config tpm.conf --pin-file pin \
		--owner-file owner-key >device &&
		now=$(sed -n 's/^token=//p' device) || return
	[ "$now" -ge "$was" ] && echo "it begins at or above what it had"
	[ "$now" -lt "$was" ]
}

trust_in_tpm()
{
	anchorctl token trust --uri "$beside" --json | jq -r .counter
}

beside=$(anchorctl token keygen --uri "tpm2:swtpm:path=$dir/tpm/socket" --beside \
	--pin-file pin | sed -n 's/.*companion_tpm = "\(.*\)";/\1/p')
sed "s|^token: {|& companion_tpm = \"${beside//&/\\&}\";|" anchord.conf >tpm.conf
expect "the TPM has a counter" 0 anchorctl trust device --config tpm.conf --pin-file pin
head -c 12 /dev/urandom | xxd -p | tr -d '\n' >owner-key
chmod 0400 owner-key
for authorisation in owner lockout; do
	expect "an officer has its $authorisation authorisation" 0 \
		tpm2_changeauth -c $authorisation "$(cat owner-key)"
done
for who in so user auditor operator; do
	refused count-in-tpm.$who device 'authorization|0x0*9a2' \
		count "$(cat "${secret[$who]}")"
	refused roll-back-in-tpm.$who device 'authorization|0x0*9a2' \
		anew "$(cat "${secret[$who]}")"
done
can count-in-tpm.officer count "$(cat owner-key)"
refused roll-back-in-tpm.officer device 'at or above' anew "$(cat owner-key)"
