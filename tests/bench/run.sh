#!/bin/bash
# run.sh - make bench: every figure of docs/performance.md in one run.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${ANCHORD_BUILD:-build}

model=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)
echo "anchord bench: $(nproc) processors (${model:-unknown}), kernel $(uname -r)"
echo "load generator, service and token share them; N x M is connections x streams"
echo
status=0
for bench in "$build"/bench/*; do
	[ -x "$bench" ] && [ -f "$bench" ] || continue
	timeout 300 "$bench" || status=1
	echo
done
exit $status
