#!/bin/bash
# Goal: an officer works with a running service by anchorctl alone: lists, shows,
# suspends, resumes, retires, approves and deletes devices and stops a release,
# reads permits and outcomes, over real TLS; and anchorctl believes no other server, sends no certificate to
# one, follows nobody, and gives up on an answer that is too long or has no end.
. "$(dirname "$0")/lib.sh"

auditor_row='{ san = "URI:spiffe://demo/auditor"; roles = ["auditor"]; },'
officer_row='{ san = "URI:spiffe://demo/officer"; roles = ["officer"]; tenant = "backend-a"; },'
other_row='{ san = "URI:spiffe://demo/other"; roles = ["officer"]; tenant = "backend-b"; },'
none_row='{ san = "URI:spiffe://demo/none"; roles = ["officer"]; },'

prepare
for who in officer other none auditor; do
	make_certificate demo-ca $who URI:spiffe://demo/$who client >>prepared 2>&1
done
make_certificate demo-ca elsewhere DNS:elsewhere.example server >>prepared 2>&1
make_ca strange-ca
make_certificate strange-ca strange-server DNS:localhost,IP:127.0.0.1 server
make_certificate strange-ca stranger URI:spiffe://demo/officer client
sed -i "s|{ san = \"URI:spiffe://demo/monitor\".*|$officer_row $other_row $none_row $auditor_row\n&|" \
	anchord.conf
# A rollout that lets one device begin at a time.
cat >rollout.conf <<'END'
id = "fleet"; version = 1;
channels: ( { name = "beta"; } );
releases: ( { release = "fw-2"; channel = "beta"; limits: { concurrent = 1; permit = "2h"; };
	stages = ( { name = "all"; percent = 100; } ); } );
END
printf 'rollout: { file = "%s/rollout.conf"; };\n' "$dir" >>anchord.conf
service_start
wait_for 200 30 || {
	bad "the service becomes ready" "last /readyz: $http_status"
	finish
}
for i in 1 2 3; do
	[ $i = 1 ] || tpm_keys >>prepared 2>&1
	enrol backend-a
	handles[i]=$handle
done
[ -n "$handle" ] || finish

ctl_most=40 # a server that says nothing is waited for 30 s

# --- devices ------------------------------------------------------------------

ctl officer device list
same "an officer lists the devices" "0 3" "$status $(grep -c '^dh1_.* active' said)"
same "and how many they are" "3 enrollments" "$(tail -n 1 said)"
ctl officer device list --json
same "in JSON the same as GET" "0 true" "$status $(
	api officer GET /v1/enrollments
	jq -n --slurpfile a said --slurpfile b http.json \
		'$a[0].enrollments == $b[0].enrollments')"
ctl officer device list --limit 2 --json
next=$(jq -r .next said)
same "the first two, and where to go on" "0 2 true" \
	"$status $(jq '.enrollments | length' said) $(
		jq '.next == .enrollments[1].device_handle' said)"
ctl officer device list --after "$next" --json
same "and from there" "0 1 null" \
	"$status $(jq '.enrollments | length' said) $(jq -r .next said)"
ctl officer device show "$handle"
same "shows one, and no name of its key" "0 1 0" \
	"$status $(grep -c "^device_handle  *$handle$" said) $(grep -c ak_name said)"
ctl officer device suspend "$handle" --reason 'ticket 4711'
same "suspends it" "0 1 1" "$status $(grep -c '^state  *suspended$' said) $(
	grep -c '^reason  *ticket 4711$' said)"
ctl officer device list --state suspended --format tpm2-quote
same "lists who is suspended, and why" "0 1" \
	"$status $(grep -c "^$handle  suspended .* ticket 4711$" said)"
