#!/bin/sh
# Makes the seeds of fuzz_wire: one packet of each message of wire.def.
# Run from the top of the tree after `make`.
set -eu
build=${BUILD:-build}
dir=tests/fuzz/corpus/wire
rm -rf "$dir" && mkdir -p "$dir"
gcc -std=gnu17 -D_GNU_SOURCE -Iinclude -Isrc -I. -o "$build/make_wire" \
	tests/fuzz/seeds/make_wire.c tests/common/fakes/wire_samples.c \
	"$build/lib/wire.a" "$build/lib/base.a"
"$build/make_wire" "$dir"
