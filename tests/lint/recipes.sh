#!/bin/bash
# recipes.sh - docs/changing.md and docs/newcomer.md tell the truth.
#
# Of each recipe (a heading "## A ..." or "## An ..." and a table "| file | what
# it must say | forgotten |"): every file is there, "<name>" standing for what
# the reader adds; each macro `NAME(` and each table `name[]` of the middle cell
# is in one of the row's files; the last cell names a test or a lint that is
# there, the compiler, the linker or the kernel, or says "nothing" or "its own
# test".  Each recipe of the list is there.
#
# Where the newcomer's page says `f()` in `file`, that file defines f().
#
# Every verb of anchorctl is declared, defined and in the table.
#
# At the end some recipes are tried: a row is added in a copy, and the lint that
# the recipe names, and nothing else of it, goes red.
. "$(dirname "$0")/lib.sh"

page=docs/changing.md
tour=docs/newcomer.md
recipes="a reason|a message|a setting|a format|a verb|an algorithm|a device"

check()
{
	[ -f "$page" ] || { echo "there is no $page"; return; }
	local recipe
	while IFS= read -r -d '|' recipe; do
		grep -qiE "^## $recipe\b" "$page" ||
			echo "$page has no recipe for $recipe"
	done <<<"$recipes|"
	awk '/^## /{ title = substr($0, 4); rows = 0 }
		/^\| file \| what it must say \| forgotten \|$/ { table = 1; next }
		!/^\|/ { table = 0 }
		table && !/^\|-/ { print }' "$page" >"$scratch/rows"
	[ -s "$scratch/rows" ] || echo "$page has no table"
	while IFS= read -r row; do
		one_row "$row"
	done <"$scratch/rows"
	functions
	verbs
}

