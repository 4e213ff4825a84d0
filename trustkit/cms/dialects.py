"""Dialects of signed messages: one row for each way writers depart from GB/T 35275 and RFC 5652, and what we make of it.

    DIALECTS["raw-signature-value"].standing
    name_foreign_way(case)          # why a signature that does not hold was perhaps never meant to

Two kinds of rows. A `Deviation` leaves what is proved as it is: reading goes on, the verdict names it, and a policy may
refuse it. A `ForeignWay` signs something else than the standard says: it is recognised by doing what its writer did, named
in the refusal, and accepted by no policy. Evidence: files of real writers, or the source of the program that writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.model import Deviation, Dialect
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.engines.selection import current_engine
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, parse_sm2_signature, z_value
from trustkit.crypto.verify import verify_signature
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.cms.content import ContentDigests
    from trustkit.cms.model import SignedMessage, SignerInfo
    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite

MAX_NAMED_WORK: Final = 16 * 1024 * 1024  # octets of content times signers: naming a refusal must not cost more than it


@unique
class ForeignWay(StrEnum):
    """Ways of signing that prove something else than the standard says; never accepted."""

    ATTRIBUTES_TAG = "attributes-signed-under-their-tag"
    CONTENT_DESPITE_ATTRIBUTES = "content-signed-despite-attributes"
    DIGEST_SIGNED = "digest-signed-as-content"
    DIGEST_OF_ATTRIBUTES_SIGNED = "digest-of-attributes-signed"
    DIGEST_WITH_Z = "message-digest-with-z"
    EMPTY_ID = "empty-signer-id"
    GMSSL_HEADER = "gmssl-digest-over-header"
    WITHOUT_Z = "without-z"


@unique
class Standing(StrEnum):
    """What becomes of a dialect when nobody says otherwise."""

    TOLERATED = "tolerated"  # read and named; a policy may refuse it
    ON_REQUEST = "on-request"  # refused and named; a policy may accept it
    REFUSED = "refused"  # by every policy


@dataclass(frozen=True, slots=True)
class DialectRow:
    """One dialect: its standing, and who was seen to write it or where it stands written."""

    standing: Standing
    evidence: str


_T, _O, _R = Standing.TOLERATED, Standing.ON_REQUEST, Standing.REFUSED
_D, _W = Deviation, ForeignWay

DIALECTS: Final[Mapping[str, DialectRow]] = MappingProxyType(
    {
        # the envelope of the message
        _D.BER: DialectRow(_T, "OpenSSL -stream, BouncyCastle stream generators; RFC 5652 allows BER"),
        _D.VERSION: DialectRow(_T, "version numbers that do not follow from what is inside"),
        _D.INNER_TYPE_FOREIGN: DialectRow(_T, "Topsec in Yunnan's licences: PKCS#7 data inside a GB/T 35275 message"),
        _D.DIGEST_NOT_ANNOUNCED: DialectRow(_T, "digestAlgorithms left empty by writers that verify in one pass"),
        _D.CERTIFICATE_SKIPPED: DialectRow(_T, "RFC 5652 10.2.2: attribute and extended certificates"),
        _D.CERTIFICATE_UNREADABLE: DialectRow(_T, "seal certificates with broken extensions"),
        _D.CRL_SKIPPED: DialectRow(
            _T, "RFC 5652 10.2.1: SCVP and others beside CRLs; OCSP responses are read (RFC 5940)"
        ),
        # the signer
        _D.ALGORITHM_PARAMETERS: DialectRow(_T, "parameters beside a digest that has none"),
        _D.ATTRIBUTES_UNSORTED: DialectRow(_T, "Yunnan's licences: attributes in the order they were made"),
        _D.ATTRIBUTES_RESORTED: DialectRow(_T, "RFC 5652 5.4: signed in DER order, transmitted in another"),
        _D.CONTENT_TYPE_SPELLING: DialectRow(_T, "Yunnan's licences: the two OIDs of data mixed"),
        _D.ISSUER_ENCODING: DialectRow(_T, "RFC 5280 7.1: PrintableString and UTF8String exchanged"),
        _D.KEY_IDENTIFIER: DialectRow(_T, "RFC 5652 5.3 inside GB/T 35275"),
        _D.SIGNATURE_OID_FOREIGN: DialectRow(_T, "BouncyCastle and iText forks: …501 for …301.1, and the reverse"),
        _D.SIGNATURE_OID_IS_KEY: DialectRow(_T, "PKCS#7 v1.5 habit: the key's algorithm for the signature's"),
        _D.SIGNING_CERTIFICATE_SHA1: DialectRow(_T, "RFC 2634 attribute beside or without its successor"),
        _D.RAW_SIGNATURE: DialectRow(_O, "Shandong 同智伟业: r‖s in 64 octets"),
        # envelopes
        _D.KEY_TRANSPORT_IS_EXCHANGE: DialectRow(_T, "GmSSL: …301.2 for encryption"),
        _D.RECIPIENT_KEY_IDENTIFIER: DialectRow(_T, "CFCA SADK envelopes"),
        _D.SHARED_INFO: DialectRow(_T, "GB/T 35275 allows it; GmSSL writes it"),
        _D.SM4_WITHOUT_MODE: DialectRow(_T, "CFCA SADK envelopes: …104 beside an IV"),
        # what is signed
        _W.GMSSL_HEADER: DialectRow(_R, "GmSSL master src/cms.c: e = SM3(inner ContentInfo ‖ attributes), without Z"),
        _W.WITHOUT_Z: DialectRow(_R, "Tongsuo 'no Z' certificates and their tools: e = SM3(M)"),
        _W.EMPTY_ID: DialectRow(_R, "OpenSSL 3.0 without distid"),
        _W.DIGEST_SIGNED: DialectRow(_R, "tools that hash first and sign the hash as a message"),
        _W.DIGEST_OF_ATTRIBUTES_SIGNED: DialectRow(_R, "the same with attributes"),
        _W.ATTRIBUTES_TAG: DialectRow(_R, "RFC 5652 5.4 overlooked: [0] signed in place of SET OF"),
        _W.CONTENT_DESPITE_ATTRIBUTES: DialectRow(_R, "attributes added that nothing covers"),
        _W.DIGEST_WITH_Z: DialectRow(_R, "messageDigest computed as for a signature"),
    }
)
TOLERATED: Final = frozenset(name for name in Deviation if DIALECTS[name].standing is Standing.TOLERATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A signature that did not hold: what was there to be signed, and the key it should hold under."""

    message: SignedMessage
    signer: SignerInfo
    covered: ContentDigests
    key: PublicKey
    suite: SignatureSuite

    @property
    def attributes(self) -> bytes:
        """Return the attributes as the standard has them signed, empty without any."""
        return self.signer.signed_attributes or b""


