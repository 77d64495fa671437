#!/usr/bin/python3 -B
"""Verifies a result in CBOR with parts that nobody here wrote: cbor2, cryptography.

    verify_result_cwt.py JWKS RESULT [JWT]      (files; RESULT is CBOR)

JWKS are the keys that the relying party has pinned (`anchorctl pins show --jwks`),
never what the service says at /v1/keys.  It prints the claims by the names of the
JWT and leaves with 0 when a key of the set signed the result.  With the JWT of the
same result, which it does not verify, also both must say the same.
"""
import base64, json, sys
import cbor2
from jwcrypto import jwk
from receipt import verified

claims, head, _ = verified(sys.argv[1], sys.argv[2], "result")
body, cwt = cbor2.loads(claims), head[15]
assert body[1] == cwt[1] and body[4] <= cwt[4] and body[6] >= cwt[6]
assert body[265] == "tag:ietf.org,2026:rats/ear#04"
assert cbor2.dumps(body, canonical=True) == claims  # RFC 8949 section 4.2

# The names of the JWT, where docs/formats.md says that both say the same.
TIERS = {0: "none", 2: "affirming", 32: "warning", 96: "contraindicated"}
VECTOR = ("instance-identity configuration executables file-system hardware "
          "runtime-opaque storage-opaque sourced-data").split()
TEXTS = {-65538: "device_handle", -65541: "channel", -65542: "transaction", -65545: "release"}
DIGESTS = {-65539: "transport", -65540: "request", -65546: "account"}

def b64(b):
    return base64.urlsafe_b64encode(b).decode().rstrip("=")

def known(source, names):  # members by name; none may be unknown
    return {names[k][0]: names[k][1](v) for k, v in source.items()}

def same(v):
    return v

FILE = {0: ("id", same), 1: ("version", same), 2: ("digest", b64), 3: ("group", same),
        4: ("stage", same), 5: ("retry_after", same)}
own = known({k: v for k, v in body[-65547].items() if k != 8}, {
    0: ("eligible", same), 1: ("reasons", same), 2: ("evidence_sha256", b64), 3: ("sequence", same),
    4: ("trust_bundle_version", same), 5: ("trust_bundle_digest", b64), 6: ("workflow", same),
    7: ("cti", bytes.hex), 9: ("device_handle", same), 10: ("enrolment", same),
    11: ("device_state", same), 12: ("policy", lambda v: known(v, FILE)),
    13: ("rollout", lambda v: known(v, FILE))})
own["governance"] = "officers" if own["trust_bundle_version"] else "none"
if 8 in body[-65547]:
    bound = body[-65547][8]
    own.update({TEXTS[k]: v for k, v in bound.items() if k in TEXTS})
    own["bindings"] = {DIGESTS[k]: b64(v) for k, v in bound.items() if k not in TEXTS}

def confirmed(cnf):  # RFC 8747; an RSA key is its thumbprint in the JWT (RFC 7638)
    k, names = cnf[1], {1: "P-256", 2: "P-384", 6: "Ed25519"}
    if k[1] == 3:
        return {"jkt": jwk.JWK(kty="RSA", n=b64(k[-1]), e=b64(k[-2])).thumbprint()}
    key = {"kty": {1: "OKP", 2: "EC"}[k[1]], "crv": names[k[-1]], "x": b64(k[-2])}
    return {"jwk": key | ({"y": b64(k[-3])} if -3 in k else {})}

APPRAISAL = {10: ("eat_nonce", b64), 1000: ("ear_status", TIERS.get),
             1001: ("ear_trustworthiness_vector", lambda v: {VECTOR[k]: n for k, n in v.items()}),
             1003: ("ear_appraisal_policy_ids", same)}
said = known({k: v for k, v in body.items() if k != -65547}, {
    1: ("iss", same), 3: ("aud", same), 4: ("exp", same), 6: ("iat", same), 7: ("jti", bytes.hex),
    8: ("cnf", confirmed), 10: ("eat_nonce", b64), 265: ("eat_profile", same),
    266: ("submods", lambda v: {k: known(a, APPRAISAL) for k, a in v.items()}),
    1000: ("ear_status", TIERS.get),
    1004: ("ear_verifier_id", lambda v: known(v, {0: ("developer", same), 1: ("build", same)}))})
said["anchord"] = own
if len(sys.argv) > 3:
    text = open(sys.argv[3]).read().split(".")[1]
    assert said == json.loads(base64.urlsafe_b64decode(text + "=="))
print(json.dumps(said, sort_keys=True))
