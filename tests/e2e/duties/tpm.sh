# tpm.sh - the counter of a TPM beside the token, whose owner's and lockout
# authorisations are an officer's.  Sourced by 77-duties.sh.

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
		now=$(sed -n 's/^token=\([0-9]*\),.*/\1/p' device) || return
	[ "$now" -ge "$was" ] && echo "it begins at or above what it had"
	[ "$now" -lt "$was" ]
}

# clear_tpm AUTHORISATION: clears the TPM by its lockout authorisation.
clear_tpm()
{
	tpm2_clear -c l "$1"
}

trust_in_tpm()
{
	anchorctl token trust --uri "$beside" --json | jq -r .counter
}

beside=$(anchorctl token keygen --uri "tpm2:swtpm:path=$dir/tpm/socket" --beside \
	--pin-file pin | sed -n 's/.*companion_tpm = "\(.*\)";/\1/p')
sed "s|^token: {|& companion_tpm = \"${beside//&/\\&}\";|" anchord.conf >tpm.conf
expect "the TPM has a counter" 0 anchorctl trust device --config tpm.conf --pin-file pin
for name in owner lockout; do
	head -c 12 /dev/urandom | xxd -p | tr -d '\n' >$name-key
	chmod 0400 $name-key
done
expect "an officer is its owner" 0 anchorctl token take-ownership \
	--uri "tpm2:swtpm:path=$dir/tpm/socket" --new-owner-file owner-key \
	--new-lockout-file lockout-key
for who in so user auditor operator; do
	refused count-in-tpm.$who device 'authorization|0x0*9a2' \
		count "$(cat "${secret[$who]}")"
	refused roll-back-in-tpm.$who device 'authorization|0x0*9a2' \
		anew "$(cat "${secret[$who]}")"
done
can count-in-tpm.officer count "$(cat owner-key)"
refused roll-back-in-tpm.officer device 'at or above' anew "$(cat owner-key)"

# One wrong lockout authorisation locks that out, so his with the right one is first.
refused clear-tpm.officer device '0x0*120' clear_tpm "$(cat lockout-key)"
for who in so user auditor operator; do
	refused clear-tpm.$who device '0x0*(98e|9a2|921)' \
		clear_tpm "$(cat "${secret[$who]}")"
done