# The words in backticks of a text, in $words.
quoted()
{
	local text=$1
	words=()
	while [[ $text =~ \`([^\`]+)\`(.*) ]]; do
		words+=("${BASH_REMATCH[1]}")
		text=${BASH_REMATCH[2]}
	done
}

# there PATH: with "<name>", the directory above it.
there()
{
	local path=$1
	if [[ $path == *'<'* ]]; then
		path=${path%%<*}
		path=${path%/*}
	fi
	[ -e "$path" ] || compgen -G "$path" >/dev/null
}

# some_has WORD FILE...: is it in one of them?
some_has()
{
	local word=$1 file
	shift
	for file in "$@"; do
		[ -f "$file" ] && [[ $(<"$file") == *"$word"* ]] && return 0
	done
	return 1
}

one_row()
{
	local cells word
	local -a words=() files=() marks=()
	IFS='|' read -r -a cells <<<"$1"
	quoted "${cells[1]}"
	files=("${words[@]}")
	[ ${#files[@]} -gt 0 ] || echo "$page: no file in: ${1:0:60}"
	quoted "${cells[2]}"
	for word in "${words[@]}"; do
		if [[ $word =~ ^([A-Z][A-Z_]+\() || $word =~ ^([a-z_]+\[\])$ ]]; then
			marks+=("${BASH_REMATCH[1]}")
		elif [[ $word =~ ^[a-z]+/[^\ ]*[a-z]$ ]]; then
			files+=("$word")
		fi
	done
	quoted "${cells[3]:-}"
	for word in "${words[@]}"; do
		[[ $word != tests/* ]] || files+=("$word")
	done
	for word in "${files[@]}"; do
		there "$word" || echo "$page names $word, which is not there"
	done
	for word in "${marks[@]}"; do
		some_has "$word" "${files[@]}" ||
			echo "$page: ${files[0]} has no $word"
	done
	forgotten_told "${cells[3]:-}" ||
		echo "$page: what notices? ${1:0:60}"
}

forgotten_told()
{
	[[ $1 =~ (the compiler|the linker|the kernel|nothing|own test|contract program) ||
		$1 == *'`tests/'* ]]
}

# "`a()`, `b()` in `file`" and "`a()` in `file`, `b()` in `other`".
functions()
{
	local name file
	[ -f "$tour" ] || { echo "there is no $tour"; return; }
	tr '\n' ' ' <"$tour" | grep -oE '(`[a-z0-9_]+\(\)`(, | and )?)+ in `[^`]+`' |
		while IFS= read -r line; do
			file=$(sed 's/.*`\([^`]*\)`$/\1/' <<<"$line")
			for name in $(grep -oE '[a-z0-9_]+\(\)' <<<"$line"); do
				grep -qsE "^${name%()}\(" "$file" ||
					echo "$tour: $file has no $name"
			done
		done
}

# Declared, and in the table; the linker sees what is not defined.
verbs()
{
	local dir=provisioning/anchorctl verb
	[ -f $dir/verbs.h ] || return 0
	for verb in $(sed -nE 's/^extern const struct verb (verb_[a-z_]+);/\1/p' \
		$dir/verbs.h); do
		grep -qE "^	&$verb,$" $dir/anchorctl.c ||
			echo "$dir/anchorctl.c has no row for $verb"
	done
	for verb in $(sed -nE 's/^const struct verb (verb_[a-z_]+) = .*/\1/p' \
		$dir/verb_*.c); do
		grep -q "struct verb $verb;" $dir/verbs.h ||
			echo "$dir/verbs.h does not declare $verb"
	done
}

good_tree()
{
	plant src/a.def <<<'ROW(a)'
	plant src/a.c <<<'const char *rows[] = { 0 };'
	plant tests/lint/a.sh <<<'exit 0'
	plant provisioning/anchorctl/verbs.h <<<'extern const struct verb verb_a;'
	plant provisioning/anchorctl/anchorctl.c <<<'	&verb_a,'
	plant provisioning/anchorctl/verb_a.c <<<'const struct verb verb_a = {'
	plant $tour <<<'Then `act()` in `src/b.c`, and `b()`.'
	plant src/b.c <<<'act(void)'
	{
		tr '|' '\n' <<<"$recipes" | sed 's/^a/## A/'
		echo
		echo '| file | what it must say | forgotten |'
		echo '|---|---|---|'
		echo '| `src/a.def` | `ROW(x)`, as the last | `tests/lint/a.sh` |'
		echo '| `src/<name>.c` | a row in `rows[]` of `src/a.c` | the compiler |'
	} | plant $page
}

# The good tree, its page changed by sed.
changed()
{
	good_tree
	sed -i "$1" "$scratch/tree/$page"
}

self_test()
{
	good_tree
	clean "recipes that are true"

	changed 's#`src/a.def`#`src/gone.def`#'
	planted "a file that is gone" 'names src/gone.def, which is not'

	changed 's#`src/<name>.c`#`gone/<name>.c`#'
	planted "a directory that is gone" 'names gone/<name>.c, which is not'

	changed 's/`ROW(x)`/`LINE(x)`/'
	planted "a macro that is gone" 'src/a.def has no LINE('

	changed 's/`rows\[\]`/`lines[]`/'
	planted "a table that is gone" 'has no lines\[\]'

	changed 's#`tests/lint/a.sh`#`tests/lint/gone.sh`#'
	planted "a lint that is gone" 'names tests/lint/gone.sh, which is not'

	changed 's/the compiler/somebody/'
	planted "a row that nobody watches" 'what notices?'

	changed 's/^## A message.*//'
	planted "a recipe that is gone" 'no recipe for a message'

	good_tree
	plant src/b.c <<<'other(void)'
	planted "a function that is gone" 'src/b.c has no act()'

	good_tree
	plant provisioning/anchorctl/anchorctl.c <<<''
	planted "a verb without a row" 'no row for verb_a'

	good_tree
	plant provisioning/anchorctl/verbs.h <<<''
	planted "a verb that is not declared" 'does not declare verb_a'
}

# --- recipes that are tried -------------------------------------------------

copy=$scratch/copy

# docs.sh of the copy finds these violations and no others.  No program is built
# there, so it asks none.
says()
{
	local name=$1 out want
	shift
	want=$(printf '%s\n' "$@")
	out=$(cd "$copy" && ANCHORD_BUILD=/none tests/lint/docs.sh 2>&1 |
		sed '/ passed, /d; s/^docs: //')
	if [ "$out" = "$want" ]; then
		ok
	else
		bad "$name: docs.sh says: ${out:-nothing}"
	fi
}

# Do sources of the copy compile?
compiles()
{
	# shellcheck disable=SC2046
	(cd "$copy" && gcc $(lint_flags) -w -fsyntax-only "$@") \
		>"$scratch/gcc" 2>&1
}

# A reason and a message: their rows alone, then with what the recipes say beside.
# tests/drills tries a setting and an algorithm, which takes a build.
try()
{
	mkdir -p "$copy"
	cp -a --parents docs include src hsm/audit tests/lint tests/unit/wire \
		tests/common tests/fuzz/fuzz_wire.c Makefile "$copy" || {
		bad "the tree cannot be copied"
		return
	}
	sed -i '/^REASON(CHALLENGE_TIME/a\
REASON(DRILL, "drill-reason", NONE, NONE, 0, "a reason of the drill")' \
		"$copy/include/anchord/reason.def"
	sed -i '/^MESSAGE(0x0501/i\
MESSAGE(0x7f01, DRILL, drill, FRONT, LEDGER)' "$copy/src/wire/wire.def"
	says "rows alone" \
		'docs/runbook.md has no heading for drill-reason' \
		'docs/architecture.md has no row | 7f01 | DRILL | front | ledger |'
	if compiles src/wire/codec.c; then
		bad "a message without its fields compiles"
	else
		ok
	fi

	sed -i '/^#define WIRE_UNAVAILABLE/i\
#define WIRE_DRILL(F) F(u64, request) F(text, word)' \
		"$copy/src/wire/wire.def"
	sed -i '/^| 0501 |/i| 7f01 | DRILL | front | ledger | a drill |' \
		"$copy/docs/architecture.md"
	printf '\n### drill-reason\n\nA drill.\n' >>"$copy/docs/runbook.md"
	says "rows, and what the recipes say beside" ''
	if compiles src/wire/codec.c src/wire/reason.c \
		tests/unit/wire/test_wire.c tests/common/fakes/wire_samples.c \
		tests/fuzz/fuzz_wire.c; then
		ok
	else
		bad "the rows do not compile: $(head -n 3 "$scratch/gcc")"
	fi
}

check_repository
self_test
try
finish