ctl officer device approve "$handle"
told "no approval ends that" 1 'refused: enrollment-state'
ctl backend-a device resume "$handle"
told "a backend does not resume" 1 'refused: role-denied'
ctl other device resume "$handle"
told "nor does another tenant's officer" 1 'refused: enrollment-unknown'
ctl none device list
told "nor does one without a tenant see any" 1 'refused: role-denied'
ctl officer device resume "$handle" --json
same "an officer resumes" "0 active" "$status $(jq -r .state said)"
ctl officer device retire "$handle"
same "retires" "0 1" "$status $(grep -c '^state  *retired$' said)"
ctl backend-a device delete "$handle"
told "a backend does not delete who is retired" 1 'refused: enrollment-state'
ctl officer device delete "$handle"
same "an officer deletes" "0 $handle: deleted, but for past outcomes" \
	"$status $(cat said)"
ctl officer device show "$handle"
told "and it is gone" 1 'refused: enrollment-unknown'

# --- which of them ---------------------------------------------------------------

ctl officer device list --prefix "${handles[1]:0:12}" --json
same "by the beginning of the handle" "0 ${handles[1]}" \
	"$status $(jq -r '.enrollments[].device_handle' said)"
ctl officer device list --since 2026-01-01T00:00:00Z --json
same "enrolled since" "0 2" "$status $(jq '.enrollments | length' said)"
ctl officer device list --since 2099-01-01T00:00:00Z --json
same "or after that none" "0 0" "$status $(jq '.enrollments | length' said)"
ctl officer device list --since yesterday
told "yesterday is no time" 1 'refused: query-invalid'

# --- permits and outcomes ----------------------------------------------------------

# asks MEMBERS: evidence of the last device that a TPM was given, now.
rollout_members='{"channel": "beta", "release": "fw-2"}'
tpm_keys >>prepared 2>&1
enrol backend-a
fresh device "$rollout_members"
attest backend-a "$challenge" device.json "$(bound "$transport" "$request" |
	jq -c --argjson m "$rollout_members" '. + $m')"
verdict "a device begins the rollout" ""
of="--release fw-2 --channel beta"
ctl officer permit list $of --json
same "an officer sees who holds a permit" "0 $handle backend-a 1 false" "$status $(
	jq -r '.permits[] | "\(.device_handle) \(.tenant) \(.attempts) \(.finished)"' said)"
ctl backend-a permit list $of
same "a backend its tenant's" "0 1 permits" "$status $(tail -n 1 said)"
ctl other permit list $of
same "not another tenant's" "0 0 permits" "$status $(tail -n 1 said)"
ctl none permit list $of
told "without a tenant none" 1 'refused: role-denied'
ctl officer permit list $of --tenant backend-a
told "and naming one is for auditors" 1 'refused: role-denied'
ctl auditor permit list $of --tenant backend-a --finished false
same "who see it" "0 1 permits" "$status $(tail -n 1 said)"
ctl officer permit list $of --held true
same "it counts now" "0 1 permits" "$status $(tail -n 1 said)"
ctl officer permit list $of --held false
same "and has not expired" "0 0 permits" "$status $(tail -n 1 said)"
ctl auditor permit list $of --finished true
same "none has finished" "0 0 permits" "$status $(tail -n 1 said)"
ctl auditor permit list --release fw-2 --channel stable
same "nor holds one in another channel" "0 0 permits" "$status $(tail -n 1 said)"
ctl backend-a outcome list --json
same "a backend reads its outcomes, as GET does" "0 true" "$status $(
	api backend-a GET /v1/outcomes
	jq -n --slurpfile a said --slurpfile b http.json \
		'$a[0].outcomes == $b[0].outcomes')"
same "each names the key that signed its challenge" "true" "$(
	api backend-a GET /v1/keys
	jq -n --slurpfile a said --slurpfile k http.json \
		'[$k[0].keys[].kid] as $kids | $a[0].outcomes | length > 0 and
			all(.[] | select(.cti); .challenge_kid as $c | $kids | index($c))')"
ctl auditor outcome list --release fw-2 --eligible true
same "an auditor those of a release" "0 1 eligible 1 outcomes" \
	"$status $(grep -c "$handle  *eligible$" said) eligible $(tail -n 1 said)"
ctl officer outcome list
told "an officer none" 1 'refused: role-denied'
ctl auditor outcome list --count
told "the service does not count" 2 '--count is for a file'
ctl auditor outcome list ledger
told "a file or a service" 2 'not both'

