"""SM2 key agreement as values (GB/T 32918.3): the two roles, what the other side sends, and what comes out.

mine = agreement.start(ExchangeRole.INITIATOR, b"alice")      # send mine.share
agreed = mine.agree(PeerShare(public_key=theirs, share=received, identity=b"bob"), size=16)
agreed.confirm(received_confirmation)                         # optional; then send agreed.confirmation
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING, Final

from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.crypto.public_key import PublicKey

MAX_AGREED: Final = 1024  # octets: keys of several ciphers and codes
CONFIRMATION_SIZE: Final = 32  # an SM3 digest


@unique
class ExchangeRole(Enum):
    """Who began. Both sides must know which one they are, or they arrive at different keys."""

    INITIATOR = "A"
    RESPONDER = "B"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerShare:
    """The other side: static key, ephemeral point X ‖ Y (64 octets), and the ID under which it takes part."""

    public_key: PublicKey
    share: bytes
    identity: bytes


class AgreedKey(Secretive):
    """The key, and the values by which each side shows the other that it has the same one.

    `confirmation` is to be sent (S_A or S_B of GB/T 32918.3); what the other side sent goes to `confirm`.
    """

    __slots__ = ("_is_same", "confirmation", "key")

    def __init__(self, *, key: bytes, confirmation: bytes, is_same: Callable[[bytes], bool]) -> None:
        self.key: bytes = key
        self.confirmation: bytes = confirmation
        self._is_same = is_same

    def confirm(self, received: bytes) -> None:
        """Return when the other side has the same key (S_1 = S_B, S_2 = S_A). Raise AGREEMENT_CONFIRMATION."""
        if len(received) != CONFIRMATION_SIZE or not self._is_same(received):
            raise TrustError(ErrorCode.AGREEMENT_CONFIRMATION, "confirmation of the key agreement")


def require_agreed_size(size: int) -> None:
    """Return when a key of `size` octets may be asked for. Raise USAGE."""
    if not 1 <= size <= MAX_AGREED:
        raise TrustError(ErrorCode.USAGE, "size of an agreed key", octets=size, limit=MAX_AGREED)


def refused_share() -> TrustError:
    """Return the refusal of the other side's values; it says nothing of which part was at fault."""
    return TrustError(ErrorCode.AGREEMENT_FAILED, "the other side's points cannot be used")
