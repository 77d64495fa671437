#!/bin/bash
# compdb.sh - compile_commands.json for the C files given, to standard output.
set -eu
cd "$(dirname "$0")/.."

flags=$(env -u MAKEFLAGS make -s --no-print-directory lint-flags)
comma=
echo '['
for file in "$@"; do
	printf '%s{ "directory": "%s", "file": "%s",\n  "command": "cc %s -c %s" }' \
		"$comma" "$PWD" "$file" "$flags" "$file"
	comma=$',\n'
done
printf '\n]\n'
