# lib.sh - what every lint shares: where it looks, counting, the closing line.
#
# A lint is a script with a function check() that looks at the tree below the
# current directory, prints one line for each violation, and prints nothing for
# a good tree.  It runs check over this repository and then over planted trees,
# to show that it can fail; planted() and clean() are those tests of itself.
#
# Sourced, never run.  Bash.

set -u
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
lint_dir=$root/tests/lint
cd "$root" || exit 1

lint_name=$(basename "$0" .sh)
passed=0
failed=0
skipped=0

scratch=$(mktemp -d "${TMPDIR:-/tmp}/anchord-lint.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

ok()
{
	passed=$((passed + 1))
}

bad()
{
	failed=$((failed + 1))
	printf '%s: %s\n' "$lint_name" "$*"
}

# The compiler's flags, asked of the Makefile so that they are said once.
lint_flags()
{
	env -u MAKEFLAGS -u MFLAGS make -s --no-print-directory -C "$root" \
		lint-flags
}

# Every C file and header of ours below the current directory.
c_files()
{
	local d dirs=()
	for d in include src hsm provisioning "$@"; do
		[ -d "$d" ] && dirs+=("$d")
	done
	[ ${#dirs[@]} -gt 0 ] || return 0
	find "${dirs[@]}" \( -name '*.c' -o -name '*.h' \) -print | sort
}

# The repository itself: every line that check prints is one violation.
check_repository()
{
	local line n=0
	check >"$scratch/found" 2>"$scratch/broken" || {
		bad "the check itself failed: $(head -n 3 "$scratch/broken")"
		return
	}
	while IFS= read -r line; do
		bad "$line"
		n=$((n + 1))
	done <"$scratch/found"
	[ "$n" -gt 0 ] || ok
}

# planted NAME PATTERN: check, run in $scratch/tree, must print PATTERN.
planted()
{
	local out
	out=$(cd "$scratch/tree" && check 2>&1)
	if printf '%s\n' "$out" | grep -q -e "$2"; then
		ok
	else
		bad "self-test: did not notice $1 (said: ${out:-nothing})"
	fi
	rm -rf "$scratch/tree"
}

# clean NAME: check, run in $scratch/tree, must print nothing and succeed.
clean()
{
	local out
	if out=$(cd "$scratch/tree" && check 2>&1) && [ -z "$out" ]; then
		ok
	else
		bad "self-test: refused $1 (said: $out)"
	fi
	rm -rf "$scratch/tree"
}

# plant PATH: standard input becomes that file of the planted tree.
plant()
{
	mkdir -p "$scratch/tree/$(dirname "$1")"
	cat >"$scratch/tree/$1"
}

finish()
{
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" \
		"$skipped"
	[ "$failed" -eq 0 ]
	exit
}
