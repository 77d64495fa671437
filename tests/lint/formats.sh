#!/bin/bash
# formats.sh - a format of evidence is one folder and one row, and nobody else
# knows it.
#
# The rows are src/wire/formats.def.  A format's folder is the directory below
# src/evidence whose openapi.json names the format; that file says which facts the
# format keeps of a device.  Outside the folder and the row there may be no name
# of a format, of its facts or of its request, and no identifier of its folder.
# docs/openapi.json must say of each format what its openapi.json says.
#
# Documents and tests may name formats.  purposes.def may: what an anchor vouches
# for can have a format's name.  migrate.def must: older databases had a
# column for each fact.
. "$(dirname "$0")/lib.sh"

rows_file=src/wire/formats.def
document=docs/openapi.json
spared='^src/wire/formats\.def$|^src/wire/purposes\.def$|^src/ledger/store/migrate\.def$'

# "symbol name path member" of each row; member is - for evidence.
rows()
{
	sed -nE 's/^FORMAT_BY_STATEMENT\( *([a-z0-9_]+), *"([^"]+)", *"([^"]+)", *"([^"]+)" *\)$/\1 \2 \3 \4/p
		s/^FORMAT_BY_EVIDENCE\( *([a-z0-9_]+), *"([^"]+)", *"([^"]+)" *\)$/\1 \2 \3 -/p' \
		"$rows_file"
}

# The folder of a format, and what it says of itself.
folder_of()
{
	local json
	for json in src/evidence/*/openapi.json; do
		[ -f "$json" ] && [ "$(jq -r .format "$json")" = "$1" ] &&
			dirname "$json"
	done
}

# Everything in which a format could be known.
sources()
{
	find src include hsm provisioning \
		\( -name '*.[ch]' -o -name '*.def' \) -print 2>/dev/null |
		sort | grep -vE "$spared"
}

# words_of SYMBOL NAME PATH MEMBER FOLDER: extended regular expressions.
words_of()
{
	local fact
	printf '\\b%s\\b\n' "evidence_$1" "$2"
	printf '/%s\\b\n' "enrollments/$3"
	[ "$4" = - ] || printf '\\b%s\\b\n' "$4"
	printf '\\b%s_[a-z]\n' "${5##*/}"
	printf '"[^"]*/%s/[^"]*\\.h"\n' "${5##*/}"
	jq -r '.facts | keys[]' "$5/openapi.json" |
		while IFS= read -r fact; do printf '\\b%s\\b\n' "$fact"; done
}

# known NAME FOLDER: who else says one of the words on standard input.
known()
{
	cat >"$scratch/words"
	sources | grep -v "^$2/" | xargs -r grep -HnEf "$scratch/words" |
		sed "s|^|$1: known to |"
}

