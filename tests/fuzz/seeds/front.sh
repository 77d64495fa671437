#!/bin/bash
# front.sh - writes the corpus of the front's fuzz targets: http1, query,
# challenge_request, attestation_request, known_request.
#
#	tests/fuzz/seeds/front.sh
set -eu
cd "$(dirname "$0")/.."

http1=corpus/http1
query=corpus/query
challenge=corpus/challenge_request
attestation=corpus/attestation_request
known=corpus/known_request
mkdir -p "$http1" "$query" "$challenge" "$attestation" "$known"

# name, cut (one byte), head
head1()
{
	printf '%b' "$2$3" >"$http1/$1"
}

host='Host: a\r\n'
head1 get '\x10' "GET / HTTP/1.1\r\n$host\r\n"
head1 query '\x01' "GET /a?b=c HTTP/1.1\r\n$host\r\n"
head1 post '\x30' "POST /v1/challenges HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
head1 close '\x20' "DELETE /v1/enrollments/dh1_x HTTP/1.1\r\n${host}Connection: close\r\nAccept: */*\r\n\r\n"
head1 chunked '\x40' "POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
head1 both '\x40' "POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
head1 twice '\x40' "POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\n"
head1 fold '\x18' "GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n"
head1 space '\x18' "GET / HTTP/1.1\r\nHost : a\r\n\r\n"
head1 bare-lf '\x18' "GET / HTTP/1.1\nHost: a\n\n"
head1 bare-cr '\x18' "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"
head1 nul '\x18' "GET / HTTP/1.1\r\n${host}X: a\x00b\r\n\r\n"
head1 upgrade '\x18' "GET / HTTP/1.1\r\n${host}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n"
head1 expect '\x18' "POST / HTTP/1.1\r\n${host}Expect: 100-continue\r\n\r\n"
head1 old '\x05' "GET / HTTP/1.0\r\n\r\n"
head1 absolute '\x05' "GET http://a/ HTTP/1.1\r\n$host\r\n"
head1 preface '\x05' 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
head1 tls '\x02' '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'
head1 empty '\x00' '\r\n\r\n'
head1 many '\x77' "GET / HTTP/1.1\r\n$host$(for i in $(seq 40); do printf 'X%s: y\\r\\n' "$i"; done)\r\n"

hash=AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
all="{\"workflow\":\"metadata\",\"ttl\":60,\"device_handle\":\"dh1_x\",\"channel\":\"beta\",\"transaction\":\"t\",\"release\":\"r\",\"bindings\":{\"transport\":\"$hash\",\"request\":\"$hash\",\"account\":\"$hash\"}}"
body()
{
	printf '%s' "$3" >"$1/$2"
}

body $challenge all "$all"
body $challenge least '{"workflow":"enroll"}'
body $challenge array "[$all,{\"workflow\":\"artifact\"}]"
body $challenge empty-array '[]'
body $challenge twice '{"workflow":"enroll","workflow":"enroll"}'
body $challenge unknown '{"workflow":"enroll","x":1}'
body $challenge type '{"workflow":"enroll","ttl":"60"}'
body $challenge ttl '{"workflow":"enroll","ttl":99999999999999999999}'
body $challenge hash '{"workflow":"enroll","bindings":{"request":"AAAA="}}'
body $challenge escapes '{"workflow":"enroll","transaction":"\u00e9\ud83d\ude00\\\""}'
body $challenge lone '{"workflow":"enroll","transaction":"\ud83d"}'
body $challenge release '{"workflow":"enroll","release":"sha256:\u00e9"}'
body $challenge account "{\"workflow\":\"enroll\",\"bindings\":{\"account\":\"$hash\"}}"
body $challenge deep "$(printf '[%.0s' $(seq 300))"

body $attestation least '{"challenge":"AQID","evidence":{"format":"f"},"observed":{}}'
body $attestation tpm "{\"challenge\":\"AQID\",\"evidence\":{\"format\":\"tpm2-quote\",\"quote\":\"/1RDRw==\",\"signature\":\"AA==\",\"ak_public\":\"AA==\",\"pcrs\":{\"sha256\":{\"0\":\"00\"}}},\"observed\":{\"device_handle\":\"dh1_x\",\"bindings\":{\"transport\":\"$hash\"}}}"
body $attestation numbers '{"challenge":"AA","evidence":{"format":"f","n":[0,-0,1e9,1.5,-1E-7,9223372036854775807]},"observed":{}}'
body $attestation order '{"observed":{},"evidence":{"z":1,"a":{"y":null,"x":[true,false]},"format":"f"},"challenge":"AA"}'
body $attestation twice '{"challenge":"AA","evidence":{"format":"f","a":1,"a":2},"observed":{}}'
body $attestation no-format '{"challenge":"AA","evidence":{},"observed":{}}'
body $attestation missing '{"challenge":"AA","evidence":{"format":"f"}}'
body $attestation escapes '{"challenge":"AA","evidence":{"format":"\u0001\u2028/\/"},"observed":{}}'
body $attestation enroll '{"ak_public":"AQID/w=="}'
body $attestation enroll-bad '{"ak_public":"AQID_w"}'

# name, query
query1()
{
	printf '%s' "$2" >"$query/$1"
}

query1 page 'after=dh1_jkX3&limit=50'
query1 all 'limit=100&all=18446744073709551615&after=a-._~:Z9'
query1 over 'all=18446744073709551616'
query1 zero 'limit=07'
query1 twice 'limit=1&limit=1'
query1 percent 'after=%64h1'
query1 unknown 'page=2'
query1 pairs '&limit&=1&'

digest=$(printf '2a%.0s' {1..32})
body $known key "[{\"key\":\"$digest\"}]"
body $known batch "[{\"certificate\":\"$digest\",\"devices\":1000000,\"label\":\"fleet\",\"expires_at\":\"2030-01-01T00:00:00Z\"}]"
body $known both "[{\"key\":\"$digest\",\"certificate\":\"$digest\"}]"
body $known mixed "[{\"key\":\"$digest\"},7,{},{\"key\":\"x\"},{\"key\":\"$digest\",\"devices\":2}]"
body $known past "[{\"key\":\"$digest\",\"expires_at\":\"2020-01-01T00:00:00Z\"}]"
body $known object '{}'
body $known none '[]'
body $known change '{"challenge":"AA","evidence":{"format":"f"},"observed":{"device_handle":"dh1_x"},"previous_key":"a2V5","previous_signature":"c2ln","reason":"ticket"}'
body $known half '{"challenge":"AA","evidence":{"format":"f"},"observed":{},"previous_key":"a2V5"}'
