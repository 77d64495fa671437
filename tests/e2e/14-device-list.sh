#!/bin/bash
# Goal: a tenant lists its enrolled devices over real TLS, in pages and by
# filters; it never sees another tenant's, and a query has one spelling.
. "$(dirname "$0")/lib.sh"

prepare
make_certificate demo-ca officer URI:spiffe://demo/officer client >>prepared 2>&1
sed -i 's|{ san = "URI:spiffe://demo/monitor".*|{ san = "URI:spiffe://demo/officer"; roles = ["officer"]; tenant = "backend-a"; },\n&|
	s|workflows = \["metadata"\]|workflows = ["enroll", "metadata"]|' anchord.conf
service_start
wait_for 200 30 || {
	bad "the service becomes ready" "last /readyz: $http_status"
	finish
}

list()
{
	api "$1" GET "/v1/enrollments$2"
}

handles()
{
	answer '[.enrollments[].device_handle] | join(" ")'
}

list backend-a ""
same "no device yet" '200 {"enrollments":[]}' "$http_status $(cat http.json)"

# Five devices of one tenant, the first of them also another's.
mine=()
for i in 1 2 3 4 5; do
	[ "$i" = 1 ] || tpm_keys >>prepared 2>&1
	enrol backend-a
	mine+=("$handle")
	[ "$i" = 1 ] && enrol backend-b && theirs=$handle
done
sorted=$(printf '%s\n' "${mine[@]}" | LC_ALL=C sort)
first_two=$(head -n 2 <<<"$sorted" | paste -sd' ')

list backend-a ""
same "all of a tenant's devices, by handle" "200 $(paste -sd' ' <<<"$sorted") null" \
	"$http_status $(handles) $(answer .next)"
same "each as GET shows it" "true" "$(
	cp http.json list.json
	api backend-a GET "/v1/enrollments/${mine[0]}"
	jq -n --slurpfile l list.json --slurpfile e http.json \
		'$l[0].enrollments | any(. == $e[0])')"
list backend-b ""
same "another tenant sees its own" "200 $theirs" "$http_status $(handles)"
list backend-b "?after=$(head -n 1 <<<"$sorted")&limit=100"
same "from wherever it begins" true \
	"$(answer "[.enrollments[].device_handle] - [\"$theirs\"] == []")"

list backend-a "?limit=2"
same "a page" "200 $first_two" "$http_status $(handles)"
seen=$(handles)
pages=1
while next=$(answer '.next // empty') && [ -n "$next" ] && [ $pages -lt 9 ]; do
	list backend-a "?limit=2&after=$next"
	seen="$seen $(handles)"
	pages=$((pages + 1))
done
same "the pages have each device once" "3 $(paste -sd' ' <<<"$sorted")" \
	"$pages $seen"

api backend-a POST "/v1/enrollments/${mine[2]}/suspend" '{"reason": "x"}'
list officer "?state=suspended"
same "an officer lists who is suspended" "200 ${mine[2]} x" \
	"$http_status $(handles) $(answer '.enrollments[0].reason')"
list officer "?state=retired"
same "nobody is retired" '200 {"enrollments":[]}' "$http_status $(cat http.json)"
list officer "?format=tpm2-quote&state=active"
same "two filters" "200 4" "$http_status $(answer '.enrollments | length')"
list officer "?format=none"
same "a format that nobody has" '200 {"enrollments":[]}' \
	"$http_status $(cat http.json)"

# --- one spelling -----------------------------------------------------------------

for query in "?" "?limit=0" "?limit=101" "?limit=02" "?limit=x" "?limit=" \
	"?limit=2&limit=2" "?LIMIT=2" "?limit=2&" "?&limit=2" "?page=2" \
	"?state=new" "?state=unknown" "?after=" "?after=%64h1" "?after=a+b" \
	"?after=$(printf 'x%.0s' {1..65})" "?after=$(printf 'x%.0s' {1..385})"; do
	list backend-a "$query"
	problem "no query ${query:0:24}" 400 query-invalid
done
http_option=--http1.1
list backend-a "?limit=02"
problem "nor by HTTP/1.1" 400 query-invalid
list backend-a "?limit=2"
same "which has pages as well" "200 $first_two" "$http_status $(handles)"
list backend-a "/?limit=2"
problem "no other path has a query" 404 path-unknown
api backend-a POST "/v1/enrollments?limit=2" '{}'
problem "nor another method" 404 path-unknown
list monitor ""
problem "a monitor lists nothing" 403 role-denied
finish
