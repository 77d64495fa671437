#!/bin/bash
# setting.sh - a drill: what does it take to add a setting?
#
#	tests/drills/setting.sh [BUILD]
#
# In a scratch copy of the tree a setting is added as a newcomer would: one row
# of the table and one entry of the manual page.  Then at most two files of the
# product are another, the program knows the setting with its kind, bounds and
# default, the lint of the documents is content, and the configuration's own unit
# test passes.  BUILD is a built tree, whose objects are the copy's beginning.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${1:-${ANCHORD_BUILD:-build}}
table=$(git ls-files | grep -E '(^|/)config\.def$')
page=docs/man/anchord.conf.5.scd

scratch=$(mktemp -d "${TMPDIR:-/tmp}/anchord-drill.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

fail()
{
	echo "setting: $*"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

git ls-files -z | xargs -0 cp -a --parents -t "$scratch" ||
	fail "the tree cannot be copied"
if [ -d "$build/obj" ]; then
	mkdir -p "$scratch/build"
	cp -a "$build/obj" "$build/lib" "$scratch/build"
fi
cd "$scratch" || exit 1
git init -q . && git add -A && git -c user.name=drill -c user.email=drill@localhost \
	commit -q -m "the tree as it is" || fail "no scratch repository"

# The row, below another of the same group; the entry, below that one's.
sed -i '/"limits\.array"/a\
CONFIG_NUMBER(drill_ms,           "limits.drill_ms",           7, 1, 9, "milliseconds of a drill")' \
	"$table"
awk '{ print }
	/^\*limits\.array\*$/ { here = 1 }
	here && /^$/ { here = 0
		print "*limits.drill\\_ms*\n\tMilliseconds of a drill. _number 1 to 9, default 7_\n" }' \
	"$page" >"$page.new" && mv "$page.new" "$page"

changed=$(git diff --name-only | wc -l)
echo "- files of the product that a new setting touches: $changed"
[ "$changed" -gt 0 ] && [ "$changed" -le 2 ] ||
	fail "$(git diff --name-only | tr '\n' ' ')"

test=$(git ls-files | sed -n 's|^tests/\(unit/.*test_config\)\.c$|\1|p')
CCACHE_BASEDIR=$scratch nice make -s -j"$(nproc)" BUILD=build ${DRILL_CC:+CC="$DRILL_CC"} \
	build/bin/anchord "build/test/$test" >"$scratch/log" 2>&1 ||
	fail "it does not build: $(grep -m 3 error "$scratch/log")"
build/bin/anchord --help-config | grep -A 2 '^limits.drill_ms$' |
	grep -q 'number 1 to 9, default 7' || fail "the program does not know it"
"build/test/$test" >"$scratch/said" 2>&1 || fail "$(tail -n 5 "$scratch/said")"
ANCHORD_BUILD=build tests/lint/docs.sh >"$scratch/said" 2>&1 ||
	fail "$(tail -n 5 "$scratch/said")"
git checkout -q -- "$page"
ANCHORD_BUILD=build tests/lint/docs.sh >"$scratch/said" 2>&1 &&
	fail "the lint does not miss the manual page's entry"
echo "1 passed, 0 failed, 0 skipped"
