# parts.sh - what the tries of 77-duties.sh have in common: a secret for each of the
# people, an account for each, and copies of token and chain to be spoiled.
#
# Sourced, never run, in the directory of a service that is prepared.

# Nobody has more than his own secret: the security officer's PIN, the service's, an
# officer's key.  An auditor has none, so he guesses; root reads the service's PIN.
declare -A secret=([so]=so-pin [user]=pin [officer]=officers/release.pin
	[auditor]=guess [operator]=pin)

# The accounts of the people, and of the roles of the service.
declare -A account=([so]=64391 [user]=64392 [officer]=64393 [auditor]=64394
	[front]=$uid_base [verifier]=$((uid_base + 1)) [ledger]=$((uid_base + 2))
	[keyholder]=$((uid_base + 3)))

# as WHO COMMAND...: from his account, when there are several.
as()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid="${account[$1]}" --regid="${account[$1]}" \
			--clear-groups "${@:2}"
	else
		"${@:2}"
	fi
}

# --- the token -----------------------------------------------------------------------

# copy_token NAME: a copy of the service's token, NAME, and NAME.conf that has it.
copy_token()
{
	rm -rf "$1" && cp -a token "$1" &&
		sed -i "s|/token/objects|/$1/objects|" "$1/softhsm2.conf" &&
		sed "s|$dir/token|$dir/$1|g; s|\"$dir/chain\"|\"$dir/$1/chain\"|" \
			anchord.conf >"$1.conf" && cp chain "$1/chain"
}

# copied NAME COMMAND...: with that copy.
copied()
{
	SOFTHSM2_CONF=$dir/$1/softhsm2.conf "${@:2}"
}

# raw NAME OPTION...: PKCS#11 without anchorctl.
raw()
{
	copied "$1" pkcs11-tool --module "$softhsm_module" \
		--token-label anchord-demo "${@:2}" </dev/null
}

# verb NAME WORD WORD OPTION...: anchorctl with it.
verb()
{
	copied "$1" anchorctl "$2" "$3" --module "$softhsm_module" \
		--token anchord-demo "${@:4}"
}

# audit NAME OPTION...
audit()
{
	verb "$1" token audit --profile rehearsal "${@:2}"
}

# apply_to NAME PROPOSAL SO-PIN-FILE
apply_to()
{
	anchorctl trust apply "$2" --config "$1.conf" --pin-file pin \
		--so-pin-file "$3"
}

# head_of NAME: its head and counter.
head_of()
{
	verb "$1" token trust --pin-file pin --json |
		jq -r '"\(.head.version) \(.counter)"'
}

# --- versions ------------------------------------------------------------------------

# change NAME [OPTION...]: a proposal that continues the chain, in change-NAME.
change()
{
	anchorctl trust propose --to "change-$1" --chain chain "${@:2}"
}

# forged DIR WHO: his own key in the place of two officers.
forged()
{
	local name
	for name in release security; do
		ssh-keygen -q -Y sign -f "keys/$2" -n trust-bundle@anchord \
			<"$1/bundle" >"$1/signatures/$name" 2>/dev/null
	done
}

# brought NAME WHO: he signs it as he can, and applies it to a copy of the chain.
brought()
{
	rm -rf tryout && cp -r "change-$1" tryout && cp chain chain-copy || return
	if [ "$2" = officer ]; then
		officer_signs release tryout >/dev/null || return
	else
		forged tryout "$2"
	fi
	anchorctl trust apply tryout --no-token --chain chain-copy
}

# What may be changed, each in a proposal of its own.
make_changes()
{
	change add-anchor &&
		anchorctl trust anchor --proposal change-add-anchor \
			--add root-b.pem --name more --purpose tpm2-ek \
			--note "made for this test" &&
		anchorctl trust show chain --pins >next-pins && copy_token spent &&
		copied spent anchorctl token rotate --config spent.conf \
			--pin-file pin --pins next-pins --lead 3600 &&
		change pin-key --pins next-pins || return
	sed 's/version = 1/version = 2/' policy.conf >other-policy.conf
	change set-policy --policy other-policy.conf && change replace-officer &&
		change recover --change recovery || return
	for name in replace-officer recover; do
		anchorctl officer remove --proposal change-$name --name security &&
			anchorctl officer add --proposal change-$name --name security \
				--kind file --key keys/auditor.pub || return
	done
	change remove-anchor --change removal &&
		anchorctl trust anchor --proposal change-remove-anchor --remove a
}

head -c 32 /dev/urandom >statement
head -c 40 /dev/urandom >value
printf 31415926535 >guess
printf 27182818284 >so-pin-next
chmod 0400 guess so-pin-next

# What everybody may read and run.
mkdir -m 755 public
cp "$(command -v anchorctl)" "$(command -v anchord)" public/
copy_token tries
