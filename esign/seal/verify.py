"""Verifying seals and seal signatures, in the order of the standards (GM/T 0031-2014 6.1.2 and 6.2.3, GB/T 38540-2020).

    intact = verify_seal(parse_seal(der))
    signed = verify_seal_signature(parse_seal_signature(der), content=octets)

These functions prove what mathematics can prove: who signed which octets, that the seal lists the signer, that the times
agree with each other. Trust in the maker's and signer's certificates, their revocation, and the seal's period at the
moment of asking belong to the verifier, which puts its own steps between those of `verify_seal_signature`.
"""

from __future__ import annotations

import hmac
from dataclasses import InitVar, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esign.seal.model import SealDeviation
from trustkit.cms.content import ContentDigests
from trustkit.cms.model import Deviation
from trustkit.cms.raw_signature import accept_raw, is_raw
from trustkit.crypto.digest import DigestAlgorithm, digest, digest_from_oid, digest_named
from trustkit.crypto.suites import suite_from_algorithm
from trustkit.crypto.verify import verify_signature
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import verify_token
from trustkit.x509.certificate import seen_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from esign.seal.model import UnverifiedSeal, UnverifiedSealSignature
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.timestamp.model import TimestampToken
    from trustkit.timestamp.verify import VerifiedToken
    from trustkit.x509.certificate import Certificate

_MADE_HERE: Final = object()
_PROVED: Final = 256  # seals whose maker's signature is known to hold: one stands in every document of its office


@dataclass(frozen=True, slots=True, kw_only=True)
class IntactSeal:
    """A seal whose maker's signature holds. Whether the maker is trusted, or the period has come, is not said. Made only here.

    `timestamp` is the verified token over the seal's signature, None also where it does not hold; `notes` name deviations.
    """

    seal: UnverifiedSeal
    maker: Certificate
    suite: SignatureSuite
    timestamp: VerifiedToken | None
    notes: tuple[str, ...]
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "an IntactSeal comes from verify_seal"
            raise TypeError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticSealSignature:
    """A seal signature whose value holds, by a signer the seal lists; over what, and whether the seal is one, is not said.

    `claimed_time` is the signer's word; `timestamp` is the verified token over the signature, None also where it does not hold,
    or that of a v1 timeInfo. `notes` name deviations. Made only here.
    """

    signature: UnverifiedSealSignature
    certificate: Certificate
    suite: SignatureSuite
    claimed_time: datetime
    timestamp: VerifiedToken | None
    notes: tuple[str, ...]
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = f"a {type(self).__name__} is made by those who verify it"
            raise TypeError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntactSealSignature(AuthenticSealSignature):
    """An authentic seal signature that holds besides: over the given data, with an intact seal, at a time inside its period.

    `content_digest` is what dataHash was made by. Whether maker, signer or time-stamp authority are trusted is not said. Made only
    here.
    """

    seal: IntactSeal
    content_digest: DigestAlgorithm


def verify_seal(seal: UnverifiedSeal) -> IntactSeal:
    """Return the seal with its maker once the maker's signature holds (0031 6.1.2 a, b).

    Raises:
        TrustError: SEAL_SIGNATURE (its detail names the cause), SEAL_VALIDITY when the period runs backwards, ALGORITHM_*,
            CERTIFICATE_MALFORMED, KEY_*.
    """
    maker = seen_certificate(seal.maker_certificate)
    suite = suite_from_algorithm(seal.signature_oid, None, key=maker.public_key)
    proved = _proved(digest(DigestAlgorithm.SHA256, seal.raw), maker.spki)
    if not proved:
        _prove(seal, suite, maker)
        proved.append(True)
    if seal.valid_from > seal.valid_until:
        raise TrustError(ErrorCode.SEAL_VALIDITY, "the seal's period ends before it begins")
    timestamp = _held_stamp(seal.timestamp, seal.signature)
    return IntactSeal(seal=seal, maker=maker, suite=suite, timestamp=timestamp, notes=seal.notes, made_here=_MADE_HERE)


@lru_cache(maxsize=_PROVED)
def _proved(seal_digest: bytes, spki: bytes) -> list[bool]:
    """Return where it is noted that this seal was signed by this key, which stays so. A refusal is not noted."""
    del seal_digest, spki
    return []


