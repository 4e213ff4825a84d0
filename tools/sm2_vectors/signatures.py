"""Vectors for verifying: encodings, ranges, signer IDs, keys at the edge, and pairs r, s chosen for trouble."""

from __future__ import annotations

from typing import Final

from tools.sm2_vectors.cases import Group
from tools.sm2_vectors.der import number, pair, tlv
from tools.sm2_vectors.reference import P, at_infinity, digest_for, hashed, public, scalar, sign
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, A, B, G, N

MESSAGE: Final = "电子证照".encode()
KEY: Final = scalar("signing key")
NONCE: Final = scalar("nonce")
TLS_ID: Final = b"TLSv1.3+GM+Cipher+Suite"  # RFC 8998 3.2.1
STANDARD_D: Final = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8  # GB/T 32918.5 annex A
STANDARD_K: Final = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21


def group(point: bytes, signer_id: bytes = DEFAULT_SIGNER_ID, kind: str = "Sm2Verify") -> Group:
    """Return an empty group for a key and a stated signer ID."""
    return Group(
        kind,
        {
            "publicKey": {
                "type": "EcPublicKey",
                "curve": "curveSM2",
                "keySize": 256,
                "uncompressed": "04" + point.hex(),
            },
            "publicKeyDer": (SPKI_PREFIX + point).hex(),
            "sha": "SM3",
            "id": signer_id.hex(),
        },
    )


def groups() -> list[Group]:
    """Return every group, in order."""
    return [_ordinary(), *_identities(), *_keys(), _chosen(), _infinite()]


def _ordinary() -> Group:
    point = public(KEY)
    found = group(point)
    e = hashed(point, DEFAULT_SIGNER_ID, MESSAGE)
    r, s = sign(KEY, e, NONCE)
    found.add("ordinary signature", "Valid", valid=True, msg=MESSAGE, sig=pair(r, s))
    for name, message in (("empty message", b""), ("message of 1000 octets", bytes(1000))):
        own = pair(*sign(KEY, hashed(point, DEFAULT_SIGNER_ID, message), NONCE))
        found.add(name, "Valid", valid=True, msg=message, sig=own)
    _short_values(found, e)
    found.add("another message", "ModifiedMessage", valid=False, msg=MESSAGE + b"\0", sig=pair(r, s))
    other = scalar("another key")
    found.add("by another key", "OtherKey", valid=False, msg=MESSAGE, sig=pair(*sign(other, e, NONCE)))
    for name in ("first", "second"):  # e = r, and sG + tP at infinity: only the key's owner can make it, and must not
        message = MESSAGE + name.encode()
        r0 = hashed(point, DEFAULT_SIGNER_ID, message) % N
        sig = pair(r0, at_infinity(KEY, r0))
        found.add(f"sG + tP at infinity, r = e, {name}", "PointAtInfinity", valid=False, msg=message, sig=sig)
    _encodings(found, r, s)
    _ranges(found, r, s)
    _wrong_digests(found, point)
    return found


def _short_values(found: Group, e: int) -> None:
    """Add signatures whose r or s needs fewer octets, or has its first bit set: the first nonces that give them."""
    short, first = 1 << 247, 1 << 255
    for name in (
        "r shorter by one octet",
        "s shorter by one octet",
        "r with its first bit set",
        "s with its first bit set",
        "neither r nor s with its first bit set",
    ):
        for turn in range(5000):
            r, s = sign(KEY, e, scalar(f"{name} {turn}"))
            holds = {
                "r shorter by one octet": r < short,
                "s shorter by one octet": s < short,
                "r with its first bit set": r >= first,
                "s with its first bit set": s >= first,
                "neither r nor s with its first bit set": max(r, s) < first,
            }
            if holds[name]:
                found.add(name, "ShortValue", valid=True, msg=MESSAGE, sig=pair(r, s))
                break


