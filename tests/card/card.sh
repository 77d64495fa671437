# card.sh - a smart card for scripts: the card of piv.py in the virtual reader
# vpcd, behind pcscd, for whatever talks PC/SC.
#
# Sourced, never run, by a script with a network and a /run of its own
# (own_machine), since vpcd listens on all addresses and pcscd has its socket in
# /run.  Reader, pcscd and OpenSC are what Debian has; the card alone is
# simulated.  What is made lies in $card_dir, which the script sets.

card_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
card_driver=/usr/lib/pcsc/drivers/serial/libifdvpcd.so
card_module=/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so
card_needs=("$card_driver" "$card_module" /usr/sbin/pcscd /usr/bin/piv-tool)
card_port=35963
card_wait_s=60 # as HARNESS_WAIT_MS of the tests in C
pcscd_pid=
card_pid= # of the card that is in the reader

# own_machine: loopback and an empty /run, in namespaces that the caller made.
own_machine()
{
	ip link set lo up && mount -t tmpfs -o mode=755 none /run
}

# until_true COMMAND...: within the bound.
until_true()
{
	local end=$((SECONDS + card_wait_s))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# The reader and its daemon.
reader_start()
{
	mkdir -p "$card_dir/reader.conf.d"
	cat >"$card_dir/reader.conf.d/vpcd" <<END
FRIENDLYNAME "Virtual PCD"
DEVICENAME   /dev/null:0x$(printf %X $card_port)
LIBPATH      $card_driver
CHANNELID    0x$(printf %X $card_port)
END
	rm -f /run/pcscd/pcscd.comm
	setpriv --pdeathsig KILL pcscd -f -c "$card_dir/reader.conf.d" \
		>"$card_dir/pcscd.log" 2>&1 &
	pcscd_pid=$!
	until_true test -S /run/pcscd/pcscd.comm
}

# reader_end [SIGNAL]
reader_end()
{
	[ -z "$pcscd_pid" ] || kill -"${1:-TERM}" "$pcscd_pid" 2>/dev/null
	wait "$pcscd_pid" 2>/dev/null
	pcscd_pid=
}

# A card in the reader, or none.
card_there() { opensc-tool --name; }
card_gone() { ! card_there; }

# card_new NAME PIN: a blank card.
card_new()
{
	/usr/bin/python3 -B "$card_here/piv.py" new "$card_dir/$1" --pin "$2"
}

# card_insert NAME [pulled]: until card_pull, or until it is asked to sign.
card_insert()
{
	setpriv --pdeathsig KILL /usr/bin/python3 -B "$card_here/piv.py" \
		insert "$card_dir/$1" $card_port ${2:+"$2"} 2>>"$card_dir/card.log" &
	card_pid=$!
	until_true card_there
}

card_pull()
{
	[ -n "$card_pid" ] || return 0
	kill -KILL "$card_pid" 2>/dev/null
	wait "$card_pid" 2>/dev/null
	card_pid=
	until_true card_gone
}

# As who manages cards, with the management key of piv.py.
card_manage()
{
	echo 40:41:42:43:44:45:46:47:48:49:4a:4b:4c:4d:4e:4f \
		>"$card_dir/management-key"
	PIV_EXT_AUTH_KEY=$card_dir/management-key piv-tool -A M:9B:08 "$@"
}

# card_has SLOT FILE: the card shows this certificate.
card_has()
{
	local id=01
	[ "$1" = 9A ] || id=02
	pkcs15-tool --read-certificate $id 2>/dev/null | cmp -s - "$2"
}

# card_key SLOT SUBJECT: a P-256 key made in the card, with a certificate, without
# which OpenSC does not show it.  SLOT.pub and SLOT.pem have them.
#
# The command is sent as it is (SP 800-73-4 part 2, 3.3.2), since `piv-tool -G`
# of OpenSC 0.23 makes the key and then fails to print it.
card_key()
{
	local point
	point=$(card_manage --send-apdu "00:47:00:$1:05:ac:03:80:01:11:00" |
		sed -n '/^Received/,$s/^\(\([0-9A-F]\{2\} \)\+\).*/\1/p' |
		tr -d ' \n')
	[ "${point::12}" = 7F4943864104 ] || return
	# SubjectPublicKeyInfo of P-256 up to the point.
	printf '3059301306072a8648ce3d020106082a8648ce3d030107034200%s' \
		"${point:10}" | xxd -r -p |
		openssl pkey -pubin -inform DER -out "$card_dir/$1.pub" || return
	[ -e "$card_dir/ca.key" ] || openssl req -x509 -newkey ec \
		-pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=cards" \
		-keyout "$card_dir/ca.key" -out "$card_dir/ca.pem" 2>/dev/null
	openssl x509 -new -force_pubkey "$card_dir/$1.pub" -subj "/CN=$2" \
		-CA "$card_dir/ca.pem" -CAkey "$card_dir/ca.key" -days 3650 \
		-out "$card_dir/$1.pem" || return
	# It ends with another status than 0 when it has stored it, so the card
	# is asked.
	card_manage --cert "$1" --in "$card_dir/$1.pem"
	card_has "$1" "$card_dir/$1.pem"
}

# card_uri OBJECT ID: of a key of the card that is in the reader.
card_uri()
{
	"${ctl:-anchorctl}" token list --module "$card_module" --json |
		jq -r --arg object "$1" --arg id "$2" '.tokens[0] |
			"pkcs11:token=\(.label | @uri);serial=\(.serial);" +
			"object=\($object | @uri);id=%\($id)"'
}
