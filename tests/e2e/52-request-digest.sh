#!/bin/bash
# Goal: the digest of a request is what docs/bindings.md says, by OpenSSL and by
# Python as by anchorctl: for every vector the text, the digest of the content in
# it, and the digest of the text; and what has no single form is refused.
. "$(dirname "$0")/by_hand.sh"

vectors=$top/tests/vectors/request/vectors.json
page=$top/docs/bindings.md

b64()
{
	openssl dgst -sha256 -binary "$1" | base64 -w0
}

b64url()
{
	b64 "$1" | tr '+/' '-_' | tr -d '='
}

"$top/tests/vectors/request/make.py" >"$scratch/made"
expect "the script makes these vectors" 0 cmp "$scratch/made" "$vectors"

# one_vector NUMBER: says what is wrong with it, or nothing.
one_vector()
{
	local row=$scratch/row method target digest lines=2
	jq -c ".requests[$1]" "$vectors" >"$row"
	jq -j .text "$row" >"$scratch/text"
	jq -r .content "$row" | base64 -d >"$scratch/content"
	method=$(jq -r .method "$row") target=$(jq -r .target "$row")
	digest=$(jq -r .digest "$row")
	if [ -s "$scratch/content" ]; then
		lines=3
		[ "$(sed -n 3p "$scratch/text")" = "\"content-digest\": sha-256=:$(b64 "$scratch/content"):" ] ||
			echo "$1: OpenSSL has another content-digest"
	fi
	# no LF after the last line
	[ "$(wc -l <"$scratch/text")" -eq $((lines - 1)) ] ||
		echo "$1: not $lines lines"
	[ "$(b64url "$scratch/text")" = "$digest" ] ||
		echo "$1: OpenSSL has another digest"
	[ "$("$ctl" request digest --method "$method" --target "$target" \
		--body "$scratch/content")" = "$digest" ] ||
		echo "$1: anchorctl has another digest"
}

count=$(jq '.requests | length' "$vectors")
for i in $(seq 0 $((count - 1))); do
	one_vector "$i"
done >"$scratch/wrong"
same "$count vectors, by OpenSSL and anchorctl" "" "$(head -n 3 "$scratch/wrong")"

refused=$(jq '.refused | length' "$vectors")
for i in $(seq 0 $((refused - 1))); do
	# what follows the value keeps an LF at its end
	method=$(jq -j ".refused[$i].method" "$vectors"; echo .)
	target=$(jq -j ".refused[$i].target" "$vectors"; echo .)
	"$ctl" request digest --method "${method%.}" --target "${target%.}" \
		>"$scratch/out" 2>"$scratch/err"
	status=$?
	[ $status -eq 1 ] && [ ! -s "$scratch/out" ] && [ -s "$scratch/err" ] ||
		echo "$i: status $status"
done >"$scratch/wrong"
same "$refused refusals" "" "$(head -n 3 "$scratch/wrong")"

# The page's own: its first block of text, its hex and its base64url.
awk '/^## Request$/ { on = 1 }
	on && /^```$/ { if (inside) exit; inside = 1; next } inside' "$page" |
	head -c -1 >"$scratch/text"
same "the page's text begins as it must" '"@method": POST' "$(head -n 1 "$scratch/text")"
same "the page's digest in hex" "$(sed -n 's/^    hex  *//p' "$page")" \
	"$(openssl dgst -sha256 -r "$scratch/text" | cut -d' ' -f1)"
same "the page's digest in base64url" "$(sed -n 's/^    base64url  *//p' "$page")" \
	"$(b64url "$scratch/text")"

# On a command line.
printf '{"hello": "world"}' >"$scratch/body"
: >"$scratch/empty"
post()
{
	"$ctl" request digest --method POST \
		--target 'https://updates.example.com/v1/metadata?slot=b' "$@"
}
wanted=$(jq -r '.requests[0].digest' "$vectors")
same "from a file" "$wanted" "$(post --body "$scratch/body")"
same "from standard input" "$wanted" "$(post --body - <"$scratch/body")"
same "as JSON" "$wanted $(jq -r '.requests[0].text' "$vectors")" \
	"$(post --body "$scratch/body" --json | jq -r '"\(.digest) \(.text)"')"
same "an empty file is no content" "$(post)" "$(post --body "$scratch/empty")"
different "content counts" "$(post)" "$wanted"
expect "a file that is not there" 3 post --body "$scratch/none"
truncate -s $((64 * 1024 * 1024 + 1)) "$scratch/large"
expect "a file of more than 64 MiB" 3 post --body "$scratch/large"
expect "no target" 2 "$ctl" request digest --method GET
expect "no method" 2 "$ctl" request digest --target https://a.example/

# The account of docs/bindings.md: its Python and OpenSSL's HMAC.
sed -n '/^```python$/,/^```$/{/^```/d;p}' "$page" >"$scratch/account.py"
same "the page's account, by OpenSSL" "$(
	printf 'anchord-account-1\0%s' 4711 | openssl dgst -sha256 -mac HMAC \
		-macopt hexkey:"$(printf '07%.0s' {1..32})" -binary |
		base64 -w0 | tr '+/' '-_' | tr -d '='
)" "$(
	{
		echo 'key, identifier = bytes([7]) * 32, "4711"'
		cat "$scratch/account.py"
		echo 'print(account)'
	} | /usr/bin/python3
)"
closing
