"""Writing certificate revocation lists, version 2: octets in, octets out, no key here (RFC 5280 5.1, GB/T 20518-2018 5.3).

tbs = build_tbs_crl(CrlSpec(…, entries=(CrlEntry(serial=5, revoked_at=then, reason=RevocationReason.SUPERSEDED),)))
der = assemble_crl(tbs, suite, signer.sign(tbs))

Entries may be encoded beforehand, when a certificate is revoked, and handed over in chunks: a list of a million entries is
then put together by joining octets. A list with a `base` is a delta (5.2.4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.crl_extensions import delta_crl_indicator
from trustkit.x509.extensions import authority_key_identifier, extension
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.crypto.suites import SignatureSuite

MAX_NUMBER_BITS: Final = 159  # RFC 5280 5.2.3: at most 20 octets
_VERSION_2: Final = w.integer(1)
_ENUMERATED: Final = 0x0A
_SEQUENCE: Final = 0x30


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlEntry:
    """One revoked certificate; `unspecified` is written by leaving the reason out (RFC 5280 5.3.1)."""

    serial: int
    revoked_at: datetime
    reason: RevocationReason = RevocationReason.UNSPECIFIED
    invalidity_date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlSpec:
    """Everything a list says.

    Attributes:
        issuer_der: a DER name.
        extensions: further encoded ones; `trustkit.x509.crl_extensions` makes them.
        chunks: entries made by `encode_entry`, joined in any number of pieces, each serial number once; they stand
            before `entries`.
        base: the number of the complete list a delta begins at; None for a complete list.
    """

    suite: SignatureSuite
    issuer_der: bytes
    this_update: datetime
    next_update: datetime
    number: int
    authority_key_id: bytes
    entries: tuple[CrlEntry, ...] = ()
    extensions: tuple[bytes, ...] = ()
    chunks: Sequence[bytes] = field(default=(), repr=False)
    base: int | None = None


def build_tbs_crl(spec: CrlSpec) -> bytes:
    """Return the octets to sign, entries in order of serial number.

    Raises:
        TrustError: USAGE for reversed or naive times, a number out of range, a serial that stands twice or is not
            positive, a base above the number, removeFromCRL outside a delta.
    """
    _refuse_nonsense(spec)
    revoked = (*spec.chunks, *(encode_entry(entry) for entry in sorted(spec.entries, key=lambda e: e.serial)))
    size = sum(map(len, revoked))
    return _joined(
        _VERSION_2,
        spec.suite.algorithm_identifier(),
        spec.issuer_der,
        w.time(spec.this_update),
        w.time(spec.next_update),
        # RFC 5280 5.1.2.6: absent, not empty, when nothing is revoked
        w.header(_SEQUENCE, size) if size else b"",
        *revoked,
        w.explicit(
            0,
            w.sequence(
                authority_key_identifier(spec.authority_key_id),
                extension(oids.CRL_NUMBER, w.integer(spec.number)),
                b"" if spec.base is None else delta_crl_indicator(spec.base),
                *spec.extensions,
            ),
        ),
    )


def _joined(*parts: bytes) -> bytes:
    """Return SEQUENCE of the parts, their octets copied once: they may be tens of millions."""
    return b"".join((w.header(_SEQUENCE, sum(map(len, parts))), *parts))


def _refuse_nonsense(spec: CrlSpec) -> None:
    if spec.this_update.tzinfo is None or spec.next_update.tzinfo is None or spec.this_update >= spec.next_update:
        raise TrustError(ErrorCode.USAGE, "updates are two aware times in order")
    if spec.number < 0 or spec.number.bit_length() > MAX_NUMBER_BITS:
        raise TrustError(ErrorCode.USAGE, "the list's number has at most 20 octets")
    serials = {entry.serial for entry in spec.entries}
    if len(serials) != len(spec.entries) or (serials and min(serials) < 1):
        raise TrustError(ErrorCode.USAGE, "serial numbers are positive and stand once")
    if spec.base is not None:
        if not 0 <= spec.base <= spec.number:
            raise TrustError(ErrorCode.USAGE, "a delta begins at an earlier list, or at the one of its own number")
    elif any(entry.reason is RevocationReason.REMOVE_FROM_CRL for entry in spec.entries):
        raise TrustError(ErrorCode.USAGE, "removeFromCRL belongs to delta lists")


def encode_entry(entry: CrlEntry) -> bytes:
    """Return the entry's octets, for `CrlSpec.chunks`. Raise USAGE for a serial that is not positive or a naive time."""
    if entry.serial < 1 or entry.revoked_at.tzinfo is None:
        raise TrustError(ErrorCode.USAGE, "an entry has a positive serial number and an aware time")
    parts: list[bytes] = []
    if entry.reason is not RevocationReason.UNSPECIFIED:
        number = bytes((entry.reason.number,))
        parts.append(extension(oids.REASON_CODE, w.tlv(_ENUMERATED, number)))
    if entry.invalidity_date is not None:
        parts.append(extension(oids.INVALIDITY_DATE, w.generalized_time(entry.invalidity_date)))
    return w.sequence(w.integer(entry.serial), w.time(entry.revoked_at), w.sequence(*parts) if parts else b"")


def assemble_crl(tbs: bytes, suite: SignatureSuite, signature: bytes) -> bytes:
    """Return the list: the signed octets unchanged, the algorithm, and the signature as BIT STRING."""
    return _joined(tbs, suite.algorithm_identifier(), w.bit_string(signature))
