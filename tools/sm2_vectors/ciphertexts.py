"""Vectors for decrypting and for reading keys: byte orders, broken points, changed parts, a key stream of zeros."""

from __future__ import annotations

from typing import Final

from tools.sm2_vectors.cases import Group
from tools.sm2_vectors.der import number, tlv
from tools.sm2_vectors.reference import P, encrypt, public, scalar
from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.sm2 import G

KEY: Final = scalar("decryption key")
TEXT: Final = bytes(range(16))
OTHER_CURVE: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")  # P-256 (RFC 5480)


def groups() -> list[Group]:
    """Return every group, in order."""
    return [_decryption(), _public_keys()]


def sealed(point: bytes, hash_: bytes, body: bytes) -> bytes:
    """Return SM2Cipher (GM/T 0009)."""
    x, y = int.from_bytes(point[:32]), int.from_bytes(point[32:])
    return tlv(0x30, number(x) + number(y) + tlv(4, hash_) + tlv(4, body))


def _decryption() -> Group:
    point = public(KEY)
    found = Group("Sm2Decrypt", {"privateKey": KEY.to_bytes(32).hex(), "publicKeyDer": (SPKI_PREFIX + point).hex()})
    for name, text in (("16 octets", TEXT), ("one octet", b"\x5a"), ("300 octets", bytes(range(256)) + bytes(44))):
        sealed_text = sealed(*encrypt(point, text, scalar(f"encryption {name}")))
        found.add(f"plaintext of {name}", "Valid", valid=True, form="asn1", ct=sealed_text, msg=text)
    for name, part in (("x", slice(0, 2)), ("y", slice(32, 34))):
        k = next(k for turn in range(500_000) if public(k := scalar(f"short c1 {name} {turn}"))[part] < b"\0\x80")
        found.add(
            f"C1 whose {name} is short",
            "ShortValue",
            valid=True,
            form="asn1",
            ct=sealed(*encrypt(point, TEXT, k)),
            msg=TEXT,
        )
    c1, c3, c2 = encrypt(point, TEXT, scalar("encryption"))
    orders = {
        "asn1": sealed(c1, c3, c2),
        "04-c1c3c2": b"\4" + c1 + c3 + c2,
        "c1c3c2": c1 + c3 + c2,
        "04-c1c2c3": b"\4" + c1 + c2 + c3,
        "c1c2c3": c1 + c2 + c3,
    }
    for form, data in orders.items():
        found.add(f"form {form}", "ByteOrder" if form != "asn1" else "Valid", valid=True, form=form, ct=data, msg=TEXT)
    for form, said in (
        ("04-c1c3c2", "04-c1c2c3"),
        ("04-c1c2c3", "04-c1c3c2"),
        ("c1c3c2", "asn1"),
        ("asn1", "04-c1c3c2"),
    ):
        found.add(f"{form} said to be {said}", "WrongByteOrder", valid=False, form=said, ct=orders[form], msg=b"")
    _changed(found, c1, c3, c2)
    _points(found, c1, c3, c2)
    _encodings(found, c1, c3, c2)
    k = next(
        k for turn in range(5000) if (k := scalar(f"zero stream {turn}")) and encrypt(point, b"\x5a", k)[2] == b"\x5a"
    )
    found.add(
        "key stream of zeros",
        "ZeroKeyStream",
        valid=False,
        form="asn1",
        ct=sealed(*encrypt(point, b"\x5a", k)),
        msg=b"",
    )
    found.add("no C2", "EmptyMessage", valid=False, form="asn1", ct=sealed(c1, c3, b""), msg=b"")
    return found


def _changed(found: Group, c1: bytes, c3: bytes, c2: bytes) -> None:
    flag = "ModifiedCiphertext"
    another = public(scalar("another c1"))
    for comment, parts in (
        ("first octet of C2 changed", (c1, c3, bytes((c2[0] ^ 1,)) + c2[1:])),
        ("first octet of C3 changed", (c1, bytes((c3[0] ^ 1,)) + c3[1:], c2)),
        ("C2 cut by one", (c1, c3, c2[:-1])),
        ("C2 longer by one", (c1, c3, c2 + b"\0")),
        ("C3 of zeros", (c1, bytes(32), c2)),
        ("another C1", (another, c3, c2)),
        ("C1 is the base point", (G, c3, c2)),
        ("C1 with y negated", (c1[:32] + (P - int.from_bytes(c1[32:])).to_bytes(32), c3, c2)),
    ):
        found.add(comment, flag, valid=False, form="asn1", ct=sealed(*parts), msg=b"")