# said SYMBOL NAME PATH MEMBER FOLDER: the document against the format.
said()
{
	local json=$5/openapi.json
	[ "$(jq -r .path "$json")" = "$3" ] ||
		echo "$json: not the path of the row"
	[ "$(jq -r '(.request // {}) | keys | join(" ")' "$json")" = "${4#-}" ] ||
		echo "$json: not the member of the row"
	jq -r --slurpfile f "$json" --arg path "/v1/enrollments/$3" '
		$f[0] as $f | . as $all
		| def deref: ."$ref" as $r | if $r then $all
			| getpath($r | ltrimstr("#/") | split("/")) else . end;
		(.paths[$path].post.requestBody.content."application/json".schema
			// {}) as $body
		| ($body | deref) as $request
		| (if $f.request == null
			then $body."$ref" == "#/components/schemas/Attestation"
			else $request.properties == $f.request
				and $request.required == ($f.request | keys) end
			| if . then empty else "\($path): not the request of \($f.format)" end),
		(.components.schemas.Enrollment as $e
			| $f.facts | to_entries[]
			| select($e.properties[.key] != .value)
			| "Enrollment.\(.key): not as \($f.format) says it")' "$document"
}

# What the document says beside: no format, fact or path that has no row.
said_more()
{
	local names facts paths
	names=$(rows | cut -d' ' -f2 | sort | paste -sd' ')
	paths=$(rows | cut -d' ' -f3 | sort | paste -sd' ')
	facts=$(jq -r '.facts | keys[]' src/evidence/*/openapi.json | sort | paste -sd' ')
	jq -r --arg names "$names" --arg facts "$facts" --arg paths "$paths" '
		def same($what; $want): (sort | join(" ")) as $have
			| if $have == $want then empty
			else "\($what): \($have), not \($want)" end;
		.components.schemas.Enrollment as $e
		| ($e.properties.format.enum // [] | same("Enrollment.format"; $names)),
		($e.properties | keys
			- ["device_handle", "format", "enrolled_at",
				"state", "changed_at", "key_changed_at",
				"reason", "last_attested"]
			| same("facts of Enrollment"; $facts)),
		([.paths | to_entries[] | select(.value.post) | .key
			| select(startswith("/v1/enrollments/") and (contains("{") | not))
			| ltrimstr("/v1/enrollments/")]
			| same("paths to enrol at"; $paths))' "$document"
}

check()
{
	local symbol name path member folder n=0
	[ -f "$rows_file" ] || return 0
	while read -r symbol name path member; do
		n=$((n + 1))
		folder=$(folder_of "$name")
		if [ -z "$folder" ]; then
			echo "$name: no folder of src/evidence has its openapi.json"
			continue
		fi
		words_of "$symbol" "$name" "$path" "$member" "$folder" |
			known "$name" "$folder"
		[ -f "$document" ] &&
			said "$symbol" "$name" "$path" "$member" "$folder"
	done < <(rows)
	[ "$n" -eq "$(grep -c '^FORMAT_BY_' "$rows_file")" ] ||
		echo "$rows_file: a row that this lint cannot read"
	[ -f "$document" ] && said_more
	return 0
}

# document_with PROPERTIES: docs/openapi.json, with those members of an Enrollment.
document_with()
{
	plant docs/openapi.json <<END
{"paths": {"/v1/enrollments/ab": {"post": {"requestBody": {"content":
 {"application/json": {"schema": {"required": ["ab_card"],
  "properties": {"ab_card": {"type": "string"}}}}}}}}},
 "components": {"schemas": {"Enrollment": {"properties":
 {"device_handle": {}, "enrolled_at": {}, "format": {"enum": ["a-b"]}$1}}}}}
END
}

# A tree with one format; a fault is planted beside it.
tree()
{
	plant src/wire/formats.def <<<'FORMAT_BY_STATEMENT(a_b, "a-b", "ab", "ab_card")'
	plant src/evidence/ab/openapi.json <<<'{"format": "a-b", "path": "ab",
		"request": {"ab_card": {"type": "string"}},
		"facts": {"ab_count": {"type": "integer"}}}'
	plant src/evidence/ab/ab.c <<<'int ab_read; char ab[] = "a-b ab_count";'
	document_with ', "ab_count": {"type": "integer"}'
}

self_test()
{
	tree
	plant src/front/a.c <<<'char a[] = "a-b";'
	planted "a format's name in the front" 'known to src/front/a.c:1'
	tree
	plant src/ledger/a.c <<<'int a(void) { return find("ab_count"); }'
	planted "a fact's name in the ledger" 'known to src/ledger/a.c:1'
	tree
	plant src/front/a.c <<<'char a[] = "/v1/enrollments/ab";'
	planted "a path in the front" 'known to src/front/a.c:1'
	tree
	plant src/front/a.h <<<'extern char *ab_card;'
	planted "a member in a header" 'known to src/front/a.h:1'
	tree
	plant src/verifier/a.c <<<'void a(void) { ab_read(); }'
	planted "an identifier in the verifier" 'known to src/verifier/a.c:1'
	tree
	plant src/verifier/a.c <<<'#include "evidence/ab/ab.h"'
	planted "a header in the verifier" 'known to src/verifier/a.c:1'
	tree
	plant provisioning/anchorctl/a.c <<<'char a[] = "a-b";'
	planted "a name in anchorctl" 'known to provisioning/anchorctl/a.c:1'
	tree
	plant src/wire/formats.def <<<'FORMAT_BY_EVIDENCE(c, "c", "c")'
	planted "a row without a folder" 'c: no folder'
	tree
	plant src/wire/formats.def <<<'FORMAT_BY_EVIDENCE(a_b, "a-b", "ab")'
	planted "a member that the row has not" 'not the member of the row'
	tree
	document_with ''
	planted "a fact that the document lacks" 'Enrollment.ab_count: not as a-b'
	tree
	document_with ', "ab_count": {"type": "integer"}, "more": {}'
	planted "a fact that nobody has" 'facts of Enrollment: ab_count more'
	tree
	document_with ', "ab_count": {"type": "string"}'
	planted "a fact of another type" 'Enrollment.ab_count: not as a-b'
	tree
	plant src/evidence/ab/openapi.json <<<'{"format": "a-b", "path": "ab",
		"request": {"ab_card": {"type": "object"}},
		"facts": {"ab_count": {"type": "integer"}}}'
	planted "another request" 'not the request of a-b'
	tree
	clean "a format in its folder"
}

check_repository
self_test
finish
