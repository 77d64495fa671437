#!/bin/sh
# Makes the seeds of fuzz_outcome.  Run from the top of the tree after `make`.
set -eu
build=${BUILD:-build}
dir=tests/fuzz/corpus/outcome
rm -rf "$dir" && mkdir -p "$dir"
gcc -std=gnu17 -D_GNU_SOURCE -Iinclude -Isrc -I. -o "$build/make_outcome" \
	tests/fuzz/seeds/make_outcome.c "$build/lib/wire.a" "$build/lib/base.a"
"$build/make_outcome" "$dir"
