#!/bin/bash
# Goal: an officer without the service checks a rollout file, asks why a device
# is held back, and counts whom a stage reaches; every exit status means what the
# manual says.
. "$(dirname "$0")/by_hand.sh"

example=provisioning/examples/rollout.conf
canary=dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
other=dh1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE
night=2026-12-12T22:00:00Z # a Saturday

# judge WHAT STATUS VALUE ARGUMENTS...: the reasons, joined.
judge()
{
	local what=$1 status=$2 value=$3
	shift 3
	answers "$what" "$status" \
		'[.eligible, .stage, .reasons[]] | map(tostring) | join(" ")' \
		"$value" rollout explain --json "$example" \
		--channel stable --release fw-2026.11 --format tpm2-quote "$@"
}

answers "the example" 0 '[.id, .version, (.digest | length)] | join(" ")' \
	"example 1 64" rollout check --json "$example"
sed 's/percent = 100/percent = 101/' "$example" >"$scratch/wrong"
answers "a share above all" 1 "" "" rollout check "$scratch/wrong"
says "its message has file, line, setting and remedy" \
	"wrong: line [0-9]+: percent: must be percent from 0 to 100"
answers "no file there" 3 "" "" rollout check "$scratch/none"

judge "a canary in the window" 0 "true canary" --handle $canary --at $night
judge "another device: the gate is closed" 1 "false canary rollout-not-reached" \
	--handle $other --at $night
judge "outside the window" 1 "false canary rollout-window" \
	--handle $canary --at 2026-12-11T22:00:00Z
answers "when the window opens" 1 .retry_after 82800 rollout explain --json \
	"$example" --channel stable --release fw-2026.11 --format tpm2-quote \
	--handle $canary --at 2026-12-11T22:00:00Z
judge "a stop" 1 "false canary rollout-stopped" --handle $canary --at $night \
	--stop 000102030405060708090a0b0c0d0e0f
judge "too many at the same time" 1 "false canary rollout-limit" \
	--handle $canary --at $night --running 500
judge "unless it holds a permit" 0 "true canary" --handle $canary --at $night \
	--running 500 --permitted
judge "cooling down" 1 "false canary rollout-limit" --handle $canary \
	--at $night --attempts 1 --last-attempt 21599
judge "and no longer" 0 "true canary" --handle $canary --at $night \
	--attempts 1 --last-attempt 21600
answers "a phone by its facts" 0 .group phones rollout explain --json \
	"$example" --handle $canary --at $night --channel stable \
	--release fw-2026.11 --format android-key --fact os_version=150000
answers "a phone that is too old" 1 '.reasons[0]' channel-denied \
	rollout explain --json "$example" --handle $canary --at $night \
	--channel stable --release fw-2026.11 --format android-key \
	--fact os_version=149999
answers "a release that was withdrawn" 1 '.reasons | join(" ")' \
	"release-withdrawn" rollout explain --json \
	"$example" --handle $canary --at $night --channel stable \
	--release fw-2026.10 --format tpm2-quote
answers "each rule is said" 0 '.rules | length' 12 rollout explain --json \
	"$example" --handle $canary --at $night --channel stable \
	--release fw-2026.11 --format tpm2-quote
answers "neither channel nor release" 2 "" "" rollout explain "$example" \
	--handle $canary
answers "a fact without a value" 2 "" "" rollout explain "$example" \
	--handle $canary --channel stable --fact os_version
answers "a stop of another length" 2 "" "" rollout explain "$example" \
	--handle $canary --channel stable --stop 00
answers "a time that is none" 2 "" "" rollout explain "$example" \
	--handle $canary --channel stable --at yesterday

# The gate opens: 1 + 99 * 4.75 / 10 percent of all, within half a percent.
sed 's/gate = "closed"; //' "$example" >"$scratch/open"
answers "almost half of a ramp" 0 ".eligible > 47530 and .eligible < 48530" true \
	rollout simulate --json "$scratch/open" --channel stable \
	--release fw-2026.11 --format tpm2-quote --at 2026-12-13T02:00:00Z
answers "all of the devices are counted" 0 \
	'.devices == .eligible + .reasons["rollout-not-reached"]' true \
	rollout simulate --json "$scratch/open" --channel stable \
	--release fw-2026.11 --format tpm2-quote --at 2026-12-13T02:00:00Z \
	--devices 5000
printf '%s\n' $canary $other >"$scratch/handles"
answers "devices of a list" 0 '[.devices, .eligible] | map(tostring) | join(" ")' \
	"2 1" rollout simulate --json "$example" --channel stable \
	--release fw-2026.11 --format tpm2-quote --at $night \
	--handles "$scratch/handles"
answers "a release that the file does not have" 1 "" "" rollout simulate \
	"$scratch/open" --channel stable --release fw-2026.1 --devices 10
says "is no rollout without devices" "has no release fw-2026.1, .*compare the name"
sed 's/percent = 1;/percent = "0.1";/' "$scratch/open" >"$scratch/small"
answers "a share of a thousandth" 0 "" "" rollout simulate "$scratch/small" \
	--channel stable --release fw-2026.11 --format tpm2-quote \
	--at 2026-12-07T22:00:00Z --devices 20000
share_said='^[0-9]+ of 20000 devices are eligible \(0\.[01][0-9][0-9] %\)$'
same "is said with its zeros" 1 "$(grep -cE "$share_said" "$scratch/out")"
echo me@example.org >>"$scratch/handles"
answers "a list with something else" 1 "" "" rollout simulate "$example" \
	--channel stable --handles "$scratch/handles"
says "its line is named" "handles: line 3 is no device handle"

answers "a seed" 0 '.seed | length' 64 rollout seed --json
cp "$scratch/out" "$scratch/first"
answers "and another one" 0 '.seed | length' 64 rollout seed --json
different "which is not the first" "$(cat "$scratch/first")" "$(cat "$scratch/out")"
if [ -r /usr/share/zoneinfo/Europe/Berlin ]; then
	answers "the rule of a zone" 0 .zone "CET-1CEST,M3.5.0,M10.5.0/3" \
		rollout zone --json Europe/Berlin
	answers "a zone that is none" 3 "" "" rollout zone Europe/Atlantis
else
	skip "the rule of a zone" "no time zones on this machine (tzdata)"
fi
answers "a way out of the folder" 2 "" "" rollout zone ../../../etc/passwd

closing
