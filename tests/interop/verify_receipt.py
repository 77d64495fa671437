#!/usr/bin/python3
"""Verifies a challenge with parts that nobody here wrote: cbor2, cryptography.

    verify_receipt.py JWKS CHALLENGE      (a file of CBOR)

JWKS are the keys that the relying party has pinned (`anchorctl pins show --jwks`),
never what the service says at /v1/keys.  It prints the nonce and leaves with 0
when a key of the set signed the challenge.
"""
import hashlib, json, sys
import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from jwcrypto import jwk

def root_of(leaf, index, size, path):  # RFC 9162 section 2.1.3.2
    fn, sn, r = index, size - 1, leaf
    assert index < size
    for p in path:
        assert sn != 0
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\1" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\1" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r

claims, receipt = cbor2.loads(open(sys.argv[2], "rb").read())
protected, unprotected, payload, sig = receipt.value
head = cbor2.loads(protected)
assert receipt.tag == 18 and payload is None and head[395] == 1
assert head[16] == "application/x-anchord-challenge+cose"  # no result's
leaf = hashlib.sha256(b"\0" + claims).digest()
size, index, path = cbor2.loads(unprotected[396][-1][0])
root = root_of(leaf, index, size, path)
tbs = cbor2.dumps(["Signature1", protected, b"", root])

keys = {k["kid"]: k for k in json.load(open(sys.argv[1]))["keys"]}
key = jwk.JWK(**keys[head[4].decode()]).get_op_key("verify")
alg, half = head[1], len(sig) // 2
ints = [int.from_bytes(sig[i : i + half], "big") for i in (0, half)]
pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
{
    -7: lambda: key.verify(utils.encode_dss_signature(*ints), tbs, ec.ECDSA(hashes.SHA256())),
    -35: lambda: key.verify(utils.encode_dss_signature(*ints), tbs, ec.ECDSA(hashes.SHA384())),
    -8: lambda: key.verify(sig, tbs),
    -37: lambda: key.verify(sig, tbs, pss, hashes.SHA256()),
    -257: lambda: key.verify(sig, tbs, padding.PKCS1v15(), hashes.SHA256()),
}[alg]()
body, cwt = cbor2.loads(claims), head[15]
assert body[265] == "urn:x-anchord:challenge:1"
assert body[1] == cwt[1] and body[4] <= cwt[4] and body[6] == cwt[6] and size == cwt[-65544]
print(leaf.hex())
