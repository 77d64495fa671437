#!/usr/bin/env python3
"""piv.py - a PIV smart card in software, for the virtual reader vpcd.

	piv.py new FILE --pin PIN	a blank card: no key, no certificate
	piv.py insert FILE PORT [pulled]
					the card is in the reader until SIGTERM;
					"pulled": until it is asked to sign

It answers the commands of NIST SP 800-73-4 part 2 that OpenSC's PIV driver and
piv-tool send: P-256 keys that are made in the card, their certificates, a PIN
with three tries.  The management key is AES-128 (NIST SP 800-78-4, algorithm
08).  Whatever else is asked is refused with the status word of ISO/IEC 7816-4.

This is no hardware: the keys lie in FILE.  It exists so that real OpenSC, real
pcscd and real PC/SC have a card to talk to.
"""
import functools
import hmac
import json
import operator
import os
import signal
import socket
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

AID = bytes.fromhex("a000000308")  # the PIV application, without its version
ATR = bytes.fromhex("3b868001") + b"anchor"
ATR += bytes([functools.reduce(operator.xor, ATR[1:])])
# FASC-N of agency 9999: the card is known by its GUID alone.
NO_AGENCY = bytes.fromhex("d4e739da739ced39ce739d836858210842108421c84210c3eb")
MANAGEMENT_KEY = bytes(range(0x40, 0x50))
TRIES = 3
DISCOVERY = bytes.fromhex("7e124f0ba0000003080000100001005f2f024000")
KEYS = (0x9A, 0x9C)  # PIN once; PIN before each signature
P256 = 0x11
AES128 = 0x08

OK = 0x9000
SECURITY = 0x6982
BLOCKED = 0x6983
BAD_DATA = 0x6A80
NO_FUNCTION = 0x6A81
NOT_FOUND = 0x6A82
BAD_P1P2 = 0x6A86
NO_KEY = 0x6A88
BAD_LENGTH = 0x6700
NO_INS = 0x6D00
NO_CLA = 0x6E00


class Refused(Exception):
    """A status word."""


# --- BER-TLV -------------------------------------------------------------------


def tlv(tag, value):
    n = len(value)
    if n < 0x80:
        length = bytes([n])
    elif n < 0x100:
        length = bytes([0x81, n])
    else:
        length = bytes([0x82]) + n.to_bytes(2, "big")
    return bytes.fromhex(tag) + length + value


def parse(data):
    """All elements of one level, by tag in hex."""
    found = {}
    at = 0
    while at < len(data):
        start = at
        at += 1
        if data[start] & 0x1F == 0x1F:
            while data[at] & 0x80:
                at += 1
            at += 1
        tag = data[start:at].hex()
        n = data[at]
        at += 1
        if n & 0x80:
            more = n & 0x7F
            n = int.from_bytes(data[at : at + more], "big")
            at += more
        if at + n > len(data):
            raise Refused(BAD_DATA)
        found[tag] = data[at : at + n]
        at += n
    return found


# --- what is in the card ---------------------------------------------------------


