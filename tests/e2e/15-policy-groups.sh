#!/bin/bash
# Goal: one service judges several fleets, each by its own rules; results name the
# group, the state of an update, and live as long as the workflow's policy says.
. "$(dirname "$0")/lib.sh"
with_phone=1

# The claim that the last answer's result has.
claims()
{
	answer .result | cut -d. -f2 | tr '_-' '/+' |
		awk '{ while (length($0) % 4) $0 = $0 "="; print }' | base64 -d |
		jq -c "$1"
}

prepare
sed -i 's/workflows = \["enroll", "metadata", "channel"\]/workflows = ["enroll", "metadata", "artifact", "channel"]/' \
	anchord.conf
zeros=$(printf '%064d' 0)
cat >policy.conf <<END
id = "fleets"; version = 2;
workflows: {
  enroll:   { formats = [ "tpm2-quote", "android-key" ]; };
  metadata: { bindings = [ "device", "transport", "request" ];
              formats = [ "tpm2-quote", "android-key" ];
              result_ttl = 90; };
  artifact: { bindings = [ "device", "transport", "request" ];
              formats = [ "tpm2-quote" ]; groups = [ "lab" ]; };
  channel:  { bindings = [ "device" ]; formats = [ "tpm2-quote" ];
              challenge_age = 10; };
};
groups: (
  { name = "lab"; formats = [ "tpm2-quote" ];
    match: { handles = [ "dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" ]; }; },
  { name = "phones"; formats = [ "android-key" ];
    match: { android: { boot_keys = [ "$boot_key" ]; }; };
    android: { boot_states = [ "self_signed" ]; boot_keys = [ "$boot_key" ]; }; },
  { name = "gateways"; formats = [ "tpm2-quote" ];
    tpm2: {
      pcrs = ( { bank = "sha256"; index = 7; values = [ "$pcr_7" ]; } );
      states = (
        { name = "fw-41"; pcrs = (
          { bank = "sha256"; index = 0; values = [ "$zeros" ]; } ); },
        { name = "fw-42"; pcrs = (
          { bank = "sha256"; index = 0; values = [ "$pcr_0" ]; } ); } );
    };
  }
);
END
service_start
wait_for 200 30 || {
	bad "the service becomes ready" "last /readyz: $http_status"
	finish
}

# asked WORKFLOW: a challenge for it, and evidence that answers it.
asked()
{
	challenge_ask backend-a "$1" "$(bound "$transport" "$request")" &&
		quote "$(hex_of_b64url "$nonce")" "$1" && evidence_json "$1"
}

# --- a gateway ------------------------------------------------------------------

enrol backend-a
asked metadata
attest backend-a "$challenge" metadata.json "$(bound "$transport" "$request")"
verdict "a gateway is eligible" ""
same "the result names its group and its state" \
	'["fleets",2,"gateways","fw-42"]' \
	"$(claims '.anchord.policy | [.id, .version, .group, .state]')"
same "and lives as long as the workflow says" 90 "$(claims '.exp - .iat')"
attest backend-a "$challenge" metadata.json "$(bound "$transport" "$request")"
same "a retry has the same" 90 "$(claims '.exp - .iat')"
attest backend-a "$challenge" metadata.json "$(bound "$transport" "$elsewhere")"
verdict "a replay is refused" challenge-replayed
same "and no group is said of it" '[null,null]' \
	"$(claims '.anchord.policy | [.group, .state]')"

asked artifact
attest backend-a "$challenge" artifact.json "$(bound "$transport" "$request")"
verdict "a workflow for another group" group-denied
same "its result still names the group" '"gateways"' \
	"$(claims .anchord.policy.group)"

# --- the age of a challenge --------------------------------------------------------

asked channel
attest backend-a "$challenge" channel.json "$(bound "$transport" "$request")"
verdict "a challenge that is young enough" ""
same "without a lifetime of its own a result has the service's" 300 \
	"$(claims '.exp - .iat')"
asked channel
sleep 10.1
attest backend-a "$challenge" channel.json "$(bound "$transport" "$request")"
verdict "one that is too old, although it has not expired" challenge-expired

# --- a phone, by the same policy -----------------------------------------------------

phone_enrol backend-a
same "a phone is judged by the phones' rules" \
	'201 true ["phones",null]' \
	"$http_status $(answer .eligible) $(claims '.anchord.policy | [.group, .state]')"

# --- a policy ends with the process that read it ---------------------------------------

# attest_kept: once more, what was kept as NAME.
attest_kept()
{
	attest backend-a "$spent" kept.json "$(bound "$transport" "$request")"
}

enrol backend-a # the handle is the gateway's again
asked metadata
cp metadata.json kept.json
spent=$challenge
attest_kept
jti=$(claims .jti)
cp policy.conf good.conf
sed 's/groups: (/gruops: (/' good.conf >policy.conf
asked metadata
attest backend-a "$challenge" metadata.json "$(bound "$transport" "$request")"
verdict "a broken file changes nothing while the service runs" ""
same "its results are by the policy of before" 2 \
	"$(claims .anchord.policy.version)"
service_stop
service_start
line=$(grep -n gruops policy.conf | cut -d: -f1)
says="policy: line $line: gruops: unknown setting; did you mean groups?"
for _ in $(seq 300); do
	api monitor GET /readyz
	grep -q gruops http.json && break
	sleep 0.1
done
holds "after a restart it is told by line, setting and remedy" \
	grep -F "$says" http.json
service_stop
sed 's/version = 2/version = 3/' good.conf >policy.conf
service_start
wait_for 200 30
attest_kept
same "what was answered stays answered, by the policy of then" \
	"$jti 2 gateways" \
	"$(claims .jti) $(claims '.anchord.policy | "\(.version) \(.group)"' | tr -d '"')"
asked metadata
attest backend-a "$challenge" metadata.json "$(bound "$transport" "$request")"
same "what comes now is by the new one" 3 "$(claims .anchord.policy.version)"
finish