# --- a stop ---------------------------------------------------------------------

ctl officer rollout stop fw-2026.11 --reason 'ticket 4712'
stop=$(sed -n 's/^stop: //p' said)
same "an officer stops a release" "0 32 1" \
	"$status ${#stop} $(grep -c "lifts = \[ \"$stop\" \];" said)"
ctl officer rollout stop fw-2026.11 --reason 'again' --json
same "again: it is the same stop" "0 $stop false" \
	"$status $(jq -r '"\(.stop) \(.new)"' said)"
same "the ledger has it" 1 \
	"$(grep -c "event=release-stopped.*stop=$stop .*why=\"ticket 4712\"" service.log)"
ctl backend-a rollout stop fw-2026.12 --reason x
told "a backend stops nothing" 1 'refused: role-denied'
ctl officer rollout stop fw-2026.12 --reason "$(printf 'x%.0s' {1..129})"
told "no reason of 129 bytes" 1 'refused: value-invalid'
ctl officer rollout stop ../outcomes --reason x
told "what is no release is not sent" 2 'no release that can be stopped'
same "nothing else was stopped" 1 "$(grep -c event=release-stopped service.log)"

# --- the command line --------------------------------------------------------------

ctl officer device show '../keys'
told "a handle is a handle" 2 'is no device handle'
ctl officer device list --state 'a&b=c'
told "a filter is one value" 2 '--state a&b=c'
ctl officer device list --state new
told "the service says which filters there are" 1 'refused: query-invalid'
ctl officer device list --limit 0
told "no limit of nothing" 2 '--limit'
for url in http://localhost:1 https://localhost:1/v1 https://u@localhost:1 \
	'https://localhost:1?x' https:// localhost:1; do
	anchorctl device list --url "$url" --cert officer.pem --key officer.key \
		--ca demo-ca.pem >said 2>complaint
	status=$?
	told "no URL $url" 2 'is not https://HOST:PORT'
done
anchorctl device list --url "https://localhost:$port" >said 2>complaint
status=$?
told "without a certificate" 2 '--cert or the variable ANCHORCTL_CERT is missing'
ANCHORCTL_URL=https://localhost:$port ANCHORCTL_CERT=officer.pem \
	ANCHORCTL_KEY=officer.key ANCHORCTL_CA=demo-ca.pem \
	https_proxy=http://localhost:9 anchorctl device list >said 2>complaint
same "all of it from the environment, and no proxy" "0 3 enrollments" \
	"$? $(tail -n 1 said)"
ctl officer device list --proxy http://localhost:9
told "a proxy that is asked for" 3 'localhost port 9'

# --- who is on the other side --------------------------------------------------------

ctl stranger device list
told "a certificate of another authority" 3 'refused your certificate'
cp officer.key mixed.key
cp other.pem mixed.pem
ctl mixed device list
told "a key of another certificate" 3 'cannot be used'
ca=strange-ca ctl officer device list
told "a service of another authority" 3 'not the service that --ca and --url name'
to=1 ctl officer device list
told "nobody is there" 3 'no answer'

# What a server reads that is to say nothing.
fake_pid=
mkfifo silence
exec 9<>silence

# fake CERTIFICATE [OPTION...]: a server with files for answers, at $to.
fake()
{
	local name=$1 i
	shift
	to=$(free_port)
	rm -f fake.log
	openssl s_server -accept "$to" -cert "$name.pem" -key "$name.key" \
		-CAfile demo-ca.pem -Verify 3 "$@" >fake.log 2>&1 <&9 &
	fake_pid=$!
	for ((i = 0; i < 50; i++)); do
		grep -qs ACCEPT fake.log && break
		sleep 0.1
	done
}

unfake()
{
	[ -z "$fake_pid" ] || end_process "$fake_pid"
	fake_pid=
	unset to
}
trap 'unfake; demo_end' EXIT

# answers FILE: of the fake server to a list of devices, from standard input.
answers()
{
	mkdir -p v1
	cat >"v1/enrollments?limit=100"
}