def _prove(seal: UnverifiedSeal, suite: SignatureSuite, maker: Certificate) -> None:
    try:
        verify_signature(suite=suite, key=maker.public_key, message=seal.signed, signature=seal.signature)
    except TrustError as error:
        raise TrustError(
            ErrorCode.SEAL_SIGNATURE, "the maker's signature does not hold", cause=error.code.value
        ) from error


def verify_seal_signature(
    signature: UnverifiedSealSignature, *, content: bytes | ContentDigests, accepted: frozenset[str] = frozenset()
) -> IntactSealSignature:
    """Return signer, seal and times once everything inside the signature holds (0031 6.2.3; GB/T 38540).

    `content` is what dataHash protects: the octets of Signature.xml in OFD, of the byte range in PDF. `accepted` names
    dialects accepted on request (`trustkit.cms.model.Deviation`).

    Raises:
        TrustError: what `authenticate_seal_signature`, `require_protected`, `verify_seal` and `require_seal_period` raise.
    """
    authentic = authenticate_seal_signature(signature, accepted=accepted)  # b
    content_digest = require_protected(authentic, content)  # e
    seal = verify_seal(signature.seal)  # f
    require_seal_period(seal, authentic.claimed_time)
    return IntactSealSignature(
        signature=signature,
        seal=seal,
        certificate=authentic.certificate,
        suite=authentic.suite,
        claimed_time=authentic.claimed_time,
        timestamp=authentic.timestamp,
        content_digest=content_digest,
        notes=(*authentic.notes, *other_digest_note(authentic.suite, content_digest)),
        made_here=_MADE_HERE,
    )


def authenticate_seal_signature(
    signature: UnverifiedSealSignature, *, accepted: frozenset[str] = frozenset()
) -> AuthenticSealSignature:
    """Return who signed the TBS_Sign (0031 6.2.3 b), once the seal inside lists him and the time stamp is one.

    Raises:
        TrustError: SIGNATURE_*, ALGORITHM_*, CERTIFICATE_MALFORMED, KEY_*; SEAL_SIGNER when the seal does not list the
            signer, ALGORITHM_* where that cannot be told; TIMESTAMP_* for a token in a v1 timeInfo that is none; SEAL_MALFORMED without a time.
    """
    signer = seen_certificate(signature.certificate)
    suite = suite_from_algorithm(signature.signature_oid, None, key=signer.public_key)
    value, notes = signature.signature, signature.notes
    if is_raw(signer.public_key, value):
        value, notes = accept_raw(value, accepted), (*notes, Deviation.RAW_SIGNATURE)
    verify_signature(suite=suite, key=signer.public_key, message=signature.to_sign, signature=value)
    require_listed(signature.seal, signature.certificate)
    timestamp = _held_stamp(signature.timestamp, signature.signature)
    if signature.time_token is not None:
        timestamp, more = _own_token(signature.time_token, signature.data_hash)
        notes = (*notes, *more)
    claimed = signature.claimed_time or (timestamp.gen_time if timestamp else None)
    if claimed is None:
        raise TrustError(ErrorCode.SEAL_MALFORMED, "the signature names no time")
    return AuthenticSealSignature(
        signature=signature,
        certificate=signer,
        suite=suite,
        claimed_time=claimed,
        timestamp=timestamp,
        notes=notes,
        made_here=_MADE_HERE,
    )


def require_protected(authentic: AuthenticSealSignature, content: bytes | ContentDigests | None) -> DigestAlgorithm:
    """Return by which digest dataHash is that of the octets: the signature's, SM3 for SM2 (0031 6.2.3 e), or another as long.

    The syntax names no algorithm for it, and what one strong digest proves another proves as well.

    Raises:
        TrustError: CMS_CONTENT_MISSING without any, CMS_DIGEST_MISMATCH.
    """
    if content is None:
        raise TrustError(ErrorCode.CMS_CONTENT_MISSING, "what the seal was put on was not given")
    covered = content if isinstance(content, ContentDigests) else ContentDigests(content)
    usual, found = authentic.suite.digest, authentic.signature.data_hash
    for kind in (usual, *(each for each in DigestAlgorithm if each is not usual and not each.weak)):
        if kind.size == len(found) and hmac.compare_digest(covered.digest(kind), found):
            return kind
    raise TrustError(ErrorCode.CMS_DIGEST_MISMATCH, "dataHash is not the digest of the protected octets")


