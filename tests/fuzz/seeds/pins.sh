#!/bin/sh
# Writes the seeds of fuzz_pins into tests/fuzz/corpus/pins.
set -eu

out=$(dirname "$0")/../corpus/pins
mkdir -p "$out"

# row NUMBER TOKEN NODE: a key's settings without its times
row()
{
	case $1 in
	1)
		kid=E0MFDSHPkvYyZC0FQ3hN47Ri-g_tdbbTMRLWIoBN_DA
		public=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQvuTgNdUwNNyrOD93wMK8twMifDB6Z0menbx3sq0FSDe0tYwmiM+iV5BcGk2+QbfdxpIDTD3HS7qR42zC3WX9A==
		;;
	2)
		kid=8XZQfbA_vZMJllQDAib6ynQE81wvc4ii_Nu1ES8E2hA
		public=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEesERU1SlaNMkeOYeX5zRlXKsAaTExd6tCgLRl2K03rV0yK24MdoU9/GBXyXkgcYO8/MP3iheuCJBavmk4F97Yg==
		;;
	esac
	printf '  {\n    kid = "%s";\n    token = "%s";\n' "$kid" "$2"
	printf '    uri = "pkcs11:object=key-%s";\n    node = %s;\n' "$1" "$3"
	printf '    alg = "ES256";\n    public = "%s";\n' "$public"
}

{
	printf 'format = 1;\nversion = 1;\nkeys = (\n'
	row 1 token 1
	printf '  }\n);\n'
} >"$out/one"
{
	printf 'format = 1;\nversion = 2;\nkeys = (\n'
	row 1 token 1
	printf '    until = "2026-11-23T12:30:00Z";\n  },\n'
	row 2 token 1
	printf '    publish = "2026-11-23T12:00:00Z";\n'
	printf '    from = "2026-11-23T12:02:00Z";\n  }\n);\n'
} >"$out/two"
{
	printf 'format = 1;\nversion = 4294967295L;\nkeys = (\n'
	row 1 hsm-a 1
	printf '  },\n'
	row 2 hsm-b 4294967295L
	printf '  }\n);\n'
} >"$out/tokens"
head -c 500 "$out/two" >"$out/cut"
sed 's/^format/# a comment\nformat/' "$out/one" >"$out/comment"
printf 'format = 1;\nversion = 1;\nkeys = ( );\n' >"$out/none"