def _encodings(found: Group, r: int, s: int) -> None:
    ber, no, right = "BerEncoded", "InvalidEncoding", pair(r, s)
    body = number(r) + number(s)
    content_r, content_s = number(r)[2:], number(s)[2:]
    bare_r, bare_s = r.to_bytes(32), s.to_bytes(32)
    rows = [
        (ber, "length of the SEQUENCE in long form", tlv(0x30, body, length=bytes((0x81, len(body))))),
        (ber, "length of the SEQUENCE in long form with a zero", tlv(0x30, body, length=bytes((0x82, 0, len(body))))),
        (ber, "SEQUENCE of indefinite length", b"\x30\x80" + body + b"\0\0"),
        (ber, "length of r in long form", pair(tlv(2, content_r, length=bytes((0x81, len(content_r)))), s)),
        (ber, "zero before r", pair(tlv(2, b"\0" + content_r), s)),
        (ber, "zero before s", pair(r, tlv(2, b"\0" + content_s))),
        (ber, "r of 256 octets, zeros before it", pair(tlv(2, content_r.rjust(256, b"\0")), s)),
        (no, "constructed INTEGERs", pair(tlv(0x22, number(r)), tlv(0x22, number(s)))),
        (no, "empty", b""),
        (no, "one octet", b"\x30"),
        (no, "empty SEQUENCE", b"\x30\0"),
        (no, "r alone", tlv(0x30, number(r))),
        (no, "INTEGERs without a SEQUENCE", body),
        (no, "SET for SEQUENCE", tlv(0x31, body)),
        (no, "OCTET STRINGs for INTEGERs", pair(tlv(4, bare_r), tlv(4, bare_s))),
        (no, "empty INTEGER for r", pair(tlv(2, b""), s)),
        (no, "empty INTEGER for s", pair(r, tlv(2, b""))),
        (no, "length of the SEQUENCE too large by one", tlv(0x30, body, length=bytes((len(body) + 1,)))),
        (no, "length of the SEQUENCE too small by one", tlv(0x30, body, length=bytes((len(body) - 1,)))),
        (no, "length of s beyond the end", tlv(0x30, number(r) + tlv(2, content_s, length=b"\x7f"))),
        (no, "length of 2^64 octets", b"\x30\x88" + b"\xff" * 8 + body),
        (no, "the whole inside an OCTET STRING", tlv(4, right)),
        (no, "r and s as one INTEGER", tlv(0x30, number(r << 256 | s))),
        ("TrailingData", "a zero behind the SEQUENCE", right + b"\0"),
        ("TrailingData", "NULL inside, behind s", tlv(0x30, body + b"\x05\0")),
        ("TrailingData", "a third INTEGER", tlv(0x30, body + number(1))),
        ("RawSignature", "r and s in 64 octets", bare_r + bare_s),
    ]
    for flag, comment, sig in rows:
        found.add(comment, flag, valid=False, msg=MESSAGE, sig=sig)
    for size in (1, 8, 32, len(right) - 1):
        found.add(f"cut after {size} octets", no, valid=False, msg=MESSAGE, sig=right[:size])


def _ranges(found: Group, r: int, s: int) -> None:
    flag = "RangeCheck"
    unsigned_r, unsigned_s = tlv(2, r.to_bytes(32)), tlv(2, s.to_bytes(32))
    rows: list[tuple[str, bytes | int, bytes | int]] = [
        ("r = 0", 0, s),
        ("s = 0", r, 0),
        ("r = s = 0", 0, 0),
        ("r = n", N, s),
        ("s = n", r, N),
        ("r increased by n", r + N, s),
        ("s increased by n", r, s + N),
        ("r decreased by n", r - N, s),
        ("s decreased by n", r, s - N),
        ("r negative", -r, s),
        ("s negative", r, -s),
        ("r = n - r", N - r, s),
        ("s = n - s", r, N - s),
        ("r = p", P, s),
        ("r = 2^256", 1 << 256, s),
        ("r = 2^512 + r", (1 << 512) + r, s),
        ("s = 2^512 + s", r, (1 << 512) + s),
        ("r = -1", -1, s),
        ("r and s exchanged", s, r),
        ("r = s = 1", 1, 1),
        ("r = 1, s = 0", 1, 0),
        ("r = s = n - 1", N - 1, N - 1),
        ("r = s = n", N, N),
    ]
    for comment, first, second in rows:
        found.add(comment, flag, valid=False, msg=MESSAGE, sig=pair(first, second))
    for comment, first, second in (
        ("r + s = n", r, N - r),
        ("r = 1, s = n - 1", 1, N - 1),
        ("r = n - 1, s = 1", N - 1, 1),
    ):
        found.add(comment, "SumIsOrder", valid=False, msg=MESSAGE, sig=pair(first, second))
    if unsigned_r[2] >> 7:
        found.add(
            "r without the zero before its first bit", "BerEncoded", valid=False, msg=MESSAGE, sig=pair(unsigned_r, s)
        )
    if unsigned_s[2] >> 7:
        found.add(
            "s without the zero before its first bit", "BerEncoded", valid=False, msg=MESSAGE, sig=pair(r, unsigned_s)
        )


