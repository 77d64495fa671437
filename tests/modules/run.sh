#!/bin/bash
# run.sh - the matrix of docs/modules.md, from real runs.
#
#	tests/modules/run.sh [ROW...]           prints the table
#	tests/modules/run.sh --check [ROW...]   compares it with the page, versions
#	                                        apart
#
# Each row is a file of rows/ and runs in a machine of its own (file systems,
# System V memory, network), with the real programs: anchorctl, the whole service, clients
# by curl.  A module that is not installed has the word "absent" in its row; with
# --check that is skipped, and said.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
page=$here/../../docs/modules.md

check=
[ "${1:-}" != --check ] || { check=1 && shift; }
[ $# -gt 0 ] || set -- softhsm swtpm opencryptoki p11-server p11-proxy nss card

if ! unshare -m -i -n true 2>/dev/null; then
	echo "modules: namespaces are needed, so run this as root" >&2
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi

head='| module | list | init | keygen | public | audit | serve | killed | back |'
rule='|---|---|---|---|---|---|---|---|---|'

# The rows without versions: a newer one that does the same is no fault.
plain()
{
	sed -E 's/ [0-9]+[.:][^ ,|]*//g'
}

[ -n "$check" ] || printf '%s\n%s\n' "$head" "$rule"
passed=0 failed=0 skipped=0
for row; do
	line=$(unshare -m -i -n bash "$here/row.sh" "$row" 2>/dev/null | tail -n 1)
	if [ -z "$check" ]; then
		printf '%s\n' "$line"
	elif [[ $line == *'| absent |'* ]]; then
		skipped=$((skipped + 1))
		printf '  skip  %s is not installed\n' "$row"
	elif [ -n "$line" ] &&
		plain <"$page" | grep -qxF -- "$(plain <<<"$line")"; then
		passed=$((passed + 1))
		printf '  ok    %s\n' "$row"
	else
		failed=$((failed + 1))
		printf '  FAIL  the page does not have this row:\n        %s\n' \
			"$line"
	fi
done
[ -n "$check" ] || exit 0
grep -qxF -- "$head" "$page" || {
	failed=$((failed + 1))
	echo "  FAIL  the page does not have the table's head"
}
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
