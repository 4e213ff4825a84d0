"""The outer form that certificates and revocation lists share: SIGNED { to-be-signed, algorithm, signature }."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trustkit.encoding import der
from trustkit.encoding.remembered import remembering_elements
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids

_NULL = b"\x05\x00"
_MAX_REMEMBERED: Final = 128  # octets of an algorithm that is kept as read; PSS parameters take some sixty


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureAlgorithm:
    """An AlgorithmIdentifier: dotted OID, and the parameters as found, None when absent."""

    oid: str
    parameters: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedParts:
    """The three parts: the element that is signed, by offsets; the algorithm beside the signature; the signature.

    `signature` is empty when its BIT STRING is not a whole number of octets: such a signature verifies under no suite.
    """

    tbs: der.Tlv
    algorithm: SignatureAlgorithm
    signature: bytes


def read_signed(data: bytes) -> SignedParts:
    """Return the parts of a signed structure that fills `data`. Raise DER_MALFORMED or DER_NOT_DER."""
    outer = der.read_tlv(data, 0, len(data))
    der.expect(data, outer, der.SEQUENCE, "outer element")
    if outer.end != len(data):
        raise TrustError(ErrorCode.DER_MALFORMED, "trailing octets", offset=outer.end)
    match der.children(data, outer):
        case (tbs, algorithm, signature):
            der.expect(data, tbs, der.SEQUENCE, "signed part")
            bits = der.expect(data, signature, der.BIT_STRING, "signature")
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "not three parts")
    return SignedParts(
        tbs=tbs,
        algorithm=read_signature_algorithm(data, algorithm),
        signature=bits[1:] if bits[:1] == b"\x00" else b"",
    )


def read_signature_algorithm(data: bytes, element: der.Tlv) -> SignatureAlgorithm:
    """Return an AlgorithmIdentifier (RFC 5280 4.1.1.2), remembered: few stand anywhere. Raise DER_MALFORMED or DER_NOT_DER."""
    return _remembered(data, element)


def _read_algorithm(data: bytes, element: der.Tlv) -> SignatureAlgorithm:
    der.expect(data, element, der.SEQUENCE, "algorithm")
    match der.children(data, element):
        case (kind,):
            parameters = None
        case (kind, found):
            parameters = der.octets(data, found)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "algorithm has one or two members")
    return SignatureAlgorithm(oid=oids.dotted(der.expect(data, kind, der.OID, "algorithm")), parameters=parameters)


_remembered: Final = remembering_elements(_read_algorithm, entries=256, largest=_MAX_REMEMBERED)


def require_same_algorithm(inner: SignatureAlgorithm, outer: SignatureAlgorithm) -> None:
    """Raise DER_MALFORMED unless the signed and the unsigned algorithm agree (RFC 5280 4.1.1.2, 5.1.1.2).

    NULL on one side and nothing on the other is forgiven: both say "no parameters", and issuers mix them.
    """
    if inner == outer:
        return
    if inner.oid != outer.oid or {inner.parameters, outer.parameters} != {None, _NULL}:
        raise TrustError(
            ErrorCode.DER_MALFORMED, "the two signature algorithms differ", inner=inner.oid, outer=outer.oid
        )
