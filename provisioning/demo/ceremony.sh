# ceremony.sh - ceremonies that a script holds: it types what people would, and
# signs for all of them.
#
# Sourced by the demo and by scenarios, which have anchorctl in their PATH.

ceremony_plans=$(cd "$(dirname "${BASH_SOURCE[0]}")/../ceremonies" && pwd) || exit 1

ceremony_roles()
{
	sed -n 's/^    role = "\(.*\)";/\1/p' "$ceremony_plans/$1.conf"
}

# ceremony_rows KEY OTHER PAIR...: rows of a site.
ceremony_rows()
{
	local key=$1 other=$2 pair comma=
	shift 2
	for pair; do
		printf '%s  {\n    %s = "%s";\n    %s = "%s";\n  }' "$comma" \
			"$key" "${pair%%=*}" "$other" "${pair#*=}"
		comma=$',\n'
	done
	printf '\n);\n'
}

# ceremony_site NAME VALUE=...: NAME.site, with all roles of the plan of that name.
ceremony_site()
{
	local people=() role
	for role in $(ceremony_roles "$1"); do
		people+=("$role=The $role of this place")
	done
	{
		printf 'format = 1;\npresent = (\n'
		ceremony_rows role person "${people[@]}"
		printf 'values = (\n'
		ceremony_rows name value "${@:2}"
	} >"$1.site"
}

# ceremony_hold NAME [NUMBER...]: types the numbers, or all of them; $ceremony_mode
# may be --rehearse.
ceremony_hold()
{
	local name=$1
	shift
	[ $# -gt 0 ] || set -- $(seq 1 60)
	printf '%s\n' "$@" |
		anchorctl ceremony run "$ceremony_plans/$name.conf" \
			--site "$name.site" --transcript "$name.text" \
			${ceremony_mode:-}
}

# ceremony_of NAME WORD: what the transcript's first entry says of it.
ceremony_of()
{
	sed -n "s/^| $2 //p;/^entry 1\$/q" "$1.text"
}

# ceremony_signer ROLE KEY: the line of an allowed_signers file.
ceremony_signer()
{
	printf '%s namespaces="ceremony@anchord" %s\n' "$1" "$2"
}

# ceremony_person DIR ROLE: a key in a file, and its line in DIR/people.
ceremony_person()
{
	ssh-keygen -q -t ed25519 -N '' -f "$1/$2" -C "$2" &&
		ceremony_signer "$2" "$(cut -d' ' -f1,2 "$1/$2.pub")" \
			>>"$1/people"
}

# ceremony_token_key URI: the public half of a key in a token, as OpenSSH has it;
# $softhsm_module is its module.
ceremony_token_key()
{
	local pem
	pem=$(mktemp) &&
		anchorctl token public --uri "$1" --module "$softhsm_module" \
			--format pem --out "$pem" >/dev/null 2>&1 &&
		ssh-keygen -i -m PKCS8 -f "$pem"
	rm -f "$pem"
}

# ceremony_person_signs DIR NAME ROLE: with the key in DIR/ROLE.
ceremony_person_signs()
{
	ssh-keygen -q -Y sign -f "$1/$3" -n ceremony@anchord <"$2.text" \
		>"$2.signed" 2>/dev/null &&
		anchorctl ceremony sign "$2.text" --role "$3" \
			--signature "$2.signed"
}

# ceremony_verify NAME SIGNERS [OPTION...]
ceremony_verify()
{
	anchorctl ceremony verify "$1.text" \
		--plan "$ceremony_plans/$(basename "$1").conf" \
		--signers "$2" "${@:3}"
}

# ceremony_step NAME TEXT: the number of the first step of a plan that has it.
ceremony_step()
{
	awk -v text="$2" '/^    (instruct|run) = / {
		n++
		if (index($0, text)) { print n; exit }
	}' "$ceremony_plans/$1.conf"
}

# ceremony_ended NAME: was it gone through to the end?
ceremony_ended()
{
	grep -q '^does end$' "$1.text"
}

# ceremony_steps NAME: how many steps the plan has.
ceremony_steps()
{
	grep -cE '^    (instruct|run) = ' "$ceremony_plans/$1.conf"
}
