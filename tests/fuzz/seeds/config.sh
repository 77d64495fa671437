#!/bin/bash
# config.sh - seeds for the target about configurations.
#
#	tests/fuzz/seeds/config.sh
#
# Fills tests/fuzz/corpus/config/ from the example, and with what is refused.
set -eu
cd "$(dirname "$0")/../../.."
corpus=tests/fuzz/corpus/config
rm -rf "$corpus" && mkdir -p "$corpus"

example=provisioning/examples/anchord.conf
cp "$example" "$corpus/example"
grep -v '^ *\(//\|#\)' "$example" >"$corpus/bare"

spoil() { sed "$2" "$corpus/bare" >"$corpus/bad-$1"; }

spoil name 's/instance:/instanze:/'
spoil type 's/port = [0-9]*/port = "443"/'
spoil bound 's/port = [0-9]*/port = 70000/'
spoil wrapped 's/port = [0-9]*/port = 4294967739/'
spoil cut '$d'
spoil twice 's/^listen:/listen: { port = 1; }; listen:/'
printf '@include "bare"\n' >"$corpus/bad-include"
printf 'clients = ( { san = "URI:x"; roles = ["nobody"]; } );\n' >"$corpus/bad-role"
printf 'a = "%s";\n' "$(printf 'x%.0s' $(seq 300))" >"$corpus/bad-long"
