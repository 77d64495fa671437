#!/bin/bash
# pages.sh - what a page names is there, and a stranger finds every page.
#
# In every page (README.md, *.md, the manual pages):
# - a path in backticks, or in a command of a fenced block, is one of the tree:
#   `src/x/y.c`, `tests/lint/x.sh`, `unit/room/test_x` (below tests/), or a part
#   of one, `room/y.h`, `y.def`; braces and asterisks as in a shell.  A program
#   build/test/x is made of tests/x.c;
# - a link leads to a file, and its anchor to a heading there;
# - in README.md, docs/*.md and the manual pages a setting is one of the tables;
#   a decision may speak of one that is gone;
# - README.md leads to every page, link by link.
. "$(dirname "$0")/lib.sh"

tops='src|hsm|tests|docs|provisioning|include|unit|contract|process|e2e|interop|lint|fuzz|mutations|bench|common|modules|shim|keymint|drills|scenarios'
suffixes='c|h|def|sh|tsv|mk|mjs|py|rb|md'
# What looks like a setting, and is a file.
no_settings=' ledger.db ledger.clean token.object '

declare -A there part
files=()

look_around()
{
	local file rest
	there=() part=() files=()
	while IFS= read -r file; do
		[ -e "$file" ] || continue
		files+=("$file")
		there[$file]=1
		rest=$file
		while [[ $rest == */* ]]; do
			part[${rest#*/}]=1
			rest=${rest#*/}
		done
		part[$file]=1
		rest=$file
		while [[ $rest == */* ]]; do
			rest=${rest%/*}
			there[$rest]=1
		done
	done < <(git ls-files -co --exclude-standard 2>/dev/null ||
		find . -type f -printf '%P\n')
}

pages()
{
	local file
	for file in "${files[@]}"; do
		case $file in
		tests/fuzz/corpus/*) ;;
		*.md | docs/man/*.scd) echo "$file" ;;
		esac
	done
}

check()
{
	look_around
	pages | sort >"$scratch/pages"
	xargs -r awk "$words_awk" <"$scratch/pages" | sort -u >"$scratch/words"
	xargs -r grep -oHE '\]\([^) ]+\)' <"$scratch/pages" |
		sed 's/\]($/ /; s/:\](/ /; s/)$//' | sort -u >"$scratch/links"
	xargs -r awk "$anchors_awk" <"$scratch/pages" >"$scratch/anchors"
	paths
	links
	settings
	reachable
}

# "PAGE WORD" for each word in backticks, and of a fenced block's commands.
words_awk='
function say(text,   n, i, word) {
	n = split(text, word, /[ \t]+/)
	for (i = 1; i <= n; i++) {
		gsub(/^[("<]+|[.,;:)">]+$/, "", word[i])
		if (word[i] ~ /^[A-Za-z0-9_.\/{},*-]+$/)
			print FILENAME, word[i]
	}
}
FNR == 1 { fenced = 0 }
/^[ \t]*```/ { fenced = !fenced; commands = /```sh$/; next }
fenced { if (commands) say($0); next }
{
	while (match($0, /`[^`]+`/)) {
		say(substr($0, RSTART + 1, RLENGTH - 2))
		$0 = substr($0, RSTART + RLENGTH)
	}
}'

# "PAGE ANCHOR" for each heading, as the pages of hosts make it.
anchors_awk='
/^#+ / {
	sub(/^#+ +/, "")
	$0 = tolower($0)
	gsub(/ /, "-")
	gsub(/[^a-z0-9_-]/, "")
	print FILENAME, $0
}
/<a (id|name)="/ {
	sub(/.*<a (id|name)="/, "")
	sub(/".*/, "")
	print FILENAME, $0
}'

# base_of PAGE, normal PATH: its directory, and "a/../b" as "b", in $answer; no
# process of its own for each of a thousand words.
base_of()
{
	answer=.
	[[ $1 != */* ]] || answer=${1%/*}
}

normal()
{
	local piece out=()
	local IFS=/
	for piece in $1; do
		case $piece in
		'' | .) ;;
		..) [ ${#out[@]} -eq 0 ] || unset 'out[-1]' ;;
		*) out+=("$piece") ;;
		esac
	done
	answer="${out[*]}"
}

# The words that are paths; not what has none of our beginnings and endings.
paths()
{
	local page word one list
	set -f
	while read -r page word; do
		[[ $word =~ ^build/test/(.*)$ ]] && word=tests/${BASH_REMATCH[1]}
		[[ $word =~ ^($tops)/ || $word =~ ^[^/].*\.($suffixes)$ ]] ||
			continue
		# Letters, braces and commas alone: what eval is given is safe.
		eval "list=($word)"
		for one in "${list[@]}"; do
			found "$page" "$one" ||
				echo "$page names $one, which is not there"
		done
	done <"$scratch/words"
	set +f
}

# As it stands, seen from the page, below tests or src; or the end of a path.
found()
{
	local path=${2%/} place file
	[ -z "${there[$path]:-}" ] || return 0
	if [[ $path == *'*'* ]]; then
		for file in "${files[@]}"; do
			# shellcheck disable=SC2053
			[[ $file == $path || $file == */$path ]] && return 0
		done
		return 1
	fi
	base_of "$1"
	normal "$answer/$path"
	for place in "$path" "tests/$path" "src/$path" "$answer"; do
		[ -n "${there[$place]:-}${there[$place.c]:-}${there[$place.sh]:-}" ] &&
			return 0
	done
	[ -n "${part[$path]:-}" ] || [ "$path" = attack/attack ]
}

# Where a link of a page leads, in $path and $anchor; false when it leads away.
target_of()
{
	[[ ! $2 =~ ^[a-z]+: ]] || return 1
	path=$1 anchor=
	[[ $2 != *'#'* ]] || anchor=${2#*#}
	[ -n "${2%%#*}" ] || return 0
	base_of "$1"
	normal "$answer/${2%%#*}"
	path=$answer
}

links()
{
	local page target path anchor
	local -A heading=()
	while read -r page anchor; do
		heading["$page $anchor"]=1
	done <"$scratch/anchors"
	while read -r page target; do
		target_of "$page" "$target" || continue
		if [ -z "${there[$path]:-}" ]; then
			echo "$page links to $path, which is not there"
		elif [ -n "$anchor" ] && [ -z "${heading["$path $anchor"]:-}" ]; then
			echo "$page links to #$anchor, no heading of $path"
		fi
	done <"$scratch/links"
}

# `group.name`, where the tables have such a group.
settings()
{
	local known groups page word
	[ -f src/proc/config.def ] || return 0
	known=" $(sed -nE 's/^CONFIG_[A-Z]+\([^"]*"([^"]+)".*/\1/p' \
		src/proc/config.def | tr '\n' ' ') $(sed -nE \
		's/^TOKEN_[A-Z]+\([^"]*"([^"]+)".*/token.\1/p' \
		src/proc/config_token.def 2>/dev/null | tr '\n' ' ') "
	groups=" $(tr ' ' '\n' <<<"$known" | sed 's/\..*//' | sort -u |
		tr '\n' ' ') "
	grep -E '^(README.md|docs/[^/]+.md|docs/man/.*)$' "$scratch/pages" |
		xargs -r grep -oHE '[`*][a-z_\\]+\.[a-z_\\]+[`*]' |
		tr -d '`*\\' | sort -u >"$scratch/settings"
	while IFS=: read -r page word; do
		[[ $groups == *" ${word%%.*} "* ]] || continue
		[[ "$known$no_settings" == *" $word "* ]] ||
			echo "$page names the setting $word, which is none"
	done <"$scratch/settings"
}

