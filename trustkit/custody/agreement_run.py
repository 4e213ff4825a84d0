"""One SM2 key agreement between two sides who exchange files, with confirmation both ways (GB/T 32918.3 6.1, A1 to B10).

    offered = offer(alice, bob_known, identity=b"alice", now=now)             # A1 to A3
    answered = answer(bob, offered.message, alice_known, identity=b"bob", now=now)   # B1 to B9
    finished = finish(alice, alice_waits, answered.message, now=now, size=16)        # A4 to A10
    secret = confirm(bob, bob_waits, finished.message, now=now, size=16)             # B10

Between the steps a side keeps a `Pending`, whose ephemeral key only its own static key opens. Whoever keeps it must destroy it before
`finish` or `confirm` is called: an ephemeral key serves once. No side has the key before the other has shown that it has the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.agreement import ExchangeRole, PeerShare
from trustkit.custody.agreement_files import (
    Answer,
    Confirmation,
    Offer,
    Pending,
    name_of,
    parse_answer,
    parse_confirmation,
    parse_offer,
)
from trustkit.custody.private_key import PrivateKey, generate_key, load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.custody.sealed import open_sealed, seal
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.agreement import AgreedKey

LIFETIME: Final = timedelta(days=7)  # of an offer, and of the ephemeral keys kept for it
_CLOCKS: Final = timedelta(days=1)  # two clocks may differ by
_LEAST: Final = 1  # octet of key where only the confirmation value is wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPeer:
    """Who the other side must be: its static key, from its certificate, and its ID."""

    public_key: PublicKey
    identity: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A step that waits for another: what goes to the other side, and what is kept for its answer."""

    message: bytes
    pending: Pending


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The initiator's end: the key, and the confirmation for the other side."""

    key: bytes = field(repr=False)
    message: bytes


def offer(key: PrivateKey, peer: KnownPeer, *, identity: bytes, now: datetime) -> Sent:
    """Return an offer of `key` to `peer`. Raise ALGORITHM_MISMATCH (not SM2), USAGE (its own key), SIGNING_FAILED."""
    _require_two(key, peer)
    ephemeral = generate_key(KeyKind.SM2)
    side = PeerShare(public_key=key.public_key, share=ephemeral.public_key.sm2_point, identity=identity)
    expires = now.replace(microsecond=0) + LIFETIME
    message = Offer(side=side, expires=expires).encode()
    unknown = PeerShare(public_key=peer.public_key, share=b"", identity=peer.identity)
    return Sent(
        message=message, pending=_kept(ExchangeRole.INITIATOR, side, unknown, message, expires, ephemeral=ephemeral)
    )


def answer(key: PrivateKey, message: bytes, peer: KnownPeer, *, identity: bytes, now: datetime) -> Sent:
    """Return the answer to an offer, which must be `peer`'s.

    Raises:
        TrustError: AGREEMENT_MALFORMED; AGREEMENT_MISMATCH (another key or ID); AGREEMENT_EXPIRED; AGREEMENT_FAILED; what `offer`
            raises.
    """
    _require_two(key, peer)
    offered = parse_offer(message)
    _require_peer(offered.side, peer.public_key, peer.identity)
    _require_current(offered.expires, now)
    if offered.expires > now + LIFETIME + _CLOCKS:
        raise TrustError(ErrorCode.AGREEMENT_EXPIRED, "the offer says to live longer than offers do")
    ephemeral = generate_key(KeyKind.SM2)
    side = PeerShare(public_key=key.public_key, share=ephemeral.public_key.sm2_point, identity=identity)
    agreed = _agree(key, ExchangeRole.RESPONDER, ephemeral, identity, offered.side, size=_LEAST)
    said = Answer(side=side, offer=name_of(message), confirmation=agreed.confirmation).encode()
    kept = _kept(ExchangeRole.RESPONDER, side, offered.side, said, offered.expires, ephemeral=ephemeral)
    return Sent(message=said, pending=kept)


def require_answer(key: PrivateKey, pending: Pending, message: bytes, *, now: datetime) -> Answer:
    """Return the answer a pending offer of `key` waits for, nothing secret used yet.

    Raises:
        TrustError: AGREEMENT_MALFORMED; AGREEMENT_MISMATCH (not the offer's key, another run, key or ID); AGREEMENT_EXPIRED.
    """
    _require_own(key, pending, ExchangeRole.INITIATOR)
    found = parse_answer(message)
    _require_run(found.offer, pending)
    _require_peer(found.side, pending.peer.public_key, pending.peer.identity)
    _require_current(pending.expires, now)
    return found


