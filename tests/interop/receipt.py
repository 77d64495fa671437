"""A COSE receipt (RFC 9162 inclusion proof) verified with cbor2 and cryptography:
what verify_receipt.py and verify_result_cwt.py have in common."""
import hashlib, json
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

def verified(jwks, token, kind):
    """Claims as bytes, protected header and leaf of the token in this file, if it is of
    this kind ("challenge" or "result") and a key of the JWK Set in the file jwks signed
    it; raises otherwise."""
    claims, receipt = cbor2.loads(open(token, "rb").read())
    protected, unprotected, payload, sig = receipt.value
    head = cbor2.loads(protected)
    assert receipt.tag == 18 and payload is None and head[395] == 1
    assert head[16] == f"application/x-anchord-{kind}+cose"
    leaf = hashlib.sha256(b"\0" + claims).digest()
    size, index, path = cbor2.loads(unprotected[396][-1][0])
    tbs = cbor2.dumps(["Signature1", protected, b"", root_of(leaf, index, size, path)])

    keys = {k["kid"]: k for k in json.load(open(jwks))["keys"]}
    key = jwk.JWK(**keys[head[4].decode()]).get_op_key("verify")
    half = len(sig) // 2
    ints = [int.from_bytes(sig[i : i + half], "big") for i in (0, half)]
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    {
        -7: lambda: key.verify(utils.encode_dss_signature(*ints), tbs, ec.ECDSA(hashes.SHA256())),
        -35: lambda: key.verify(utils.encode_dss_signature(*ints), tbs, ec.ECDSA(hashes.SHA384())),
        -8: lambda: key.verify(sig, tbs),
        -37: lambda: key.verify(sig, tbs, pss, hashes.SHA256()),
        -257: lambda: key.verify(sig, tbs, padding.PKCS1v15(), hashes.SHA256()),
    }[head[1]]()
    assert size == head[15][-65544]
    return claims, head, leaf
