# clients.sh - what the certificates of clients are for.
#
# backend-a may enrol, backend-b may not; auditor has that role in the
# configuration; a stranger's certificate is of the right authority, and in no row.
# Sourced by 77-duties.sh, with a service that is ready.

# answers STATUS CLIENT METHOD PATH [BODY]: and shows the answer.
answers()
{
	api "${@:2}"
	echo "$http_status"
	cat http.json
	[ "$http_status" = "$1" ]
}

# let_in METHOD PATH [BODY]: is there any answer to somebody without a certificate?
# Otherwise says what TLS says, which curl may miss while it writes.
let_in()
{
	http_status=$(curl -sS --max-time 15 --cacert demo-ca.pem -X "$1" \
		${3:+-d "$3"} -o http.json -w '%{http_code}' \
		"https://localhost:$port$2")
	[ "$http_status" = 000 ] || return 0
	timeout 15 openssl s_client -connect "localhost:$port" \
		-CAfile demo-ca.pem -ign_eof </dev/null 2>&1
	return 1
}

declare -A client=([backend]=backend-a [other]=backend-b [monitor]=monitor
	[auditor]=auditor [stranger]=stranger)

# kept_out ROW COLUMN... -- STATUS METHOD PATH [BODY]: these clients.
kept_out()
{
	local row=$1 list=() who status
	shift
	while [ "$1" != -- ]; do
		list+=("$1")
		shift
	done
	status=$2
	shift 2
	for who in "${list[@]}"; do
		case $who in
		none) refused "$row.none" certificate 'certificate required' \
			let_in "$@" ;;
		stranger) refused "$row.stranger" role client-unknown \
			answers "$status" stranger "$@" ;;
		*) refused "$row.$who" role 'role-denied|workflow-denied' \
			answers "$status" "${client[$who]}" "$@" ;;
		esac
	done
}

ask=$(jq -nc --arg t "$transport" --arg r "$request" '{workflow: "metadata",
	device_handle: "x", bindings: {transport: $t, request: $r}}')
enrolment=$(jq -nc --arg k "$(base64 -w0 tpm/ak.pub)" '{ak_public: $k}')

can ask.other answers 201 backend-b POST /v1/challenges "$ask"
answer .challenge >public/challenge
anchorctl pins show --jwks pins >public/keys.json
chmod -R a+rX public
can verify.auditor as auditor public/anchorctl challenge verify \
	--keys public/keys.json public/challenge
kept_out ask monitor auditor stranger none -- 201 POST /v1/challenges "$ask"
can enrol.backend answers 201 backend-a POST /v1/enrollments/tpm2 "$enrolment"
device=/v1/enrollments/$(answer .device_handle)
kept_out enrol other monitor auditor stranger none -- \
	201 POST /v1/enrollments/tpm2 "$enrolment"
refused device.other tenant enrollment-unknown answers 200 backend-b GET "$device"
kept_out device monitor auditor stranger none -- 200 GET "$device"
can device.backend answers 200 backend-a GET "$device"
for who in backend other auditor; do
	can outcomes.$who answers 200 "${client[$who]}" GET /v1/outcomes
done
kept_out outcomes monitor stranger none -- 200 GET /v1/outcomes
can all-outcomes.auditor answers 200 auditor GET '/v1/outcomes?tenant=backend-a'
kept_out all-outcomes backend other monitor stranger none -- \
	200 GET '/v1/outcomes?tenant=backend-a'
permits='/v1/permits?release=fw-1&channel=beta'
for who in backend other auditor; do
	can permits.$who answers 200 "${client[$who]}" GET "$permits"
done
kept_out permits monitor stranger none -- 200 GET "$permits"
kept_out metrics backend other auditor stranger none -- 200 GET /metrics
can metrics.monitor answers 200 monitor GET /metrics
kept_out look stranger none -- 200 GET /readyz
can look.auditor answers 200 auditor GET /v1/trust-bundle
