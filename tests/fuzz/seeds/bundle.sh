#!/bin/sh
# Makes the seeds of fuzz_bundle; the same in every run.
# Run from the top of the tree after `make`.
set -eu
build=${BUILD:-build}
dir=tests/fuzz/corpus/bundle
rm -rf "$dir" && mkdir -p "$dir"
gcc -std=gnu17 -D_GNU_SOURCE -DOPENSSL_API_COMPAT=30000 -Iinclude -Isrc -I. \
	-o "$build/make_bundle" tests/fuzz/seeds/make_bundle.c \
	tests/common/fakes/bundle_kit.c tests/common/fakes/soft_key.c \
	tests/common/service/pins_kit.c -Wl,--start-group \
	"$build/lib/trust.a" "$build"/lib/crypto.a "$build"/lib/crypto/*.a \
	"$build/lib/wire.a" "$build/lib/base.a" -Wl,--end-group \
	-lcrypto -lconfig -ljansson -lcbor
"$build/make_bundle" "$dir"
