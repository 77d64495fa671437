# lib.sh - a whole service with real parts, in a directory that goes away.
#
# The demo, `make run` and the scenarios of tests/e2e share this: certificates
# by openssl, a SoftHSM token by anchorctl, configuration and policy, the
# service, and a device: a software TPM that is driven by tpm2-tools.
#
# Sourced by bash scripts, never run.  Everything is made in $dir; every process
# that is started is known by its id and ended by it, on every way out.

set -u
umask 077
export LC_ALL=C

demo_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
demo_bin=$demo_root/${ANCHORD_BUILD:-build}/bin
[[ ${ANCHORD_BUILD:-} == /* ]] && demo_bin=$ANCHORD_BUILD/bin
demo_devices=${demo_bin%/bin}/test # the KeyMint simulator is there
PATH=$demo_bin:$demo_devices:$PATH:/usr/sbin:/sbin
. "$demo_root/provisioning/demo/phone.sh"

softhsm_module=/usr/lib/softhsm/libsofthsm2.so
uid_base=64300 # as root: front, verifier, ledger, key holder run as this + 0..3
service_pid=
tpm_pid=
boot_key= # of the phone's operating system, when there is a phone
dir=

# --- the directory and the ways out --------------------------------------------

# Makes the directory and goes there.
demo_begin()
{
	dir=$(mktemp -d "${TMPDIR:-/tmp}/anchord-$1.XXXXXX") || exit 1
	trap demo_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	chmod 711 "$dir" # the roles have users of their own
	cd "$dir" || exit 1
}

demo_end()
{
	trap - EXIT
	service_stop
	tpm_stop
	cd /
	[ -n "$dir" ] && rm -rf "$dir"
}

# end_process PID: asks it to end, insists after five seconds.
end_process()
{
	local i
	kill -TERM "$1" 2>/dev/null
	for ((i = 0; i < 50; i++)); do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# as_role N PATH...: the owner that the role has when the service runs as root.
as_role()
{
	local uid=$((uid_base + $1))
	shift
	[ "$(id -u)" -ne 0 ] || chown -R "$uid:$uid" "$@"
}

# --- certificates ----------------------------------------------------------------

# make_ca NAME
make_ca()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$1" \
		-addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null
}

# make_certificate CA NAME SAN server|client
make_certificate()
{
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$2.key" -out "$2.csr" -subj "/CN=$2" 2>/dev/null &&
		openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1.key" \
			-days 30 -out "$2.pem" -extfile <(
				echo "subjectAltName=$3"
				echo "basicConstraints=critical,CA:FALSE"
				echo "keyUsage=critical,digitalSignature"
				echo "extendedKeyUsage=$4Auth"
			) 2>/dev/null
	rm -f "$2.csr"
}

make_certificates()
{
	make_ca demo-ca &&
		make_certificate demo-ca server \
			'DNS:localhost,IP:127.0.0.1' server &&
		make_certificate demo-ca backend-a \
			URI:spiffe://demo/backend-a client &&
		make_certificate demo-ca backend-b \
			URI:spiffe://demo/backend-b client &&
		make_certificate demo-ca monitor \
			URI:spiffe://demo/monitor client
}

# --- the token ---------------------------------------------------------------------

# The token's directory and what SoftHSM must know of it.
token_prepare()
{
	mkdir -p token/objects keyholder ledger supervisor
	cat >token/softhsm2.conf <<END
directories.tokendir = $dir/token/objects
objectstore.backend = file
log.level = ERROR
slots.removable = false
END
	export SOFTHSM2_CONF=$dir/token/softhsm2.conf
	head -c 12 /dev/urandom | xxd -p | tr -d '\n' >pin
	head -c 12 /dev/urandom | xxd -p | tr -d '\n' >so-pin
	chmod 0400 pin so-pin
	token_init_command=(anchorctl token init --module "$softhsm_module"
		--label anchord-demo --so-pin-file "$dir/so-pin"
		--pin-file "$dir/pin")
	token_keygen_command=(anchorctl token keygen
		--module "$softhsm_module" --token anchord-demo
		--pin-file "$dir/pin" --pins "$dir/pins")
}

token_init()
{
	"${token_init_command[@]}"
}

# Makes the keys; keygen.txt has what the configuration must say of them.
token_keygen()
{
	"${token_keygen_command[@]}" >keygen.txt
	local status=$?
	cat keygen.txt
	return $status
}

# Sets token_uri.
token_facts()
{
	token_uri=$(sed -n 's/^ *uri = "\(.*\)";$/\1/p' keygen.txt)
	[ -n "$token_uri" ] && [ -s pins ]
}

# The keys as an officer hands them to a client: keys.json.  False: the service
# has none for it, or another one.
pinned_keys()
{
	anchorctl pins show --jwks pins >keys.json || return
	api "$1" GET /v1/keys
	[ "$http_status" = 200 ] &&
		[ "$(jq '(.keys | length > 0) and
			[.keys[].kid] - [input.keys[].kid] == []' \
			http.json keys.json)" = true ]
}

# --- configuration and policy ---------------------------------------------------------

# A port that nobody listens on now.
free_port()
{
	local port
	while :; do
		port=$((20000 + RANDOM % 12000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# Reads pcr_0 and pcr_7 from the TPM.
read_pcrs()
{
	pcr_0=$(tpm_pcr 0) && pcr_7=$(tpm_pcr 7)
	[ ${#pcr_0} -eq 64 ] && [ ${#pcr_7} -eq 64 ]
}

write_policy()
{
	cat >policy.conf <<END
id = "demo";
version = 1;
workflows: {
  enroll:   { bindings = [];
              formats = ["tpm2-quote"${boot_key:+, \"android-key\"}]; };
  metadata: { bindings = ["device", "transport", "request"];
              formats = ["tpm2-quote"${boot_key:+, \"android-key\"}]; };
  artifact: { bindings = ["device", "transport", "request"];
              formats = ["tpm2-quote"]; };
  channel:  { bindings = ["device", "channel"]; formats = ["tpm2-quote"]; };
};
tpm2: {
  schemes = ["ecdsa", "rsassa", "rsapss"];
  hashes = ["sha256", "sha384", "sha512"];
  pcrs = (
    { bank = "sha256"; index = 0; values = ["$pcr_0"]; },
    { bank = "sha256"; index = 7; values = ["$pcr_7"]; }
  );
};
END
	[ -z "$boot_key" ] || write_phone_policy >>policy.conf
}

# An operating system of one's own is one that its own key signed.
write_phone_policy()
{
	cat <<END
android: {
  levels = ["tee", "strongbox"];
  boot_states = ["self_signed"];
  boot_keys = ["$boot_key"];
  os_patch = $phone_os_patch;
};
END
}

# Wants $port and $token_uri; $pin_path, $ledger_path and
# $token_conf may name other places than the usual ones.
write_config()
{
	cat >anchord.conf <<END
instance: { issuer = "https://anchord.demo"; node = 1; };
listen: { address = "127.0.0.1"; port = $port; };
tls: { certificate = "$dir/server.pem"; key = "$dir/server.key";
       client_ca = "$dir/demo-ca.pem"; };
token: { module = "$softhsm_module";
         uri = "$token_uri";
         pin_file = "${pin_path:-$dir/pin}";
         state = "$dir/keyholder";
         environment = ["SOFTHSM2_CONF=${token_conf:-$SOFTHSM2_CONF}"];
         paths = ["$dir/token"]; };
ledger: { directory = "${ledger_path:-$dir/ledger}"; };
policy: { file = "$dir/policy.conf"; };
service: { state_directory = "$dir/supervisor"; };
trust: { pins = "$dir/pins"; ${boot_key:+anchors = ( { file = \"$dir/roots.pem\";
         purposes = [\"android-key\"]; \} );} };
${boot_key:+
revocation: { file = \"$dir/revoked\"; \};}
process: { uid_base = $uid_base; };
clients = (
  { san = "URI:spiffe://demo/backend-a"; tenant = "backend-a";
    roles = ["backend"];
    workflows = ["enroll", "metadata", "channel"];
    channels = ["beta"]; rate = 1000; burst = 2000; },
  { san = "URI:spiffe://demo/backend-b"; tenant = "backend-b";
    roles = ["backend"]; workflows = ["metadata"];
    rate = 1000; burst = 2000; },
  { san = "URI:spiffe://demo/monitor"; roles = ["monitor"]; }
);
END
}

# --- the service -------------------------------------------------------------------------

# Hands each role what is its own, then starts the supervisor.
service_start()
{
	as_role 3 keyholder token
	as_role 2 ledger
	anchord --config "$dir/anchord.conf" >>"$dir/service.log" 2>&1 &
	service_pid=$!
}

service_stop()
{
	[ -z "$service_pid" ] || end_process "$service_pid"
	service_pid=
}

# The state that /readyz tells: its HTTP status, 000 for no answer.
readiness()
{
	api monitor GET /readyz
	echo "$http_status"
}

# wait_for STATUS SECONDS: until /readyz says so.
wait_for()
{
	local until=$((SECONDS + $2)) api_seconds=2
	while [ "$SECONDS" -lt "$until" ]; do
		api monitor GET /readyz
		[ "$http_status" = "$1" ] && return 0
		kill -0 "$service_pid" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# --- the backend: HTTP ---------------------------------------------------------------------

# api CLIENT METHOD PATH [BODY]: http_status, and the body in http.json.
# $http_option: --http2 or --http1.1.
api()
{
	local body=()
	[ $# -lt 4 ] || body=(-H 'Content-Type: application/json' -d "$4")
	http_status=$(curl -sS "${http_option:---http2}" \
		--max-time "${api_seconds:-15}" \
		--cacert demo-ca.pem --cert "$1.pem" --key "$1.key" \
		-X "$2" "${body[@]}" -o http.json -w '%{http_code}' \
		"https://localhost:$port$3" 2>curl.err)
	[ -n "$http_status" ] || http_status=000
}

# A member of the last answer: answer .result
answer()
{
	jq -r "$1" http.json
}

# base64url without padding of hex digits.
b64url_hex()
{
	printf '%s' "$1" | xxd -r -p | base64 -w0 | tr '+/' '-_' | tr -d '='
}

# A 32-byte digest of a text, as bindings have it.
digest_of()
{
	b64url_hex "$(printf '%s' "$1" | sha256sum | cut -c1-64)"
}

hex_of_b64url()
{
	local text
	text=$(printf '%s' "$1" | tr '_-' '/+')
	while [ $((${#text} % 4)) -ne 0 ]; do
		text+='='
	done
	printf '%s' "$text" | base64 -d | xxd -p | tr -d '\n'
}

# challenge_ask CLIENT WORKFLOW MEMBERS: asks for a challenge; MEMBERS is JSON
# that is merged in.  Sets challenge and nonce.
challenge_ask()
{
	api "$1" POST /v1/challenges \
		"$(jq -nc --arg w "$2" --argjson m "$3" '{workflow: $w} + $m')"
	[ "$http_status" = 201 ] || return 1
	challenge=$(answer .challenge)
	nonce=$(answer .nonce)
}

# attest CLIENT CHALLENGE EVIDENCE_FILE OBSERVED: sets result and reasons.
attest()
{
	api "$1" POST /v1/attestations "$(jq -nc --arg c "$2" \
		--slurpfile e "$3" --argjson o "$4" \
		'{challenge: $c, evidence: $e[0], observed: $o}')"
	[ "$http_status" = 200 ] || return 1
	result=$(answer .result)
	eligible=$(answer .eligible)
	reasons=$(answer '.reasons | join(" ")')
}

# --- the device: a TPM ------------------------------------------------------------------------

# Starts a software TPM on a socket in $dir/tpm, boots, and makes its keys: the
# endorsement key and the attestation key, a restricted signing key.
tpm_start()
{
	local i
	mkdir -p tpm
	swtpm socket --tpm2 --tpmstate "dir=$dir/tpm" \
		--server "type=unixio,path=$dir/tpm/socket" \
		--ctrl "type=unixio,path=$dir/tpm/socket.ctrl" \
		--flags not-need-init,startup-clear >tpm/log 2>&1 &
	tpm_pid=$!
	for ((i = 0; i < 50; i++)); do
		[ -S tpm/socket ] && break
		sleep 0.1
	done
	export TPM2TOOLS_TCTI=swtpm:path=$dir/tpm/socket
}

tpm_stop()
{
	[ -z "$tpm_pid" ] || end_process "$tpm_pid"
	tpm_pid=
}

# What a firmware does: measures the firmware and the Secure Boot state.
tpm_boot()
{
	tpm2_pcrextend \
		"0:sha256=$(printf 'firmware 1.0' | sha256sum | cut -c1-64)" \
		"7:sha256=$(printf 'secure boot on' | sha256sum | cut -c1-64)"
}

# tpm_keys: ek.ctx, ak.ctx and ak.pub, a TPM2B_PUBLIC.
tpm_keys()
{
	tpm2_createek -c tpm/ek.ctx -G ecc -u tpm/ek.pub >/dev/null &&
		tpm2_createak -C tpm/ek.ctx -c tpm/ak.ctx -G ecc -g sha256 \
			-s ecdsa -u tpm/ak.pub -n tpm/ak.name >/dev/null &&
		tpm2_flushcontext -t
}

# tpm_pcr INDEX: its value in hex.
tpm_pcr()
{
	tpm2_pcrread "sha256:$1" | sed -n 's/^ *[0-9]* *: 0x//p' |
		tr 'A-F' 'a-f'
}

# quote NONCE_HEX NAME: NAME.msg and NAME.sig.
quote()
{
	tpm2_quote -c tpm/ak.ctx -l sha256:0,7 -g sha256 -q "$1" \
		-m "$2.msg" -s "$2.sig" >/dev/null && tpm2_flushcontext -t
}

# evidence_json NAME: the evidence object of a quote, in NAME.json.
evidence_json()
{
	jq -n --arg q "$(base64 -w0 "$1.msg")" --arg s "$(base64 -w0 "$1.sig")" \
		--arg k "$(base64 -w0 tpm/ak.pub)" --arg p0 "$pcr_0" \
		--arg p7 "$pcr_7" '{format: "tpm2-quote", quote: $q,
		signature: $s, ak_public: $k,
		pcrs: {sha256: {"0": $p0, "7": $p7}}}' >"$1.json"
}

# Turns one bit of a file over: flip FILE OFFSET.
flip()
{
	local byte
	byte=$(xxd -s "$2" -l 1 -p "$1")
	printf '%02x' $((0x$byte ^ 1)) | xxd -r -p |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
# The clock inside a TPMS_ATTEST of an ECC or RSA key with SHA-256 names: behind
# magic, type, qualified signer (2 + 34) and the nonce (2 + 32).
quote_clock_offset=83

# enrol CLIENT: enrols the attestation key; sets handle.
enrol()
{
	api "$1" POST /v1/enrollments/tpm2 \
		"$(jq -nc --arg k "$(base64 -w0 tpm/ak.pub)" '{ak_public: $k}')"
	case $http_status in 200 | 201) ;; *) return 1 ;; esac
	handle=$(answer '.device_handle // .handle')
}
