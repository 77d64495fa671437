#!/bin/bash
# docs.sh - what a user can type or meet is described where a user looks.
#
# Every program has a manual page; every verb and option of anchorctl is in its
# page, every setting in anchord.conf(5), every reason has its
# heading in the runbook, every problem in the API's page, every finding of an
# audit in the audit's and every message between processes its row in the
# architecture's.  Each decision has a number of its own.
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

settings()
{
	local page=docs/man/anchord.conf.5.scd setting
	[ -f src/proc/config.def ] || return 0
	[ -f "$page" ] || { echo "there is no $page"; return; }
	for setting in $(sed -nE \
		's/^CONFIG_(TEXT|NUMBER)\([^"]*"([^"]+)".*/\2/p' \
		src/proc/config.def) $(members); do
		grep -qF "$setting" <<<"$(plain "$page")" || by_group "$setting" ||
			echo "$page does not describe $setting"
	done
}

# What each token has.
members()
{
	sed -nE 's/^TOKEN_(TEXT|NUMBER|LIST)\([^"]*"([^"]+)".*/token.\2/p' \
		src/proc/config_token.def 2>/dev/null
}

# A page may describe settings by group: a heading or a word "listen", and the
# member's own name.
by_group()
{
	has "$page" "${1%.*}" && has "$page" "${1##*.}"
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
	plant src/proc/config.def <<<'CONFIG_TEXT(a, "log.level", NULL, "help")'
	plant docs/man/anchord.conf.5.scd <<<'*log.level*'
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
	plant docs/man/anchord.conf.5.scd <<<'*level*'
	planted "a setting without a word" 'does not describe log.level'

	good_tree
	plant src/proc/config_token.def <<<'TOKEN_TEXT(u, "uri", NULL, "help")'
	planted "a token's member without a word" 'does not describe token.uri'

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
