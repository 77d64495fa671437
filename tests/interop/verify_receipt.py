#!/usr/bin/python3 -B
"""Verifies a challenge with parts that nobody here wrote: cbor2, cryptography.

    verify_receipt.py JWKS CHALLENGE      (a file of CBOR)

JWKS are the keys that the relying party has pinned (`anchorctl pins show --jwks`),
never what the service says at /v1/keys.  It prints the nonce and leaves with 0
when a key of the set signed the challenge.
"""
import sys
import cbor2
from receipt import verified

claims, head, leaf = verified(sys.argv[1], sys.argv[2], "challenge")
body, cwt = cbor2.loads(claims), head[15]
assert body[265] == "urn:x-anchord:challenge:1"
assert body[1] == cwt[1] and body[4] <= cwt[4] and body[6] == cwt[6]
print(leaf.hex())
