#!/bin/bash
# openapi.sh - the description of the API is one that machines take.
#
# What a public linter calls an error, as far as this document can have it, is
# looked for here; redocly itself is asked where it is installed (npm:
# @redocly/cli), and said to be skipped where not.
. "$(dirname "$0")/lib.sh"

document=docs/openapi.json

# Each line of the answer is one violation.
rules='
def operations: .paths | to_entries[] | .key as $path | .value | to_entries[]
	| select(.value | type == "object") | {what: "\(.key) \($path)"} + .value;
def references: [.. | objects | ."$ref"? // empty];
(if (.servers // []) | length > 0 then empty else "there are no servers" end),
(if .info.license.name and (.info.license.identifier or .info.license.url)
	then empty else "there is no license" end),
(operations | select(.operationId | not) | "\(.what) has no operationId"),
(operations | select(.summary | not) | "\(.what) has no summary"),
(operations | select([.responses | keys[] | select(startswith("2"))] == [])
	| "\(.what) has no good answer"),
([operations.operationId] | group_by(.)[] | select(length > 1)
	| "two operations are called \(.[0])"),
(. as $all | references | unique[] | . as $ref
	| select(($all | getpath($ref | ltrimstr("#/") | split("/"))) == null)
	| "\($ref) leads nowhere"),
(. as $all | .components.schemas | keys[] as $name
	| select(($all | references | index("#/components/schemas/\($name)")) == null)
	| "schema \($name) is not used")
'

check()
{
	[ -e "$document" ] || return 0
	jq -r "$rules" "$document" 2>&1
}

ask_redocly()
{
	if ! command -v redocly >/dev/null; then
		echo "openapi: redocly is not installed: not asked"
		skipped=$((skipped + 1))
	elif redocly lint --extends=recommended "$document" \
		>"$scratch/redocly" 2>&1; then
		ok
	else
		bad "redocly: $(grep -m 3 '^\[\|must\|should' "$scratch/redocly")"
	fi
}

# without FILTER: the document, changed, in a tree of its own.
without()
{
	jq "$1" "$root/$document" | plant "$document"
}

self_test()
{
	without 'del(.servers)'
	planted "a document without servers" 'there are no servers'
	without 'del(.info.license)'
	planted "a document without a license" 'there is no license'
	without 'del(.paths."/metrics".get.operationId)'
	planted "an operation without a name" 'get /metrics has no operationId'
	without '.paths."/healthz".get.operationId = .paths."/readyz".get.operationId'
	planted "two operations of one name" 'two operations are called'
	without '.paths."/healthz".get."$ref" = "#/components/none"'
	planted "a reference to nothing" '#/components/none leads nowhere'
	without '.components.schemas.Spare = {}'
	planted "a schema that nobody uses" 'schema Spare is not used'
	echo '{' | plant "$document"
	planted "a document that is no JSON" 'parse error'
}

check_repository
ask_redocly
self_test
finish
