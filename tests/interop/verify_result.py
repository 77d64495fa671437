#!/usr/bin/python3
"""Verifies a result with parts that nobody here wrote: jwcrypto.

    verify_result.py JWKS RESULT      (a file with the JWT)

JWKS are the keys that the relying party has pinned (`anchorctl pins show --jwks`),
never what the service says at /v1/keys.  It prints the claims and leaves with 0
when a key of the set signed the result.
"""
import json, sys
from jwcrypto import jwk, jws

token = jws.JWS()
token.deserialize(open(sys.argv[2]).read().strip())
head = token.jose_header
assert head["typ"] == "eat+jwt" and set(head) == {"alg", "kid", "typ"}

keys = jwk.JWKSet.from_json(open(sys.argv[1]).read())
key = keys.get_key(head["kid"])
assert key is not None and key.thumbprint() == head["kid"]
assert json.loads(key.export_public())["alg"] == head["alg"]
token.verify(key)

claims = json.loads(token.payload)
assert claims["eat_profile"] == "tag:ietf.org,2026:rats/ear#04"
assert claims["iat"] < claims["exp"] and claims["submods"]
print(json.dumps(claims, sort_keys=True))