fake strange-server -HTTP
ctl officer device list
told "another authority's server gets no request" 3 'not the service'
same "nor the certificate" 0 "$(grep -c 'depth=0' fake.log)"
# The machine's own authorities: a directory that the library knows by itself.
if unshare --mount true 2>/dev/null; then
	mkdir system
	cp strange-ca.pem "system/$(openssl x509 -hash -noout -in strange-ca.pem).0"
	unshare --mount bash -c 'mount --bind system /etc/ssl/certs && exec "$@"' - \
		anchorctl device list --url "https://localhost:$to" --cert officer.pem \
		--key officer.key --ca demo-ca.pem >said 2>complaint </dev/null
	status=$?
	told "the system's authorities count for nothing" 3 'not the service'
else
	skip "the system's authorities count for nothing" "no namespaces here"
fi
unfake
fake elsewhere -HTTP
ctl officer device list
told "nor does our authority's, with another name" 3 'not the service'
unfake
fake server -HTTP -tls1_2
ctl officer device list
told "TLS 1.2 is too old" 3 'protocol version'
unfake

fake server -HTTP -tls1_3
say="HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
printf "$say\r\n"'{"enrollments":[]}' | answers
ctl officer device list
same "the fake one can answer" "0 0 enrollments" "$status $(tail -n 1 said)"
same "and sees who asks" 1 "$(grep -c 'depth=0' fake.log)"
printf "HTTP/1.1 302 Found\r\nLocation: https://localhost:$port/v1/enrollments\r\n\r\n" |
	answers
ctl officer device list
told "nobody is followed" 3 'a redirect, and none is followed'
{
	printf "$say\r\n"'{"enrollments":["'
	head -c 5000000 /dev/zero | tr '\0' x
	printf '"]}'
} | answers
ctl officer device list
told "an answer that is too long" 3 'longer than 4194304 bytes'
{
	printf "HTTP/1.1 200 OK\r\n"
	for ((i = 0; i < 1000; i++)); do
		printf "X-$i: %0100d\r\n" 0
	done
	printf "\r\n{}"
} | answers
ctl officer device list
told "a head that is too long" 3 'longer than 65536 bytes'
printf "$say\r\n"'{"enrollments":[],"next":"dh1_a"}' | answers
cp "v1/enrollments?limit=100" "v1/enrollments?limit=100&after=dh1_a"
ctl officer device list
told "pages in a circle" 3 'in a circle'
printf "$say\r\n"'{"enrollments":[],"next":"a&b"}' | answers
ctl officer device list
told "a page that leads elsewhere" 3 'in a circle'
printf "$say\r\n"'{"enrollments":[],"enrollments":[]}' | answers
ctl officer device list
told "JSON in two ways" 3 'no JSON object'
printf "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>" | answers
ctl officer device list
told "a page for browsers" 3 'is this an anchord service?'
printf 'HTTP/1.1 403 No\r\nContent-Type: application/problem+json\r\n\r\n{"type":"urn:x-anchord:problem:role-denied","title":"\\u001b[2Jno"}' |
	answers
ctl officer device list
told "what it says is escaped" 1 'refused: role-denied: \x1b[2Jno (HTTP 403)'
# later SECONDS: not now, but after that time; none: nothing said of it.
later()
{
	printf 'HTTP/1.1 503 No\r\nContent-Type: application/problem+json\r\n'
	[ $# -eq 0 ] || printf 'Retry-After: %s\r\n' "$1"
	printf '\r\n{"type":"urn:x-anchord:problem:not-ready","title":"no"}'
}
asked()
{
	grep -c '^FILE:' fake.log
}
later 1 | answers
was=$(asked)
ctl officer device list
told "a service that says later" 3 'not-ready: no (HTTP 503)'
same "is asked four times" 4 "$(($(asked) - was))"
later | answers
ctl officer device list
told "one that does not say when" 3 'not-ready: no (HTTP 503)'
same "is asked once" 5 "$(($(asked) - was))"
unfake

fake server -tls1_3
before=$SECONDS
ctl officer device list --timeout 1
told "an answer that does not come" 3 'timed out'
same "is not waited for" true "$([ $((SECONDS - before)) -lt 8 ] && echo true)"
unfake
finish
