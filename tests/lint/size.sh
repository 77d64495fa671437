#!/bin/bash
# size.sh - a file, a function and a parameter list that a person can hold.
. "$(dirname "$0")/lib.sh"

# The limits, all of them.
source_lines=450
header_lines=150
function_lines=60
parameters=5
depth=4 # tabs: the function's own and three nested blocks

check()
{
	local list
	list=$(c_files tests)
	[ -n "$list" ] || return 0
	lengths "$list"
	functions "$list"
	nesting "$list"
}

lengths()
{
	local file lines most
	while IFS= read -r file; do
		lines=$(wc -l <"$file")
		most=$source_lines
		[[ $file == *.h ]] && most=$header_lines
		[ "$lines" -le "$most" ] ||
			echo "$file has $lines lines, more than $most"
	done <<<"$1"
}

# A signature is "(type a,type b)": its commas outside brackets count it.  The
# callbacks of nghttp2 and of OpenSSL and the calls of PKCS#11 and of ESYS have the
# parameters that these give them.
functions()
{
	ctags -f - --languages=C --langmap=C:.c.h --kinds-C=f --fields=neS \
		--excmd=number -L - <<<"$1" |
		awk -F '\t' -v long=$function_lines -v wide=$parameters '
	function count(sig,   i, c, level, n) {
		if (sig == "()" || sig == "(void)")
			return 0
		n = 1
		for (i = 1; i <= length(sig); i++) {
			c = substr(sig, i, 1)
			if (c == "(" || c == "[") level++
			if (c == ")" || c == "]") level--
			if (c == "," && level == 1) n++
		}
		return n
	}
	{
		line = end = 0
		sig = ""
		for (i = 4; i <= NF; i++) {
			if ($i ~ /^line:/) line = substr($i, 6)
			if ($i ~ /^end:/) end = substr($i, 5)
			if ($i ~ /^signature:/) sig = substr($i, 11)
		}
		if (end && end - line + 1 > long)
			print $2 ": " $1 "() has " end - line + 1 \
				" lines, more than " long
		n = count(sig)
		if (n > wide && sig !~ /nghttp2_session|SSL \*|unsigned char \* ?sig, ?size_t \* ?siglen|CK_SESSION_HANDLE|ESYS_CONTEXT \*/)
			print $2 ": " $1 "() has " n " parameters, more than " \
				wide
	}'
}

# Blocks are indented by tabs and continued lines by spaces, so the leading
# tabs are the depth.
nesting()
{
	tr '\n' '\0' <<<"$1" | xargs -0 awk -v most=$depth '
	{
		match($0, /^\t*/)
		if (RLENGTH > most && $0 !~ /^\t* *(\*|\/\*)/ && !told[FILENAME]++)
			print FILENAME ":" FNR " is nested deeper than " \
				most - 1 " blocks"
	}'
}

lines_of()
{
	local i
	for ((i = 0; i < $1; i++)); do
		echo "$2"
	done
}

self_test()
{
	lines_of 451 '/* line */' | plant src/base/a.c
	planted "a long file" 'a.c has 451 lines'

	lines_of 151 '/* line */' | plant include/a.h
	planted "a long header" 'a.h has 151 lines'

	{
		printf 'int\nf(void)\n{\n'
		lines_of 59 '	g();'
		printf '}\n'
	} | plant src/base/a.c
	planted "a long function" 'f() has 62 lines'

	plant src/base/a.c <<'END'
int
f(int a, int b, int (*c)(int, int), int d, int e, int g)
{
	return 0;
}
END
	planted "a long parameter list" 'f() has 6 parameters'

	printf 'int\nf(void)\n{\n\t\t\t\t\tg();\n}\n' | plant src/base/a.c
	planted "deep nesting" 'a.c:4 is nested deeper'

	plant src/base/a.c <<'END'
int
f(int a, int b, int (*c)(int, int), int d, int e)
{
	return 0;
}
END
	clean "a short function"
}

check_repository
self_test
finish