def _wrong_digests(found: Group, point: bytes) -> None:
    """Add signatures that are right for a digest somebody could have computed instead."""
    own, entl = DEFAULT_SIGNER_ID, (8 * len(DEFAULT_SIGNER_ID)).to_bytes(2)
    rows = [
        ("WithoutZ", "e = SM3(M)", b"", MESSAGE),
        ("WrongId", "empty ID", b"\0\0" + A + B + G + point, MESSAGE),
        ("WrongId", "the ID of TLS 1.3", (8 * len(TLS_ID)).to_bytes(2) + TLS_ID + A + B + G + point, MESSAGE),
        ("WrongId", "the ID with a zero behind it", (8 * 17).to_bytes(2) + own + b"\0" + A + B + G + point, MESSAGE),
        ("WrongEntl", "ENTL in octets", len(own).to_bytes(2) + own + A + B + G + point, MESSAGE),
        ("WrongEntl", "ENTL in little endian", entl[::-1] + own + A + B + G + point, MESSAGE),
        ("WrongEntl", "no ENTL", own + A + B + G + point, MESSAGE),
        ("WrongZ", "a and b exchanged", entl + own + B + A + G + point, MESSAGE),
        ("WrongZ", "the key before the base point", entl + own + A + B + point + G, MESSAGE),
        ("WrongZ", "04 before the key", entl + own + A + B + G + b"\4" + point, MESSAGE),
        ("WrongZ", "the curve left out", entl + own + point, MESSAGE),
    ]
    for flag, comment, material, message in rows:
        z = digest(DigestAlgorithm.SM3, material) if material else b""
        e = int.from_bytes(digest(DigestAlgorithm.SM3, z + message))
        found.add(comment, flag, valid=False, msg=MESSAGE, sig=pair(*sign(KEY, e, NONCE)))
    z = digest(DigestAlgorithm.SM3, entl + own + A + B + G + point)
    twice = int.from_bytes(digest(DigestAlgorithm.SM3, z + digest(DigestAlgorithm.SM3, MESSAGE)))
    found.add("the message hashed twice", "WrongZ", valid=False, msg=MESSAGE, sig=pair(*sign(KEY, twice, NONCE)))
    for algorithm in (DigestAlgorithm.SHA256, DigestAlgorithm.SHA512):
        e = int.from_bytes(digest(algorithm, z + MESSAGE)) % (1 << 256)
        sig = pair(*sign(KEY, e, NONCE))
        found.add(f"hashed with {algorithm.value}", "WrongZ", valid=False, msg=MESSAGE, sig=sig)


def _identities() -> list[Group]:
    """Return groups with other stated IDs: right under the stated one, wrong under the usual one."""
    point = public(KEY)
    usual = pair(*sign(KEY, hashed(point, DEFAULT_SIGNER_ID, MESSAGE), NONCE))
    found = []
    for name, identity in (
        ("empty", b""),
        ("of TLS 1.3", TLS_ID),
        ("of the standard's older example", b"ALICE123@YAHOO.COM"),
        ("of one octet, a zero", b"\0"),
        ("of 8191 octets", b"i" * 8191),
    ):
        own = group(point, identity)
        right = pair(*sign(KEY, hashed(point, identity, MESSAGE), NONCE))
        own.add(f"signer ID {name}", "SignerId", valid=True, msg=MESSAGE, sig=right)
        own.add(f"usual signer ID where the stated one is {name}", "WrongId", valid=False, msg=MESSAGE, sig=usual)
        found.append(own)
    return found