class Memory:
    """What a card keeps without power: a file that changes as a whole."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding="ascii") as f:
            self.held = json.load(f)

    def save(self):
        store(self.path, self.held)


def store(path, held):
    with open(path + ".new", "w", encoding="ascii") as f:
        json.dump(held, f, indent=1)
    os.rename(path + ".new", path)


def new_card(path, pin):
    guid = os.urandom(16)
    chuid = (
        tlv("30", NO_AGENCY)
        + tlv("34", guid)
        + tlv("35", b"20401231")
        + tlv("3e", b"")
        + tlv("fe", b"")
    )
    ccc = tlv("f0", bytes.fromhex("a000000116ff02") + os.urandom(14))
    ccc += b"".join(tlv(t, v) for t, v in (("f1", b"\x21"), ("f2", b"\x21")))
    ccc += b"".join(tlv("f%x" % t, b"") for t in (3, 4))
    ccc += tlv("f5", b"\x10")
    ccc += b"".join(tlv("f%x" % t, b"") for t in (6, 7, 10, 11, 12, 13))
    ccc += tlv("fe", b"")
    store(
        path,
        {
            "pin": pin,
            "tries": TRIES,
            "keys": {},
            "objects": {"5fc102": chuid.hex(), "5fc107": ccc.hex()},
        },
    )


# --- the application ---------------------------------------------------------------


class Card:
    def __init__(self, memory, pulled):
        self.memory = memory
        self.pulled = pulled  # out of the reader, at the first signature
        self.held = memory.held
        self.reset()

    def reset(self):
        """Power on: nobody is known."""
        self.selected = False
        self.forget()
        self.chained = b""
        self.rest = b""

    def forget(self):
        self.pin_known = False  # since the card was powered
        self.pin_fresh = False  # the command before was a good VERIFY
        self.manager = False
        self.witness = None

    # One command, as SP 800-73-4 part 2 chapter 3 has it.

    def select(self, p1, p2, data):
        if p1 != 0x04 or p2 != 0x00:
            raise Refused(BAD_P1P2)
        if not data.startswith(AID):
            raise Refused(NOT_FOUND)
        self.selected = True
        label = tlv("50", b"virtual PIV card of anchord's tests")
        return tlv(
            "61",
            tlv("4f", bytes.fromhex("000010000100"))
            + tlv("79", tlv("4f", AID))
            + label,
        )

    def get_data(self, p1, p2, data):
        if (p1, p2) != (0x3F, 0xFF):
            raise Refused(BAD_P1P2)
        tag = parse(data).get("5c", b"").hex()
        if tag == "7e":
            return DISCOVERY
        if tag not in self.held["objects"]:
            raise Refused(NOT_FOUND)
        return tlv("53", bytes.fromhex(self.held["objects"][tag]))

    def put_data(self, p1, p2, data):
        if (p1, p2) != (0x3F, 0xFF):
            raise Refused(BAD_P1P2)
        if not self.manager:
            raise Refused(SECURITY)
        found = parse(data)
        if "5c" not in found or "53" not in found:
            raise Refused(BAD_DATA)
        self.held["objects"][found["5c"].hex()] = found["53"].hex()
        self.memory.save()
        return b""

    def verify(self, p1, p2, data):
        if p1 != 0x00 or p2 != 0x80:
            raise Refused(NO_KEY)
        if not data:
            if self.pin_known:
                return b""
            raise Refused(0x63C0 + self.held["tries"])
        if len(data) != 8:
            raise Refused(BAD_DATA)
        if self.held["tries"] == 0:
            raise Refused(BLOCKED)
        # Counted before it is compared, so that no pulled plug saves a try.
        self.held["tries"] -= 1
        self.memory.save()
        wanted = self.held["pin"].encode().ljust(8, b"\xff")
        if not hmac.compare_digest(data, wanted):
            self.pin_known = False
            tries = self.held["tries"]
            raise Refused(0x63C0 + tries if tries else BLOCKED)
        self.held["tries"] = TRIES
        self.memory.save()
        self.pin_known = self.pin_fresh = True
        return b""

    def make_key(self, p1, p2, data):
        if p1 != 0x00 or p2 not in KEYS:
            raise Refused(BAD_P1P2)
        if not self.manager:
            raise Refused(SECURITY)
        wanted = parse(parse(data).get("ac", b""))
        if wanted.get("80") != bytes([P256]):
            raise Refused(BAD_DATA)
        key = ec.generate_private_key(ec.SECP256R1())
        self.held["keys"]["%02x" % p2] = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        self.memory.save()
        point = key.public_key().public_bytes(
            serialization.Encoding.X962,
            serialization.PublicFormat.UncompressedPoint,
        )
        return tlv("7f49", tlv("86", point))

    def authenticate(self, p1, p2, data):
        asked = parse(parse(data).get("7c", b""))
        if p2 == 0x9B:
            return self.authenticate_manager(p1, asked)
        if p2 not in KEYS or p1 != P256:
            raise Refused(BAD_P1P2)
        return self.sign(p2, asked.get("81", b""))

    def authenticate_manager(self, algorithm, asked):
        """Mutual: a witness that the manager decrypts, a challenge of his.

        A challenge of the card's own, for authentication in one direction, is
        what OpenSC takes for random numbers; nobody is authenticated by it.
        """
        if algorithm not in (0x00, AES128):
            raise Refused(BAD_P1P2)
        if asked.get("81") == b"":
            return tlv("7c", tlv("81", os.urandom(16)))
        by = Cipher(algorithms.AES(MANAGEMENT_KEY), modes.ECB()).encryptor()
        if asked.get("80") == b"":
            self.witness = os.urandom(16)
            return tlv("7c", tlv("80", by.update(self.witness)))
        witness, self.witness = self.witness, None
        if witness is None or len(asked.get("81", b"")) != 16:
            raise Refused(BAD_DATA)
        if not hmac.compare_digest(witness, asked.get("80", b"")):
            raise Refused(SECURITY)
        self.manager = True
        return tlv("7c", tlv("82", by.update(asked["81"])))

    def sign(self, number, digest):
        fresh, self.pin_fresh = self.pin_fresh, False
        if not self.pin_known or (number == 0x9C and not fresh):
            raise Refused(SECURITY)
        text = self.held["keys"].get("%02x" % number)
        if text is None:
            raise Refused(NO_KEY)
        if len(digest) != 32:
            raise Refused(BAD_DATA)
        if self.pulled:
            sys.exit(0)
        key = serialization.load_pem_private_key(text.encode(), None)
        by = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
        return tlv("7c", tlv("82", key.sign(digest, by)))

    COMMANDS = {
        0xA4: select,
        0xCB: get_data,
        0xDB: put_data,
        0x20: verify,
        0x47: make_key,
        0x87: authenticate,
    }

    # ISO/IEC 7816-4: chaining of commands, answers in pieces.

    def answer(self, apdu):
        try:
            data = self.command(apdu)
            status = OK
        except Refused as refused:
            self.chained = b""
            data, status = b"", refused.args[0]
        except (IndexError, ValueError):
            self.chained = b""
            data, status = b"", BAD_DATA
        if status == OK and len(data) > 256:
            data, self.rest = data[:256], data[256:]
            status = 0x6100 | min(len(self.rest), 0xFF)
        return data + status.to_bytes(2, "big")

    def command(self, apdu):
        if len(apdu) < 4:
            raise Refused(BAD_LENGTH)
        cla, ins, p1, p2 = apdu[:4]
        data = body(apdu[4:])
        if cla not in (0x00, 0x10):
            raise Refused(NO_CLA)
        if ins == 0xC0:
            rest, self.rest = self.rest, b""
            return rest
        if ins not in self.COMMANDS:
            raise Refused(NO_INS)
        if ins != 0xA4 and not self.selected:
            raise Refused(NO_FUNCTION)
        if cla == 0x10:
            self.chained += data
            return b""
        data, self.chained = self.chained + data, b""
        if ins not in (0x20, 0x87):
            self.pin_fresh = False
        return self.COMMANDS[ins](self, p1, p2, data)


def body(rest):
    """The data of a short command; what is expected back is not looked at."""
    if len(rest) <= 1:
        return b""
    if len(rest) not in (1 + rest[0], 2 + rest[0]):
        raise Refused(BAD_LENGTH)
    return rest[1 : 1 + rest[0]]


# --- the reader --------------------------------------------------------------------

# https://frankmorgner.github.io/vsmartcard/virtualsmartcard/api.html
POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4


def take(reader, n):
    data = b""
    while len(data) < n:
        # The reader sends length and command in two packets and waits with the
        # second until the first is acknowledged, which Linux delays by 40 ms.
        reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        more = reader.recv(n - len(data))
        if not more:
            sys.exit(0)  # there is no reader any more
        data += more
    return data


def insert(card, port):
    reader = socket.create_connection(("127.0.0.1", port))
    while True:
        message = take(reader, int.from_bytes(take(reader, 2), "big"))
        if len(message) != 1:
            out = card.answer(message)
        elif message[0] == GET_ATR:
            out = ATR
        else:
            card.reset()
            continue
        reader.sendall(len(out).to_bytes(2, "big") + out)


def main(args):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if len(args) == 4 and args[0] == "new" and args[2] == "--pin":
        new_card(args[1], args[3])
    elif args[:1] == ["insert"] and args[3:] in ([], ["pulled"]):
        insert(Card(Memory(args[1]), bool(args[3:])), int(args[2]))
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