def other_digest_note(suite: SignatureSuite, used: DigestAlgorithm) -> tuple[str, ...]:
    """Return the note that dataHash is by another digest than the signature's, none where it is not."""
    return () if used is suite.digest else (SealDeviation.DATA_HASH,)


def require_seal_period(seal: IntactSeal, at: datetime) -> datetime:
    """Return `at` when it lies within validStart and validEnd, both included (0031 6.1.2 d). Raise SEAL_VALIDITY."""
    if not seal.seal.valid_from <= at <= seal.seal.valid_until:
        raise TrustError(
            ErrorCode.SEAL_VALIDITY,
            "outside the seal's period",
            at=at.isoformat(),
            valid_from=seal.seal.valid_from.isoformat(),
            valid_until=seal.seal.valid_until.isoformat(),
        )
    return at


def require_listed(seal: UnverifiedSeal, certificate: bytes) -> None:
    """Refuse a signer whom the seal does not list, by octets or by digest (GB/T 38540, certListType 1 and 2).

    The type of a digest is free text there. A name or identifier that is known is believed; under any other the digests that are of
    the value's length are tried, and one that holds is proof enough.

    Raises:
        TrustError: SEAL_SIGNER; ALGORITHM_WEAK where a digest that can be forged lists him, ALGORITHM_UNKNOWN where one of an unknown
            kind could.
    """
    if certificate in seal.certificates:
        return
    unknown = weak = ""
    own = {kind: digest(kind, certificate, allow_weak=True) for kind in DigestAlgorithm if seal.certificate_digests}
    for entry in seal.certificate_digests:
        named = _digest_kind(entry.type)
        tried = own if named is None else (named,)
        held = [kind for kind in tried if hmac.compare_digest(entry.value, own[kind])]
        if any(not kind.weak for kind in held):
            return
        if held:
            weak = held[0].value
        elif named is None:
            unknown = entry.type
    if weak:
        raise TrustError(
            ErrorCode.ALGORITHM_WEAK, "the seal lists the signer by a digest that can be forged", algorithm=weak
        )
    if unknown:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "digest of a certificate that a seal lists", type=unknown[:64])
    raise TrustError(ErrorCode.SEAL_SIGNER, "the seal does not list the signer's certificate")


def _digest_kind(written: str) -> DigestAlgorithm | None:
    """Return what a CertDigestObj.type means, a name or an identifier; None where that is not known."""
    try:
        return digest_named(written) or digest_from_oid(written.strip(), allow_weak=True)
    except TrustError:
        return None


def require_stamp(token: bytes, stamped: bytes) -> VerifiedToken:
    """Return the token over `stamped`. Raise TIMESTAMP_* and what its own verification raises."""
    return verify_token(_parsed_stamp(token), data=stamped)


def _held_stamp(token: bytes | None, stamped: bytes) -> VerifiedToken | None:
    """Return the token over a signature where there is one that holds.

    It is not signed: anybody could spoil a good signature by one that is junk. Who judges tells of it, and takes no time from it
    (`verifier.judgement.stamp`).
    """
    if token is None:
        return None
    try:
        return require_stamp(token, stamped)
    except TrustError:
        return None


def _own_token(octets: bytes, data_hash: bytes) -> tuple[VerifiedToken, tuple[str, ...]]:
    """Return the token of a v1 timeInfo, which holds by itself, and a note where it does not stamp dataHash.

    What it stamps could not be established. The signature value it cannot be, for the token is inside what is signed; so its time is
    the signer's word, whatever it stamps.
    """
    token = _parsed_stamp(octets)
    notes = () if hmac.compare_digest(token.imprint, data_hash) else (SealDeviation.STAMPED_ELSE,)
    return verify_token(token, imprint=token.imprint), notes


def _parsed_stamp(token: bytes) -> TimestampToken:
    """Return the token inside a seal; a public sample carries ``010203`` there, which is no reason to look away."""
    try:
        return parse_token(token)
    except TrustError as error:
        raise TrustError(
            ErrorCode.TIMESTAMP_MALFORMED, "what stands for a time stamp is none", cause=error.code.value
        ) from error
