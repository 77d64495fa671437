#!/bin/bash
# Goal: before a policy counts, its author sees which group and which rule decide
# on evidence, by which values, and what differs from the policy before.
. "$(dirname "$0")/by_hand.sh"

v=tests/vectors/tpm2/ecdsa-sha256
pcr0=3e287e57770de15677579228044a2abe6ca7c39d61de4b8a47fd6b7209dd0bab
pcr7=c2446ff09d16c536279afc0257ab9e86471f02b50c8a0542dcd0acf2ede2ce70
zeros=$(printf '%064d' 0)
handle=dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
policy=$scratch/policy

cat >"$policy" <<END
id = "fleets"; version = 5;
workflows: {
  metadata: { bindings = [ "device" ]; formats = [ "tpm2-quote" ]; };
  artifact: { bindings = [ "device" ]; formats = [ "tpm2-quote" ];
              groups = [ "lab" ]; };
};
groups: (
  { name = "lab"; formats = [ "tpm2-quote" ];
    match: { handles = [ "$handle" ]; }; },
  { name = "rsa"; formats = [ "tpm2-quote" ];
    match: { tpm2: { schemes = [ "rsassa" ]; }; }; },
  { name = "gateways"; formats = [ "tpm2-quote" ];
    tpm2: {
      pcrs = ( { bank = "sha256"; index = 7; values = [ "$pcr7" ]; } );
      states = (
        { name = "fw-41"; pcrs = (
          { bank = "sha256"; index = 0; values = [ "$zeros" ]; } ); },
        { name = "fw-42"; pcrs = (
          { bank = "sha256"; index = 0; values = [ "$pcr0" ]; } ); } );
    };
  }
);
END

# explains WHAT STATUS JQ VALUE POLICY ARGUMENTS...
explains()
{
	local what=$1 status=$2 query=$3 value=$4 file=$5
	shift 5
	answers "$what" "$status" "$query" "$value" policy explain --json \
		--format tpm2-quote --trust $v/ak.bin --policy "$file" \
		--nonce "$(cat $v/nonce.hex)" --evidence $v/quote.bin \
		$v/signature.bin $v/ak.bin $v/pcrs.bin "$@"
}

answers "the policy" 0 '[.groups[].name]' '["lab","rsa","gateways"]' \
	policy check --json "$policy"

# Which group, and why not those before it.
explains "the group, the state" 0 '[.verdict, .group, .state]' \
	'["accepted","gateways","fw-42"]' "$policy"
explains "a handle selects" 0 '[.group, .passed_over]' '["lab",[]]' \
	"$policy" --handle $handle
explains "why the others pass it over" 0 \
	'[.passed_over[] | [.group, .condition, .shown, .wanted]]' \
	"[[\"lab\",\"handles\",\"nothing\",\"$handle\"],[\"rsa\",\"schemes\",\"ecdsa\",\"rsassa\"]]" \
	"$policy"

# Which rule, with both values.
explains "each rule that holds" 0 \
	'[.rules[] | [.rule, .holds]] | flatten' \
	'["schemes",true,"hashes",true,"pcrs sha256:7",true,"states",true]' \
	"$policy"
sed "s/$pcr7/$zeros/" "$policy" >"$scratch/other"
explains "the rule that decides" 1 \
	'[.rules[] | select(.holds | not) | .rule, .shown, .wanted, .reason]' \
	"[\"pcrs sha256:7\",\"$pcr7\",\"$zeros\",\"pcr-mismatch\"]" \
	"$scratch/other"
sed "s/$pcr0/${pcr0%??}00/" "$policy" >"$scratch/none"
explains "no state, and what each wants" 1 \
	'[.rules[] | select(.holds | not) | .rule]' \
	'["states","fw-41 pcrs sha256:0","fw-42 pcrs sha256:0"]' \
	"$scratch/none"

# The workflow's part.
explains "a workflow for other groups" 1 '[.group, .reasons]' \
	'["gateways",["group-denied"]]' "$policy" --workflow artifact
explains "a workflow for this group" 0 '.reasons' '[]' "$policy" \
	--workflow artifact --handle $handle
explains "a workflow that the policy lacks" 1 '.reasons' \
	'["workflow-denied"]' "$policy" --workflow channel
explains "a workflow that there is not" 2 "" "" "$policy" --workflow charge
explains "no group" 1 '[.group, .reasons]' '[null,["group-denied"]]' \
	<(sed '/name = "gateways"/,/^  }/d; s/"rsassa" \]; }; }; },/"rsassa" ]; }; }; }/' "$policy")
"$ctl" policy explain --format tpm2-quote --trust $v/ak.bin \
	--policy "$scratch/other" --nonce "$(cat $v/nonce.hex)" --evidence \
	$v/quote.bin $v/signature.bin $v/ak.bin $v/pcrs.bin >"$scratch/text"
if grep -q "^  pcrs sha256:7: shown $pcr7, wanted $zeros: decides: pcr-mismatch$" \
	"$scratch/text"; then
	ok "the same as text"
else
	bad "the same as text" "$(cat "$scratch/text")"
fi

# What differs.
sed -e 's/version = 5/version = 6/' -e 's/"fw-41"/"fw-43"/' \
	-e 's/groups = \[ "lab" \]/groups = [ "lab", "gateways" ]; challenge_age = 60/' \
	-e 's/"rsassa"/"rsassa", "rsapss"/' "$policy" >"$scratch/new"
answers "no difference" 0 '[.same, .differences]' '[true,[]]' \
	policy diff --json "$policy" "$policy"
answers "what is accepted now" 1 \
	'[.differences[] | select(.effect == "accepts") | .sentence]' \
	'["Workflow artifact: a device of the group gateways becomes accepted.","Group gateways (workflows metadata, artifact): tpm2.states: the state fw-43 becomes accepted."]' \
	policy diff --json "$policy" "$scratch/new"
answers "what is refused now" 1 \
	'[.differences[] | select(.effect == "refuses") | .sentence]' \
	'["Workflow artifact: the age from which a challenge is refused changes from what its own lifetime says to 60 s.","Group gateways (workflows metadata, artifact): tpm2.states: the state fw-41 is refused from now on."]' \
	policy diff --json "$policy" "$scratch/new"
answers "what moves" 1 \
	'[.differences[] | select(.effect == "changes") | .sentence]' \
	'["The version changes from 5 to 6.","Group rsa (workflows metadata): match.tpm2.schemes: rsapss is taken from now on."]' \
	policy diff --json "$policy" "$scratch/new"
echo 'id = ' >"$scratch/broken"
answers "a side that does not parse" 3 "" "" policy diff "$policy" \
	"$scratch/broken"

closing
