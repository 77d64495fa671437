#!/bin/bash
# pairs.sh - what one version costs beside another: processor time of all roles
# for one challenge and for one attestation, in pairs of runs that alternate.
#
#	tests/bench/pairs.sh OLD NEW [PAIRS]
#	tests/bench/pairs.sh --officers CHECKOUT [PAIRS]
#	tests/bench/pairs.sh --shadow CHECKOUT [PAIRS]
#	tests/bench/pairs.sh --rollout CHECKOUT [PAIRS]
#	tests/bench/pairs.sh --groups CHECKOUT [PAIRS]
#
# OLD and NEW are checkouts in which "make bench" was built.  With --officers one
# build is compared with itself: "old" is the service without officers, "new" the
# one where they govern; with --shadow "new" has a shadow policy.  With --rollout,
# too: attestations for a release, "old" without and "new" with a rollout file in
# force; with --groups "new" has a policy with device groups besides, and both name
# an account.  The machine's neighbours change from minute to minute, so only the two
# runs of one pair are compared; the median of the pairs' ratios is the figure.
# Pairs: 7, or as said.
set -u

old_words=(challenges attestations) # for the bench
new_words=("${old_words[@]}")
case ${1:-} in
--officers) new_words+=(governed) ;;
--shadow) new_words+=(shadowed) ;;
--rollout) old_words=(few attestations release) new_words=(few attestations rollout) ;;
--groups)
	old_words=(few attestations release account)
	new_words=(few attestations rollout groups)
	;;
esac
[[ ${1:-} != --* ]] || set -- "${2:?a checkout}" "$2" "${3:-7}"
old=${1:?the checkout of the version before}
new=${2:?the checkout of the version after}
pairs=${3:-7}
rows=$(mktemp) || exit 1
trap 'rm -f "$rows"' EXIT

# run PAIR WHICH DIRECTORY [WORD...]: one line a row of the bench, "pair which us
# name".
run()
{
	local text
	text=$(cd "$3" && timeout 300 build/bench/bench "${@:4}") ||
		{ echo "pairs: the bench of $3 failed" >&2; exit 1; }
	grep -E '^(challenges|attestations), .* x ' <<<"$text" |
		awk -v pair="$1" -v which="$2" '{
			name = $0; sub(/ +[0-9]+ x .*/, "", name)
			print pair, which, $(NF-3) + $(NF-2) + $(NF-1) + $NF, name
		}' >>"$rows"
}

for ((pair = 1; pair <= pairs; pair++)); do
	if ((pair % 2)); then
		run "$pair" old "$old" "${old_words[@]}"
		run "$pair" new "$new" "${new_words[@]}"
	else
		run "$pair" new "$new" "${new_words[@]}"
		run "$pair" old "$old" "${old_words[@]}"
	fi
done

# Median of the ratios, and the two medians beside it.
awk '
function median(values, n,    i, j, swap)
{
	for (i = 1; i <= n; i++)
		for (j = i + 1; j <= n; j++)
			if (values[j] < values[i]) {
				swap = values[i]; values[i] = values[j]
				values[j] = swap
			}
	return n % 2 ? values[(n + 1) / 2] \
	             : (values[n / 2] + values[n / 2 + 1]) / 2
}
{
	name = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", name)
	if (!(name in seen)) { seen[name] = 1; order[++names] = name }
	us[name, $1, $2] = $3
	if ($1 > pairs) pairs = $1
}
END {
	printf "%-34s %10s %10s %8s   (%d pairs)\n", "processor time, all roles", \
		"before us", "after us", "ratio", pairs
	for (i = 1; i <= names; i++) {
		n = 0
		for (p = 1; p <= pairs; p++) {
			if (!us[order[i], p, "old"] || !us[order[i], p, "new"])
				continue
			n++
			o[n] = us[order[i], p, "old"]
			w[n] = us[order[i], p, "new"]
			r[n] = w[n] / o[n]
		}
		if (n)
			printf "%-34s %10.1f %10.1f %8.3f\n", order[i], \
				median(o, n), median(w, n), median(r, n)
	}
}' "$rows"
