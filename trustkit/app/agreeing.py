"""The acts of ``trustkit key agree``: SM2 key agreement between two people who send each other files.

An ephemeral key is kept in a file of mode 0600, sealed to the static key, and the file is gone before the key is used: whatever comes
of it, it serves once. The agreed key is written to a file of mode 0600 and shown nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.app.files import read_input, write_output
from trustkit.app.key_tools import SECRET_MODE, Told, require_writable
from trustkit.clock import format_rfc3339
from trustkit.crypto.kdf import derive_hkdf
from trustkit.crypto.mac import MacAlgorithm
from trustkit.custody import agreement_run
from trustkit.custody.agreement import require_agreed_size
from trustkit.custody.agreement_files import MAX_AGREEMENT_FILE, Pending, parse_pending
from trustkit.custody.key_files import read_private_file, remove_private_file
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from trustkit.custody.agreement_run import KnownPeer, Sent
    from trustkit.custody.private_key import PrivateKey
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a first step writes: the message for the other side, and what is kept until it answers."""

    message: Path
    pending: Path

    def require_writable(self) -> None:
        """Raise USAGE (one file for both), OUTPUT_EXISTS, DISK_UNWRITABLE."""
        _require_distinct(self.message, self.pending)
        for path in (self.message, self.pending):
            require_writable(path, replace=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWanted:
    """The key to write: `size` octets of SM2's own derivation, or of HKDF-SM3 (RFC 5869) over it where `info` is given."""

    out: Path
    size: int
    info: bytes | None = None
    salt: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        """Raise USAGE for a size no key is agreed on of."""
        require_agreed_size(self.size)

    @property
    def agreed_size(self) -> int:
        """Octets to agree on: HKDF is fed a whole digest's worth, however short the key is."""
        return self.size if self.info is None else MacAlgorithm.HMAC_SM3.size

    def derive(self, agreed: bytes) -> bytes:
        """Return the key."""
        if self.info is None:
            return agreed
        return derive_hkdf(MacAlgorithm.HMAC_SM3, agreed, salt=self.salt, info=self.info, size=self.size)


def require_for_agreement(certificate: Certificate) -> None:
    """Raise CERTIFICATE_PURPOSE where keyUsage does not name keyAgreement (RFC 5280 4.2.1.3; GB/T 20518 puts it beside the other two)."""
    if certificate.key_usage is not None and "keyAgreement" not in certificate.key_usage:
        raise TrustError(ErrorCode.CERTIFICATE_PURPOSE, "keyUsage lacks keyAgreement")


def make_offer(key: PrivateKey, peer: KnownPeer, places: Places, *, identity: bytes, now: datetime) -> Told:
    """Write an offer. Raise what `agreement_run.offer` and `write_output` raise."""
    places.require_writable()
    return _sent("offer", agreement_run.offer(key, peer, identity=identity, now=now), places)


def answer_offer(
    file: Path, key: PrivateKey, peer: KnownPeer, places: Places, *, identity: bytes, now: datetime
) -> Told:
    """Write the answer to an offer. Raise what `agreement_run.answer` and `write_output` raise."""
    places.require_writable()
    message = read_input(file, limit=MAX_AGREEMENT_FILE)
    return _sent("answer", agreement_run.answer(key, message, peer, identity=identity, now=now), places)


def finish_offer(
    file: Path, key: PrivateKey, pending: Path, wanted: KeyWanted, confirmation: Path, *, now: datetime
) -> Told:
    """Write the initiator's key and the confirmation for the other side.

    Raise what `agreement_run.finish`, `read_private_file` and `write_output` raise, AGREEMENT_OVER where it has ended.
    """
    _require_distinct(wanted.out, confirmation)
    for path in (wanted.out, confirmation):
        require_writable(path, replace=False)
    message = read_input(file, limit=MAX_AGREEMENT_FILE)

    def fits(kept: Pending) -> object:
        return agreement_run.require_answer(key, kept, message, now=now)

    kept = _take(pending, fits)
    done = agreement_run.finish(key, kept, message, now=now, size=wanted.agreed_size)
    # The confirmation comes first: a key that is there can be confirmed, and of a run that stopped in between nobody uses one.
    write_output(confirmation, done.message)
    write_output(wanted.out, wanted.derive(done.key), mode=SECRET_MODE)
    return Told(facts=(("confirmation", str(confirmation)), *_written(wanted, kept)))


def confirm_answer(file: Path, key: PrivateKey, pending: Path, wanted: KeyWanted, *, now: datetime) -> Told:
    """Write the responder's key, once the initiator has shown that it has the same. Raise as `finish_offer`."""
    require_writable(wanted.out, replace=False)
    message = read_input(file, limit=MAX_AGREEMENT_FILE)

    def fits(kept: Pending) -> object:
        return agreement_run.require_confirmation(key, kept, message, now=now)

    kept = _take(pending, fits)
    agreed = agreement_run.confirm(key, kept, message, now=now, size=wanted.agreed_size)
    write_output(wanted.out, wanted.derive(agreed), mode=SECRET_MODE)
    return Told(facts=_written(wanted, kept))


def _take(path: Path, fits: Callable[[Pending], object]) -> Pending:
    """Return what was kept, which exists nowhere any more. What does not fit the run leaves it there; an expired one goes."""
    try:
        kept = parse_pending(read_private_file(path, limit=MAX_AGREEMENT_FILE))
        fits(kept)
        remove_private_file(path)  # of two at once, one finds it gone
    except TrustError as error:
        if error.code is ErrorCode.AGREEMENT_EXPIRED:
            remove_private_file(path)
        if error.code is ErrorCode.KEY_MISSING:
            raise TrustError(ErrorCode.AGREEMENT_OVER, "no such file", file=path.name) from error
        raise
    return kept


def _sent(what: str, sent: Sent, places: Places) -> Told:
    # What is kept is written first: a message without it could be answered, and the answer not be used.
    write_output(places.pending, sent.pending.encode(), mode=SECRET_MODE)
    write_output(places.message, sent.message)
    return Told(
        facts=(
            (what, str(places.message)),
            ("pending", str(places.pending)),
            ("expires", format_rfc3339(sent.pending.expires)),
            ("peer_key_id", sent.pending.peer.public_key.identifier.hex()),
        )
    )


def _written(wanted: KeyWanted, kept: Pending) -> tuple[tuple[str, str | int], ...]:
    return (
        ("key", str(wanted.out)),
        ("octets", wanted.size),
        ("derivation", "sm2" if wanted.info is None else "hkdf-sm3"),
        ("peer_key_id", kept.peer.public_key.identifier.hex()),
    )


def _require_distinct(one: Path, other: Path) -> None:
    if one.absolute() == other.absolute():
        raise TrustError(ErrorCode.USAGE, "two things to write need two files", file=one.name)
