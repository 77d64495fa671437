#!/usr/bin/python3
"""Does this request come from the device that the result is about?

    verify_possession.py JWKS RESULT PROOF METHOD URL [NOW]

What a relying party does offline with each request that carries a result of
anchord and a proof of possession, by a stock library: python3-jwcrypto.  JWKS is
the file of the keys that it has pinned (`anchorctl pins show --jwks`), RESULT and
PROOF are files with the result and with the content of the header field DPoP, NOW
is in seconds since 1970.  It leaves with 0 if the answer is yes; `anchorctl result
verify --dpop` gives the same answers.

Two checks need a memory that this program does not have, so a server adds them: a
jti of this key is accepted once in MAX_AGE + SKEW seconds, and a request has
exactly one header field DPoP (RFC 9449, sections 11.1 and 4.3).
"""
import base64, hashlib, json, re, sys, time
from urllib.parse import urljoin, urlsplit
from jwcrypto import jwk, jws

MAX_AGE, SKEW = 60, 5  # seconds
ALGS = ["ES256", "ES384", "EdDSA", "PS256", "RS256"]  # none and HS256 are not there
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def once(pairs):
    """A JSON object without a member that is there twice."""
    members = dict(pairs)
    assert len(members) == len(pairs), "a member is there twice"
    return members


def parts(text):
    """The header and the payload of a compact JWS."""
    assert text.count(".") == 2, "no compact JWS"
    return [json.loads(base64.urlsafe_b64decode(p + "=" * (-len(p) % 4)),
                       object_pairs_hook=once) for p in text.split(".")[:2]]


def verified(text, key):
    token = jws.JWS()
    token.allowed_algs = ALGS
    token.deserialize(text)
    token.verify(key)


def result_of(text, keys, now):
    """The claims of a result that is eligible now."""
    head, claims = parts(text)
    assert head["typ"] == "eat+jwt", "typ of the result"
    key = keys.get_key(head["kid"])
    assert key is not None, "no pinned key signed the result"
    assert json.loads(key.export_public())["alg"] == head["alg"], "alg"
    verified(text, key)
    assert claims["eat_profile"] == "tag:ietf.org,2026:rats/ear#04", "profile"
    assert claims["iat"] <= now + SKEW and now < claims["exp"], "expired"
    assert claims["anchord"]["eligible"] is True, "not eligible"
    # And what only the relying party knows: iss, aud, eat_nonce, the workflow.
    return claims


def confirmed(cnf):
    """The thumbprint of the key that the result confirms (RFC 7800, RFC 9449)."""
    assert len(cnf) == 1, "cnf names one key"
    return cnf["jkt"] if "jkt" in cnf else jwk.JWK(**cnf["jwk"]).thumbprint()


def normal(url):
    """RFC 3986, sections 6.2.2 and 6.2.3; no query, no fragment."""
    u = urlsplit(url)
    assert u.scheme in ("http", "https") and u.hostname and "@" not in u.netloc
    port = {"http": 80, "https": 443}[u.scheme]
    host = "[%s]" % u.hostname if ":" in u.hostname else u.hostname
    if u.port not in (None, port):
        host += ":%d" % u.port

    def byte(m):
        c = chr(int(m.group(1), 16))
        return c if re.fullmatch(r"[A-Za-z0-9\-._~]", c) else m.group().upper()
    path = re.sub("%([0-9A-Fa-f]{2})", byte, u.path) or "/"
    return urljoin("%s://%s/" % (u.scheme, host), path)


def possession(proof, result, jkt, method, url, now):
    """The checks of RFC 9449, section 4.3; the result is the access token."""
    head, claims = parts(proof)
    assert head["typ"] == "dpop+jwt", "typ of the proof"
    assert head["alg"] in ALGS and "crit" not in head, "alg of the proof"
    assert not PRIVATE & set(head["jwk"]), "a private key"
    key = jwk.JWK(**head["jwk"])
    assert key.thumbprint() == jkt, "not the key that the result confirms"
    verified(proof, key)
    assert isinstance(claims["jti"], str) and claims["jti"], "jti"
    assert claims["htm"] == method, "htm"
    assert normal(claims["htu"]) == normal(url), "htu"
    assert isinstance(claims["iat"], int), "iat"
    assert now - MAX_AGE <= claims["iat"] <= now + SKEW, "iat"
    digest = hashlib.sha256(result.encode()).digest()
    ath = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert claims["ath"] == ath, "ath: a proof for another result"
    return claims["jti"]


if __name__ == "__main__":
    pinned, result, proof = (open(f).read().strip() for f in sys.argv[1:4])
    at = int(sys.argv[6]) if len(sys.argv) > 6 else int(time.time())
    said = result_of(result, jwk.JWKSet.from_json(pinned), at)
    print(possession(proof, result, confirmed(said["cnf"]), sys.argv[4],
                     sys.argv[5], at))
