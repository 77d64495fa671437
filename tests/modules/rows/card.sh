# A PIV card through OpenSC: real pcscd, PC/SC and OpenSC, the simulated card of
# tests/card, and a TPM beside it, since such a card has no HMAC and no counter.
. "$rows/../../card/card.sh"
title="OpenSC $(dpkg-query -W -f '${Version}' opensc 2>/dev/null), PIV card behind pcscd $(dpkg-query -W -f '${Version}' pcscd 2>/dev/null), a TPM beside it"
module=$card_module
needs=("${card_needs[@]}" /usr/bin/swtpm)
label=PIV_II  # what OpenSC calls a card without a certificate
pin=27182818  # eight digits at most
has_daemon=1

prepare()
{
	local beside=tpm2:swtpm:path=$dir/swtpm/socket
	card_dir=$dir
	own_machine && card_new card "$pin" || return
	mkdir swtpm && chown "$((uid_base + 3))" swtpm
	setpriv --pdeathsig KILL --reuid "$((uid_base + 3))" --clear-groups \
		swtpm socket --tpm2 --tpmstate "dir=$dir/swtpm" \
		--server "type=unixio,path=$dir/swtpm/socket" \
		--flags not-need-init >/dev/null 2>&1 &
	until_true test -S swtpm/socket || return
	head -c 12 /dev/urandom | xxd -p | tr -d '\n' >tpm-pin && chmod 400 tpm-pin
	beside=$(anchorctl token keygen --uri "$beside" --beside \
		--pin-file tpm-pin |
		sed -n 's/.*companion_tpm = "\(.*\)";/\1/p')
	settings="handle_label = \"\"; companion_tpm = \"$beside\";
	          companion_pin_file = \"$dir/tpm-pin\";"
}

daemon_start() { reader_start && card_insert card; }
daemon_kill() { reader_end KILL; }

# No token without a label: a card is never blank to OpenSC.
do_init()
{
	verb init anchorctl token init --module "$module" --label new \
		--so-pin-file so-pin --pin-file pin
}

# Who manages cards makes the key, by piv-tool.
do_keygen()
{
	verb keygen anchorctl token keygen --module "$module" --token "$label" \
		--alg "$alg" --handle-label "" --pin-file pin --pins pins
	card_key 9A "$label" >&2 || return
	token_uri=$(card_uri "PIV AUTH key" 01)
	anchorctl token public --uri "$token_uri" --module "$module" \
		--pin-file pin --pins pins >&2
}