def _header(case: Case) -> bytes:
    """Return what GmSSL hashes: the inner ContentInfo encoded anew, then the attributes without their header."""
    data = write.sequence(
        write.oid(oids.GBT_DATA if case.message.dialect is Dialect.GBT35275 else oids.DATA),
        write.explicit(0, write.octet_string(case.covered.octets())),
    )
    return data + _body(case.attributes)


def _body(element: bytes) -> bytes:
    return element[_body_offset(element) :] if element else b""


def _body_offset(element: bytes) -> int:
    length = element[1]
    return 2 if length < 0x80 else 2 + (length & 0x7F)  # noqa: PLR2004 - X.690 8.1.3: short and long form


def _digest_signed(case: Case) -> bytes | None:
    return None if case.attributes else case.covered.digest(case.suite.digest)


def _attributes_digest(case: Case) -> bytes | None:
    return digest(case.suite.digest, case.attributes) if case.attributes else None


def _tagged_attributes(case: Case) -> bytes | None:
    return b"\xa0" + case.attributes[1:] if case.attributes else None


def _bare_content(case: Case) -> bytes | None:
    return case.covered.octets() if case.attributes else None


# What each writer signs, and whether he puts Z before it. Without Z only SM2 is asked.
_WAYS: Final[tuple[tuple[ForeignWay, Callable[[Case], bytes | None], bool], ...]] = (
    (ForeignWay.GMSSL_HEADER, _header, False),
    (ForeignWay.DIGEST_SIGNED, _digest_signed, True),
    (ForeignWay.DIGEST_OF_ATTRIBUTES_SIGNED, _attributes_digest, True),
    (ForeignWay.ATTRIBUTES_TAG, _tagged_attributes, True),
    (ForeignWay.CONTENT_DESPITE_ATTRIBUTES, _bare_content, True),
)


def name_foreign_way(case: Case) -> ForeignWay | None:
    """Return the way a signature was made that holds for none of the standard's; None when no known way fits.

    The answer explains a refusal and never lifts one.
    """
    if case.covered.size * len(case.message.signers) > MAX_NAMED_WORK:
        return None
    for way, signed, with_z in _WAYS:
        octets = signed(case)
        if octets is not None and _fits(case, octets, with_z=with_z):
            return way
    return None


def _fits(case: Case, octets: bytes, *, with_z: bool) -> bool:
    try:
        if with_z:
            verify_signature(suite=case.suite, key=case.key, message=octets, signature=case.signer.signature)
            return True
        if case.key.kind is not KeyKind.SM2:
            return False
        bare = digest(DigestAlgorithm.SM3, octets)
        parsed = parse_sm2_signature(case.signer.signature)
        return current_engine().verify_digest(case.key.sm2_point, bare, parsed) is EngineAnswer.VALID
    except TrustError:
        return False


def is_digest_with_z(claimed: bytes, covered: ContentDigests, key: PublicKey) -> bool:
    """Tell whether a messageDigest is SM3(Z ‖ content), which belongs into a signature and not into the attribute."""
    if key.kind is not KeyKind.SM2 or covered.size > MAX_NAMED_WORK:
        return False
    return claimed == digest(DigestAlgorithm.SM3, z_value(key.sm2_point, DEFAULT_SIGNER_ID) + covered.octets())


def refusal_of(way: ForeignWay) -> TrustError:
    """Return the refusal that names a way of signing."""
    return TrustError(ErrorCode.CMS_DIALECT, DIALECTS[way].evidence, dialect=way.value)