def _keys() -> list[Group]:
    """Return groups with keys at the edge, and the standard's example."""
    found = []
    for name, d in (("1", 1), ("2", 2), ("n - 2", N - 2), ("(n - 1) / 2", (N - 1) // 2)):
        own = group(public(d))
        sig = pair(*sign(d, hashed(public(d), DEFAULT_SIGNER_ID, MESSAGE), NONCE))
        own.add(f"private key {name}", "EdgeScalar", valid=True, msg=MESSAGE, sig=sig)
        found.append(own)
    for name, part in (("x", slice(0, 2)), ("y", slice(32, 34))):
        d = next(d for turn in range(500_000) if public(d := scalar(f"short {name} {turn}"))[part] < b"\0\x80")
        own = group(public(d))
        sig = pair(*sign(d, hashed(public(d), DEFAULT_SIGNER_ID, MESSAGE), NONCE))
        own.add(f"public key whose {name} begins with a zero octet", "ShortValue", valid=True, msg=MESSAGE, sig=sig)
        found.append(own)
    standard = group(public(STANDARD_D))
    e = hashed(public(STANDARD_D), DEFAULT_SIGNER_ID, b"message digest")
    sig = pair(*sign(STANDARD_D, e, STANDARD_K))
    standard.add("example of GB/T 32918.5", "Standard", valid=True, msg=b"message digest", sig=sig)
    return [*found, standard]


def _chosen() -> Group:
    """Return pairs r, s at the edge, each with the e that makes it valid; `digest` stands for the message."""
    point = public(KEY)
    found = group(point, kind="Sm2VerifyDigest")
    half = (N - 1) // 2
    rows = [
        ("r = s = 1", 1, 1),
        ("r = 1, s = n - 2", 1, N - 2),
        ("r = n - 1, s = 2", N - 1, 2),
        ("r = s = n - 1", N - 1, N - 1),
    ]
    rows += [("r = s = (n - 1) / 2", half, half), ("r = 2^128, s = 2^127", 1 << 128, 1 << 127)]
    for comment, r, s in rows:
        e = digest_for(point, r, s)
        found.add(f"{comment}, with its digest", "EdgeScalar", valid=True, digest=e.to_bytes(32), sig=pair(r, s))
        wrong = ((e + 1) % N).to_bytes(32)
        found.add(f"{comment}, with another digest", "EdgeScalar", valid=False, digest=wrong, sig=pair(r, s))
    r = scalar("duplication")
    s = r * KEY * pow(1 - KEY, -1, N) % N  # from s = t·d
    e = digest_for(point, r, s)
    found.add("sG = tP", "PointDuplication", valid=True, digest=e.to_bytes(32), sig=pair(r, s))
    r, s = sign(KEY, 0, NONCE)
    found.add("digest of zeros", "EdgeScalar", valid=True, digest=bytes(32), sig=pair(r, s))
    top = b"\xff" * 32
    r, s = sign(KEY, int.from_bytes(top), NONCE)
    found.add("digest larger than n", "EdgeScalar", valid=True, digest=top, sig=pair(r, s))
    return found


def _infinite() -> Group:
    """Return signatures whose sG + tP is at infinity; with e = r they fool who takes its x for zero."""
    point = public(KEY)
    found = group(point, kind="Sm2VerifyDigest")
    for name in ("first", "second"):
        r = scalar(f"infinity {name}")
        s = at_infinity(KEY, r)
        for comment, e in (("e = r", r), ("e = 0", 0), ("e = r + 1", (r + 1) % N)):
            digest_ = e.to_bytes(32)
            found.add(
                f"sG + tP at infinity, {comment}, {name}",
                "PointAtInfinity",
                valid=False,
                digest=digest_,
                sig=pair(r, s),
            )
    return found
