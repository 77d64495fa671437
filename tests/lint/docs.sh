#!/bin/bash
# docs.sh - what a user can type or meet is described where a user looks.
#
# Every program has a manual page; every verb and option of anchorctl is in its
# page, every setting in anchord.conf(5) with its kind, bounds and default, and no
# other; what the example shows is a setting.  Every reason has its heading in the
# runbook, every problem in the API's page, every finding of an audit in the
# audit's and every message between processes its row in the architecture's.  Each
# decision has a number of its own.
. "$(dirname "$0")/lib.sh"

bin=$root/${ANCHORD_BUILD:-build}/bin
[[ ${ANCHORD_BUILD:-} == /* ]] && bin=$ANCHORD_BUILD/bin

# scdoc escapes underscores and may set words in bold or underlined.
plain()
{
	sed -e 's/\\\(.\)/\1/g' -e 's/\*//g' "$1"
}

# The words in a page, in order: "has PAGE WORD".
has()
{
	plain "$1" | grep -qE -e "(^|[^A-Za-z0-9_-])$2([^A-Za-z0-9_-]|\$)"
}

check()
{
	programs
	verbs
	settings
	codes include/anchord/reason.def REASON docs/runbook.md
	codes include/anchord/problem.def PROBLEM docs/api.md
	codes hsm/audit/audit.def FINDING docs/audit.md
	findings
	messages
	decisions
}

# A row for each message, with its id, name, senders and receivers.
messages()
{
	local row page=docs/architecture.md
	[ -f src/wire/wire.def ] || return 0
	sed -nE 's/^MESSAGE\(0x([0-9a-f]+), *([A-Z_]+), *[a-z_]+, *([A-Z |]+), *([A-Z |]+)\)$/\1,\2,\3,\4/p' \
		src/wire/wire.def |
		awk -F , '
		function roles(set) {
			set = tolower(set)
			gsub(/ *\| */, ", ", set)
			sub(/keyholder/, "key holder", set)
			sub(/children/, "all", set)
			return set
		}
		{ print "| " $1 " | " $2 " | " roles($3) " | " roles($4) " |" }' \
			>"$scratch/messages"
	[ -s "$scratch/messages" ] || echo "src/wire/wire.def has no message"
	while IFS= read -r row; do
		grep -qF -e "$row" "$page" || echo "$page has no row $row"
	done <"$scratch/messages"
}

# docs/adr/0007-why.md begins with "# 7. ", and no other file does.
decisions()
{
	local file number before=
	for file in docs/adr/*.md; do
		[ -e "$file" ] || continue
		number=${file#docs/adr/}
		number=${number%%-*}
		[ "$number" != "$before" ] ||
			echo "$file has the number of another decision"
		before=$number
		grep -qE "^# $((10#$number))\. " <(head -n 1 "$file") ||
			echo "$file does not begin with its number"
	done
}

programs()
{
	local name
	for name in $(sed -n '/^PROGRAMS *:=/,/[^\\]$/p' Makefile 2>/dev/null |
		grep -oE '\banchor[a-z-]+'); do
		compgen -G "docs/man/$name.[18].scd" >/dev/null ||
			echo "$name has no manual page docs/man/$name.{1,8}.scd"
	done
}

# The verbs from the program's own mouth, their options likewise.
verbs()
{
	local page verb option
	page=$(compgen -G 'docs/man/anchorctl.[18].scd')
	[ -n "$page" ] && [ -x "$bin/anchorctl" ] || return 0
	"$bin/anchorctl" --help | sed -n 's/^  \([a-z-]\+\( [a-z-]\+\)*\)  .*/\1/p' \
		>"$scratch/verbs"
	[ -s "$scratch/verbs" ] || echo "anchorctl --help names no verb"
	while IFS= read -r verb; do
		has "$page" "$verb" ||
			echo "$page does not describe the verb '$verb'"
		# shellcheck disable=SC2086
		for option in $("$bin/anchorctl" $verb --help |
			grep -oE -e '--[a-z][a-z-]*' | sort -u); do
			has "$page" "$option" ||
				echo "$page does not describe $option ($verb)"
		done
	done <"$scratch/verbs"
}

# What the program says of each setting, "NAME TAB KIND, DEFAULT", and what the
# page's entry for it ends with: "*NAME*", indented lines, "_KIND, DEFAULT_".
settings()
{
	local page=docs/man/anchord.conf.5.scd name
	[ -f src/proc/config.def ] || [ -x "$bin/anchord" ] || return 0
	[ -f "$page" ] || { echo "there is no $page"; return; }
	{
		sed -nE 's/^CONFIG_[A-Z]+\([^"]*"([^"]+)".*/\1/p' src/proc/config.def
		sed -nE 's/^TOKEN_[A-Z]+\([^"]*"([^"]+)".*/token.\1/p' \
			src/proc/config_token.def
	} >"$scratch/rows" 2>/dev/null
	sed 's/\\\(.\)/\1/g' "$page" | awk '
		function ended() { if (name != "") print name "\t" text; name = "" }
		/^\*[^*]+\*$/ { ended(); name = substr($0, 2, length($0) - 2)
			text = ""; next }
		/^\t/ { text = text $0; next }
		{ ended() }
		END { ended() }' >"$scratch/entries"
	: >"$scratch/said"
	[ ! -x "$bin/anchord" ] || said_settings
	# A row that the program was not built with yet, or without a program.
	while IFS= read -r name; do
		grep -q "^$name	" "$scratch/said" ||
			grep -q "^$name	" "$scratch/entries" ||
			echo "$page does not describe $name"
	done <"$scratch/rows"
	[ -x "$bin/anchord" ] || return 0
	awk -F'\t' 'FILENAME != ARGV[3] { said[$1] = 1; next }
		$1 ~ /^[a-z]+\.[a-z_]+$/ && !($1 in said) {
			print "docs/man/anchord.conf.5.scd: there is no setting " $1
		}' "$scratch/said" "$scratch/rows" "$scratch/entries"
	example_settings
}

said_settings()
{
	local name words
	"$bin/anchord" --help-config | awk '
		/^[^\t]/ { name = $0; n = 0; next }
		++n == 2 { print name "\t" substr($0, 2) }' >"$scratch/said"
	[ -s "$scratch/said" ] || echo "anchord --help-config names no setting"
	while IFS=$'\t' read -r name words; do
		grep -q "^$name	" "$scratch/entries" || {
			echo "$page does not describe $name"
			continue
		}
		grep -qF "$name"$'\t' <(grep -F " _${words}_" "$scratch/entries" |
			grep -e "_${words}_\$") ||
			echo "$page does not say of $name: _${words}_"
	done <"$scratch/said"
}

# What the installed example names, also where a comment proposes it.
example_settings()
{
	local example=provisioning/examples/anchord.conf name
	[ -f "$example" ] || return 0
	sed 's/"[^"]*"//g' "$example" |
		grep -oE '[a-z_]+ *(= *[(]|=|: *[{])|[)];|[}]' | awk '
		/[{]$/ { group = $1; sub(/:.*/, "", group); next }
		/[(]$/ { list = 1; next }
		/^[)]/ { list = 0; next }
		/^[}]/ { group = ""; next }
		group != "" && !list { sub(/ *=.*/, ""); print group "." $0 }' \
		>"$scratch/shown"
	[ -s "$scratch/shown" ] || echo "$example shows no setting"
	while IFS= read -r name; do
		grep -q "^$name	" "$scratch/said" ||
			echo "$example: there is no setting $name"
	done <"$scratch/shown"
}

# codes TABLE MACRO PAGE: each code has a heading of its own.
codes()
{
	local code
	[ -f "$1" ] || return 0
	[ -f "$3" ] || { echo "there is no $3"; return; }
	for code in $(sed -nE "s/^$2\([^\"]*\"([^\"]+)\".*/\1/p" "$1"); do
		grep -qE -e "^#+ .*\b$code\b" -e "<a (id|name)=\"$code\"" "$3" ||
			echo "$3 has no heading for $code"
	done
}

# An auditor at a terminal has the manual page.
findings()
{
	local code page=docs/man/anchorctl.1.scd
	[ -f hsm/audit/audit.def ] || return 0
	for code in $(sed -nE 's/^FINDING\([^"]*"([^"]+)".*/\1/p' \
		hsm/audit/audit.def); do
		has "$page" "$code" || echo "$page does not name $code"
	done
}

good_tree()
{
	plant Makefile <<<'PROGRAMS := anchord'
	plant docs/man/anchord.8.scd <<<'anchord(8)'
	plant bin/anchord <<'END'
#!/bin/sh
printf 'log.a_level\n\thelp\n\tpath, default empty\n'
printf 'token.uri\n\thelp\n\ttext, must be given\n'
END
	chmod +x "$scratch/tree/bin/anchord"
	plant docs/man/anchord.conf.5.scd <<'END'
*log.a\_level*
	What it
	is. _path, default empty_

*token.uri*
	Where. _text, must be given_
END
	plant provisioning/examples/anchord.conf <<'END'
# The level (or not): see
log: { # a_level = "x";
};
token: { uri = "pkcs11:a=b"; };
clients = ( { san = "a"; } );
END
	plant include/anchord/reason.def <<<'REASON(A, "a-reason", NONE, "text")'
	plant docs/runbook.md <<<'## a-reason'
	plant src/wire/wire.def <<<'MESSAGE(0x0101, A_B, a_b, KEYHOLDER, FRONT | LEDGER)'
	plant docs/architecture.md <<<'| 0101 | A_B | key holder | front, ledger | a |'
	plant bin/anchorctl <<'END'
#!/bin/sh
[ "$1" = --help ] && echo '  token init        makes a token'
[ "$1" = token ] && echo '  --label TEXT'
exit 0
END
	chmod +x "$scratch/tree/bin/anchorctl"
	bin=$scratch/tree/bin
	plant docs/man/anchorctl.1.scd <<<'*token init* *--label* _TEXT_'
}

self_test()
{
	good_tree
	clean "a described program"

	good_tree
	rm "$scratch/tree/docs/man/anchord.8.scd"
	planted "a program without a page" 'anchord has no manual page'

	good_tree
	plant docs/man/anchorctl.1.scd <<<'*--label*'
	planted "a verb without a word" "does not describe the verb 'token init'"

	good_tree
	plant docs/man/anchorctl.1.scd <<<'*token init* *--labels*'
	planted "an option without a word" 'does not describe --label'

	good_tree
	plant docs/man/anchord.conf.5.scd <<<'*log.level*'
	planted "a setting without a word" 'does not describe log.a_level'

	good_tree
	sed -i 's/path, default/text, default/' \
		"$scratch/tree/docs/man/anchord.conf.5.scd"
	planted "a setting of another kind" 'of log.a_level: _path, default empty_'

	good_tree
	printf '*log.more*\n\tOld. _text, default empty_\n' \
		>>"$scratch/tree/docs/man/anchord.conf.5.scd"
	planted "a setting that is no more" 'no setting log.more'

	good_tree
	plant provisioning/examples/anchord.conf <<<'log: { # level = "x"; };'
	planted "an example of an unknown setting" 'no setting log.level'

	good_tree
	plant hsm/audit/audit.def <<<'FINDING(A, "a-finding", ERROR, NOTE,'
	plant docs/audit.md <<<'### a-finding'
	planted "a finding that the page lacks" 'does not name a-finding'

	good_tree
	plant docs/architecture.md <<<'| 0101 | A_B | key holder | front | a |'
	planted "a message with another receiver" 'no row | 0101 | A_B | key holder'

	good_tree
	plant docs/adr/0001-a.md <<<'# 1. A'
	plant docs/adr/0001-b.md <<<'# 1. B'
	planted "two decisions of one number" '0001-b.md has the number'

	good_tree
	plant docs/adr/0002-a.md <<<'# 1. A'
	planted "a decision of another number" '0002-a.md does not begin with'

	good_tree
	plant docs/runbook.md <<<'a-reason'
	planted "a reason without a heading" 'no heading for a-reason'
}

check_repository
self_test
finish
