"""Writing certificate revocation lists, version 2: octets in, octets out, no key here (RFC 5280 5.1, GB/T 20518-2018 5.3).

tbs = build_tbs_crl(CrlSpec(…, entries=(CrlEntry(serial=5, revoked_at=then, reason=RevocationReason.SUPERSEDED),)))
der = assemble_crl(tbs, suite, signer.sign(tbs))
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extensions import authority_key_identifier, extension
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from trustkit.crypto.suites import SignatureSuite

MAX_NUMBER_BITS: Final = 159  # RFC 5280 5.2.3: at most 20 octets
_VERSION_2: Final = w.integer(1)
_ENUMERATED: Final = 0x0A


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlEntry:
    """One revoked certificate; `unspecified` is written by leaving the reason out (RFC 5280 5.3.1)."""

    serial: int
    revoked_at: datetime
    reason: RevocationReason = RevocationReason.UNSPECIFIED
    invalidity_date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlSpec:
    """Everything a list says. `issuer_der` is a DER name; `extensions` are further encoded ones, rarely needed."""

    suite: SignatureSuite
    issuer_der: bytes
    this_update: datetime
    next_update: datetime
    number: int
    authority_key_id: bytes
    entries: tuple[CrlEntry, ...] = ()
    extensions: tuple[bytes, ...] = ()


def build_tbs_crl(spec: CrlSpec) -> bytes:
    """Return the octets to sign, entries in order of serial number.

    Raises:
        TrustError: USAGE for reversed or naive times, a number out of range, a serial that stands twice or is not
            positive, removeFromCRL (delta lists are not written).
    """
    _refuse_nonsense(spec)
    revoked = b"".join(_entry(entry) for entry in sorted(spec.entries, key=lambda e: e.serial))
    return w.sequence(
        _VERSION_2,
        spec.suite.algorithm_identifier(),
        spec.issuer_der,
        w.time(spec.this_update),
        w.time(spec.next_update),
        # RFC 5280 5.1.2.6: absent, not empty, when nothing is revoked
        w.sequence(revoked) if revoked else b"",
        w.explicit(
            0,
            w.sequence(
                authority_key_identifier(spec.authority_key_id),
                extension(oids.CRL_NUMBER, w.integer(spec.number)),
                *spec.extensions,
            ),
        ),
    )


def _refuse_nonsense(spec: CrlSpec) -> None:
    if spec.this_update.tzinfo is None or spec.next_update.tzinfo is None or spec.this_update >= spec.next_update:
        raise TrustError(ErrorCode.USAGE, "updates are two aware times in order")
    if spec.number < 0 or spec.number.bit_length() > MAX_NUMBER_BITS:
        raise TrustError(ErrorCode.USAGE, "the list's number has at most 20 octets")
    serials = {entry.serial for entry in spec.entries}
    if len(serials) != len(spec.entries) or (serials and min(serials) < 1):
        raise TrustError(ErrorCode.USAGE, "serial numbers are positive and stand once")
    if any(entry.reason is RevocationReason.REMOVE_FROM_CRL for entry in spec.entries):
        raise TrustError(ErrorCode.USAGE, "removeFromCRL belongs to delta lists")


def _entry(entry: CrlEntry) -> bytes:
    parts: list[bytes] = []
    if entry.reason is not RevocationReason.UNSPECIFIED:
        number = bytes((entry.reason.number,))
        parts.append(extension(oids.REASON_CODE, w.tlv(_ENUMERATED, number)))
    if entry.invalidity_date is not None:
        parts.append(extension(oids.INVALIDITY_DATE, w.generalized_time(entry.invalidity_date)))
    return w.sequence(w.integer(entry.serial), w.time(entry.revoked_at), w.sequence(*parts) if parts else b"")


def assemble_crl(tbs: bytes, suite: SignatureSuite, signature: bytes) -> bytes:
    """Return the list: the signed octets unchanged, the algorithm, and the signature as BIT STRING."""
    return w.sequence(tbs, suite.algorithm_identifier(), w.bit_string(signature))
