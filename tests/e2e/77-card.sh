#!/bin/bash
# Goal: an officer whose key is in a smart card approves a bundle through OpenSC,
# with a key that wants its PIN before each signature; another officer by a stock
# ssh-agent; and whoever has stock ssh-keygen verifies both.  A wrong PIN and a
# card that is pulled out change nothing and are told.  Reader daemon, PC/SC and
# OpenSC are real; the card is the simulated one of tests/card.
. "$(dirname "$0")/by_hand.sh"
. tests/card/card.sh

for file in "${card_needs[@]}"; do
	[ -e "$file" ] || skip_all "$file is missing"
done
if [ "${1:-}" != --inside ]; then
	rm -rf "$scratch" # the one inside has its own
	alone=(unshare --mount --propagation private --net --pid --mount-proc
		--fork --kill-child)
	"${alone[@]}" true 2>/dev/null || skip_all "no namespaces here: not root?"
	exec "${alone[@]}" bash "$0" --inside
fi
own_machine || skip_all "no network and no /run of its own"
leaks_of opensc pcsclite crypto
card_dir=$scratch
cd "$scratch" || exit 1

approve=("$ctl" trust approve p1 --officer)
by_card=(--module "$card_module" --pin-file)

# What there is of the proposal, names and bytes.
snapshot()
{
	find p1 -type f -exec sha256sum {} + | sort
}

# --- the card ------------------------------------------------------------------

expect "a reader daemon with a reader" 0 reader_start
expect "a blank card" 0 card_new card 271828
expect "in the reader" 0 card_insert card
expect "OpenSC's PIV driver takes it" 0 opensc-tool --name
says "for what it is" 'Personal Identity Verification Card'
expect "a key that wants the PIN once" 0 card_key 9A officer
expect "a key that wants it before each signature" 0 card_key 9C officer-sign
once=$(card_uri "PIV AUTH key" 01)
each=$(card_uri "SIGN key" 02)
(umask 077 && printf 271828 >pin && printf 314159 >wrong)
expect "the card's objects" 0 "$ctl" token list --module "$card_module" \
	--token officer --pin-file pin
says "the one asks each time" "'SIGN key' id 02: .* always_authenticate"
says "the other does not" "'PIV AUTH key' id 01: .* !always_authenticate"
expect "the public half has another label, and is found" 0 \
	"$ctl" token public --module "$card_module" --uri "$each" \
	--format pem --out found.pem
expect "it is what the card made" 0 cmp found.pem 9C.pub

# --- a proposal with three officers ------------------------------------------------

eval "$(ssh-agent)" >agent.out
agent_pid=$SSH_AGENT_PID
ssh-keygen -q -t ed25519 -N '' -f agent -C agent@example
ssh-keygen -q -t ed25519 -N '' -f third -C third@example
expect "a key that is in an agent alone" 0 ssh-add -q agent
rm agent
softhsm_tokens "$scratch"
(umask 077 && echo Tau-6283185307 >service-pin && echo 31415926 >so)
softhsm=$(softhsm_module)
"$ctl" token init --module "$softhsm" --label service --so-pin-file so \
	--pin-file service-pin >prepared 2>&1
"$ctl" token keygen --module "$softhsm" --token service --pins pins \
	--pin-file service-pin >>prepared 2>&1
"$ctl" trust propose --to p1 --pins pins --device 'token=0,pkcs11:serial=0123;object=anchord-trust-counter' >>prepared 2>&1
expect "an officer with the card's key" 0 "$ctl" officer add --proposal p1 \
	--name release --kind token --uri "$each" --module "$card_module"
"$ctl" officer add --proposal p1 --name security --kind file --key agent.pub \
	>>prepared 2>&1
"$ctl" officer add --proposal p1 --name audit --kind file --key third.pub \
	>>prepared 2>&1
expect "the review waits for the card" 1 "$ctl" trust review p1
says "its officer has not signed" 'release +token +missing'
snapshot >before

# --- wrong PINs ----------------------------------------------------------------------

expect "a wrong PIN" 1 "${approve[@]}" release --uri "$each" "${by_card[@]}" wrong
says "is told" 'the PIN is wrong \(C_Login: CKR_PIN_INCORRECT\)'
says "with what the card says of the tries" 'does not say how many tries'
expect "the card counts it" 0 test "$(jq .tries card)" = 2
expect "a second one" 1 "${approve[@]}" release --uri "$each" "${by_card[@]}" wrong
says "leaves one try" 'one more wrong PIN would lock the token'
expect "that one is not tried" 1 "${approve[@]}" release --uri "$each" \
	"${by_card[@]}" wrong
says "and why" 'login not tried: one more wrong PIN would lock the token'
expect "nor counted" 0 test "$(jq .tries card)" = 1
expect "not even with the right one" 1 "${approve[@]}" release --uri "$each" \
	"${by_card[@]}" pin
expect "a login by hand" 0 pkcs11-tool --module "$card_module" --login \
	--pin 271828 --list-objects
expect "gives all tries back" 0 test "$(jq .tries card)" = 3
snapshot >after
expect "nothing was written" 0 cmp before after

# --- the card is pulled out -----------------------------------------------------------

expect "the card goes" 0 card_pull
expect "without it" 3 "${approve[@]}" release --uri "$each" "${by_card[@]}" pin
says "nobody signs" "no token 'officer' with serial"
expect "it comes back, and goes again when it is to sign" 0 \
	card_insert card pulled
expect "a card that is pulled out while it signs" 3 "${approve[@]}" release \
	--uri "$each" "${by_card[@]}" pin
says "is told" 'nothing was signed: the token failed or was removed \(C_'
snapshot >after
expect "nothing was written, half or whole" 0 cmp before after
card_pull
expect "the card is back" 0 card_insert card

# --- approval ----------------------------------------------------------------------------

expect "the other key of the card is nobody's" 1 "${approve[@]}" release \
	--uri "$once" "${by_card[@]}" pin
says "and is told" 'no officer release who signs this has the key'
expect "the officer signs in the card" 0 "${approve[@]}" release --uri "$each" \
	"${by_card[@]}" pin
says "by his name" 'signed as release'
expect "one officer alone is refused" 1 "$ctl" trust apply p1 --no-token \
	--chain chain
cp p1/bundle mine
expect "the second signs by ssh-keygen and the agent" 0 \
	ssh-keygen -q -Y sign -f agent.pub -n trust-bundle@anchord mine
expect "the private half is nowhere else" 1 test -e agent
expect "his signature is taken" 0 "${approve[@]}" security --signature mine.sig
expect "two of three are enough" 0 "$ctl" trust apply p1 --no-token --chain chain
genesis=$(sha256sum <p1/bundle | cut -c1-64)
expect "the chain is sound" 0 "$ctl" trust verify chain --genesis "$genesis"

# --- with ssh-keygen alone ----------------------------------------------------------------

expect "an export" 0 "$ctl" trust export chain --to export
for officer in release security; do
	expect "stock ssh-keygen verifies $officer" 0 ssh-keygen -Y verify \
		-f export/allowed_signers-1 -I $officer -n trust-bundle@anchord \
		-s export/bundle-1.$officer.sig <export/bundle-1
done
sed 's/release/forgery/' export/bundle-1 >forged
expect "and not another text" 255 ssh-keygen -Y verify \
	-f export/allowed_signers-1 -I release -n trust-bundle@anchord \
	-s export/bundle-1.release.sig <forged
expect "the whole check" 0 sh export/CHECK

kill "$agent_pid"
card_pull
reader_end
closing