def _points(found: Group, c1: bytes, c3: bytes, c2: bytes) -> None:
    off = c1[:63] + bytes((c1[63] ^ 1,))
    for comment, flag, point in (
        ("C1 off the curve", "InvalidPoint", off),
        ("C1 = (0, 0)", "InfinityEncoded", bytes(64)),
        ("C1 with x = p", "InvalidPoint", P.to_bytes(32) + c1[32:]),
        ("C1 of 2^256 - 1 twice", "InvalidPoint", b"\xff" * 64),
    ):
        found.add(comment, flag, valid=False, form="asn1", ct=sealed(point, c3, c2), msg=b"")
        found.add(f"{comment}, raw", flag, valid=False, form="04-c1c3c2", ct=b"\4" + point + c3 + c2, msg=b"")
    mark = bytes((2 | c1[63] & 1,))
    found.add("C1 compressed", "OtherPointForm", valid=False, form="04-c1c3c2", ct=mark + c1[:32] + c3 + c2, msg=b"")
    found.add(
        "C1 hybrid",
        "OtherPointForm",
        valid=False,
        form="04-c1c3c2",
        ct=bytes((6 | c1[63] & 1,)) + c1 + c3 + c2,
        msg=b"",
    )


def _encodings(found: Group, c1: bytes, c3: bytes, c2: bytes) -> None:
    right = sealed(c1, c3, c2)
    x, y = number(int.from_bytes(c1[:32])), number(int.from_bytes(c1[32:]))
    tail = tlv(4, c3) + tlv(4, c2)
    rows = [
        ("BerEncoded", "zero before x", tlv(0x30, tlv(2, b"\0" + x[2:]) + y + tail)),
        ("BerEncoded", "SEQUENCE of indefinite length", b"\x30\x80" + x + y + tail + b"\0\0"),
        ("InvalidEncoding", "x negative", tlv(0x30, number(-int.from_bytes(c1[:32])) + y + tail)),
        ("InvalidPoint", "x increased by 2^256", tlv(0x30, number(int.from_bytes(c1[:32]) + (1 << 256)) + y + tail)),
        ("InvalidEncoding", "C3 of 31 octets", tlv(0x30, x + y + tlv(4, c3[:31]) + tlv(4, c2))),
        ("InvalidEncoding", "C3 of 33 octets", tlv(0x30, x + y + tlv(4, c3 + b"\0") + tlv(4, c2))),
        ("WrongByteOrder", "C2 before C3", tlv(0x30, x + y + tlv(4, c2) + tlv(4, c3))),
        ("InvalidEncoding", "no C2 at all", tlv(0x30, x + y + tlv(4, c3))),
        ("TrailingData", "a zero behind the SEQUENCE", right + b"\0"),
        ("TrailingData", "a fifth member", tlv(0x30, x + y + tail + b"\x05\0")),
        ("InvalidEncoding", "cut by one octet", right[:-1]),
        ("InvalidEncoding", "empty", b""),
    ]
    for flag, comment, data in rows:
        found.add(f"ciphertext: {comment}", flag, valid=False, form="asn1", ct=data, msg=b"")


def _public_keys() -> Group:
    point = public(KEY)
    found = Group("Sm2PublicKey", {})
    off = point[:63] + bytes((point[63] ^ 1,))
    head = SPKI_PREFIX[:-1]  # all but the 04
    shorter = bytes((SPKI_PREFIX[1] - 32,)), bytes((SPKI_PREFIX[len(head) - 2] - 32,))
    compressed = b"\x30" + shorter[0] + head[2:-2] + shorter[1] + b"\0" + bytes((2 | point[63] & 1,)) + point[:32]
    for comment, flag, valid, spki in (
        ("public key", "Valid", True, SPKI_PREFIX + point),
        ("base point as key", "EdgeScalar", True, SPKI_PREFIX + G),
        ("key off the curve", "InvalidPoint", False, SPKI_PREFIX + off),
        ("key (0, 0)", "InfinityEncoded", False, SPKI_PREFIX + bytes(64)),
        ("key with x = p", "InvalidPoint", False, SPKI_PREFIX + P.to_bytes(32) + point[32:]),
        ("key with y increased by p", "InvalidPoint", False, SPKI_PREFIX + point[:32] + b"\xff" * 32),
        ("compressed key", "OtherPointForm", False, compressed),
        ("hybrid key", "OtherPointForm", False, head + bytes((6 | point[63] & 1,)) + point),
        ("key said to be of P-256", "OtherCurve", False, OTHER_CURVE + b"\4" + point),
        ("a zero behind the key", "TrailingData", False, SPKI_PREFIX + point + b"\0"),
        ("key cut by one octet", "InvalidEncoding", False, SPKI_PREFIX + point[:-1]),
    ):
        found.add(comment, flag, valid=valid, publicKeyDer=spki)
    return found