def require_confirmation(key: PrivateKey, pending: Pending, message: bytes, *, now: datetime) -> Confirmation:
    """Return the confirmation a pending answer of `key` waits for. Raise as `require_answer`."""
    _require_own(key, pending, ExchangeRole.RESPONDER)
    found = parse_confirmation(message)
    _require_run(found.answer, pending)
    _require_current(pending.expires, now)
    return found


def finish(key: PrivateKey, pending: Pending, message: bytes, *, now: datetime, size: int) -> Finished:
    """Return the key of `size` octets and the confirmation to send, the answer's S_B having been found right.

    Raises:
        TrustError: what `require_answer` raises; AGREEMENT_MALFORMED (the pending file was changed); AGREEMENT_FAILED;
            AGREEMENT_CONFIRMATION; USAGE (size).
    """
    found = require_answer(key, pending, message, now=now)
    agreed = _agree(key, pending.role, _ephemeral(key, pending), pending.own.identity, found.side, size=size)
    agreed.confirm(found.confirmation)
    said = Confirmation(answer=name_of(message), confirmation=agreed.confirmation).encode()
    return Finished(key=agreed.key, message=said)


def confirm(key: PrivateKey, pending: Pending, message: bytes, *, now: datetime, size: int) -> bytes:
    """Return the responder's key of `size` octets, S_A having been found right. Raise as `finish`."""
    found = require_confirmation(key, pending, message, now=now)
    agreed = _agree(key, pending.role, _ephemeral(key, pending), pending.own.identity, pending.peer, size=size)
    agreed.confirm(found.confirmation)
    return agreed.key


def _agree(
    key: PrivateKey, role: ExchangeRole, ephemeral: PrivateKey, identity: bytes, peer: PeerShare, *, size: int
) -> AgreedKey:
    return key.key_agreement().resume(role, identity, ephemeral.key_agreement()).agree(peer, size=size)


def _kept(
    role: ExchangeRole, own: PeerShare, peer: PeerShare, message: bytes, expires: datetime, *, ephemeral: PrivateKey
) -> Pending:
    plain = Pending(role=role, own=own, peer=peer, sent=name_of(message), expires=expires, sealed=b"")
    sealed = seal(own.public_key, ephemeral.private_key_info(), bound=_bound(plain))
    return Pending(role=role, own=own, peer=peer, sent=plain.sent, expires=expires, sealed=sealed)


def _ephemeral(key: PrivateKey, pending: Pending) -> PrivateKey:
    try:
        return load_private_key(
            parse_private_key_info(open_sealed(key.decryptor(), pending.sealed, bound=_bound(pending)))
        )
    except TrustError as error:
        raise TrustError(ErrorCode.AGREEMENT_MALFORMED, "what was kept for this run was changed") from error


def _bound(pending: Pending) -> bytes:
    return message_of(Context.AGREEMENT_PENDING, canonical_json(pending.plain()))


def _require_two(key: PrivateKey, peer: KnownPeer) -> None:
    for kind in (key.kind, peer.public_key.kind):
        if kind is not KeyKind.SM2:
            raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "this key agreement is SM2's", key=kind.value)
    if key.public_key.sm2_point == peer.public_key.sm2_point:
        raise TrustError(ErrorCode.USAGE, "the other side's key is this side's own")


def _require_own(key: PrivateKey, pending: Pending, role: ExchangeRole) -> None:
    if pending.role is not role:
        raise TrustError(ErrorCode.AGREEMENT_MISMATCH, "what was kept is for the other role", role=pending.role.value)
    if key.public_key.spki != pending.own.public_key.spki:
        raise TrustError(ErrorCode.AGREEMENT_MISMATCH, "the run was begun with another key")


def _require_peer(side: PeerShare, key: PublicKey, identity: bytes) -> None:
    if side.public_key.sm2_point != key.sm2_point:
        raise TrustError(ErrorCode.AGREEMENT_MISMATCH, "not the other side's key")
    if side.identity != identity:
        raise TrustError(ErrorCode.AGREEMENT_MISMATCH, "not the other side's ID")


def _require_run(named: str, pending: Pending) -> None:
    if named != pending.sent:
        raise TrustError(ErrorCode.AGREEMENT_MISMATCH, "it belongs to another run")


def _require_current(expires: datetime, now: datetime) -> None:
    if now > expires:
        raise TrustError(ErrorCode.AGREEMENT_EXPIRED, "an offer and its answer serve for seven days")
