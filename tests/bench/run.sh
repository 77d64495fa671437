#!/bin/bash
# run.sh - make bench: every figure of docs/performance.md in one run.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${ANCHORD_BUILD:-build}

model=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)
echo "anchord bench: $(nproc) processors (${model:-unknown}), kernel $(uname -r)"
echo "load generator, service and token share them; N x M is connections x streams"
echo
beside=$build/beside
mkdir -p "$beside" && rm -f "$beside/chains.json" || exit 1
status=0
for bench in "$build"/bench/*; do
	[ -x "$bench" ] && [ -f "$bench" ] || continue
	args=()
	[ "${bench##*/}" != bench_android ] || args=("$beside/chains.json")
	seconds=600
	[ "${bench##*/}" != bench_enrolments ] || seconds=1800 # fills a million
	timeout $seconds "$bench" "${args[@]}" || status=1
	[ ${#args[@]} -eq 0 ] || "$PWD/tests/bench/beside.sh" "$beside" || status=1
	echo
done
exit $status