# From README.md; a directory's link leads to all files of it.
reachable()
{
	local -A seen=() from=()
	local todo=(README.md) page target path anchor file
	while read -r page target; do
		from[$page]+=" $target"
	done <"$scratch/links"
	while [ ${#todo[@]} -gt 0 ]; do
		page=${todo[-1]}
		unset 'todo[-1]'
		[ -z "${seen[$page]:-}" ] || continue
		seen[$page]=1
		for target in ${from[$page]:-}; do
			target_of "$page" "$target" && todo+=("$path")
		done
		[ -d "$page" ] || continue
		for file in "${files[@]}"; do
			[ "${file%/*}" != "$page" ] || todo+=("$file")
		done
	done
	while IFS= read -r page; do
		[ -n "${seen[$page]:-}" ] ||
			echo "README.md does not lead to $page"
	done <"$scratch/pages"
}

good_tree()
{
	plant src/wire/a.def <<<'ROW'
	plant src/proc/config.def <<<'CONFIG_TEXT(a, "log.level", NULL, "help")'
	plant tests/unit/wire/test_a.c <<<'int a;'
	plant tests/lint/a.sh <<<'exit 0'
	plant docs/man/a.8.scd <<<'a(8) *log.level*'
	plant docs/adr/0001-a.md <<<'# 1. A: `log.gone` was a setting'
	{
		echo '# A page'
		echo '## A heading: of `words`'
		echo 'See `src/wire/a.def`, `wire/a.{def}`, (`unit/wire/test_a`),'
		echo '`tests/lint/*.sh`, `a.def`, `log.level`, [man](man/).'
		echo '```sh'
		echo 'build/test/unit/wire/test_a'
		echo '```'
	} | plant docs/a.md
	plant README.md <<<'[a](docs/a.md#a-heading-of-words) [b](docs/adr/)'
	# Its own repository, or git would say what the one around it has.
	git -C "$scratch/tree" init -q
}

# The good tree, whose page has another line at its end.
said()
{
	good_tree
	printf '%s\n' "$1" >>"$scratch/tree/docs/a.md"
}

self_test()
{
	good_tree
	clean "pages that name what is there"

	said 'and `src/wire/gone.c`.'
	planted "a file that is gone" 'docs/a.md names src/wire/gone.c'

	said '`unit/wire/test_gone` (`unit/wire`)'
	planted "a test that is gone" 'names unit/wire/test_gone'

	said '`unit/wire/test_{a,gone}.c`'
	planted "one of several" 'names unit/wire/test_gone.c'

	said 'in `gone.def`'
	planted "a table that is gone" 'names gone.def'

	said $'```sh\ntests/lint/gone.sh\n```'
	planted "a command that is gone" 'names tests/lint/gone.sh'

	said $'```sh\nbuild/test/unit/wire/test_gone\n```'
	planted "a program that nothing makes" 'names tests/unit/wire/test_gone'

	said '[x](gone.md)'
	planted "a link to nothing" 'links to docs/gone.md'

	said '[x](#another)'
	planted "a heading that is gone" 'links to #another, no heading of docs/a.md'

	said '`log.gone`'
	planted "a setting that is gone" 'names the setting log.gone'

	good_tree
	plant docs/lost.md <<<'# Lost'
	planted "a page that nobody finds" 'README.md does not lead to docs/lost.md'
}

check_repository
self_test
finish
