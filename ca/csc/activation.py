"""Signature activation data (SAD): one authorization to sign just these hashes, once, by one client, soon.

Of the SAD only a digest is kept, as of a client's secret. It is spent in the transaction that records the intent to sign: of two
processes one gets it, and after a crash it is gone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import csc_activations
from trustkit.store.csc_activations import ActivationRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.store.unit_of_work import UnitOfWork

SAD_OCTETS: Final = 32
_REMEMBERED: Final = timedelta(days=1)  # after its end: a late use is told that it expired, then that it is unknown
_SAD_CONTEXT: Final = b"trustkit csc sad v1\n"
_HASHES_CONTEXT: Final = b"trustkit csc hashes v1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorized:
    """What is authorized: which client, with which credential, which hashes by which algorithm, in their order."""

    client: str
    credential: str
    algorithm: DigestAlgorithm
    hashes: tuple[bytes, ...]

    def hashes_sm3(self) -> str:
        """Return the digest that stands for the hashes; each has its algorithm's length, so nothing can be moved between them."""
        octets = self.algorithm.value.encode("ascii") + b"\n" + b"".join(self.hashes)
        return digest(DigestAlgorithm.SM3, _HASHES_CONTEXT + octets).hex()


def grant(
    uow: UnitOfWork,
    what: Authorized,
    *,
    now: datetime,
    lifetime: timedelta,
    random_octets: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Keep an authorization and return its SAD, which is nowhere else; those long ended are forgotten."""
    sad = encode_base64url(random_octets(SAD_OCTETS))
    csc_activations.forget(uow, before=now - _REMEMBERED)
    row = ActivationRow(
        sad_sm3=_digest_of(sad),
        client=what.client,
        credential=what.credential,
        hashes_sm3=what.hashes_sm3(),
        created_at=now,
        expires_at=now + lifetime,
    )
    csc_activations.add(uow, row)
    return sad


def spend(uow: UnitOfWork, sad: str, what: Authorized, *, now: datetime) -> None:
    """Use an authorization up.

    Raises:
        TrustError: CA_ACTIVATION: unknown, another client's or credential's, and used before get one answer; ended, and for other
            hashes, are told apart.
    """
    key = _digest_of(sad)
    row = csc_activations.find(uow, key)
    if row is None or (row.client, row.credential) != (what.client, what.credential) or row.used_at is not None:
        raise _refused("Invalid parameter SAD")
    if now >= row.expires_at:
        raise _refused("SAD expired")
    if row.hashes_sm3 != what.hashes_sm3():
        raise _refused("Hash is not authorized by the SAD")
    if not csc_activations.use(uow, key, at=now):
        raise _refused("Invalid parameter SAD")


def _digest_of(sad: str) -> str:
    return digest(DigestAlgorithm.SM3, _SAD_CONTEXT + sad.encode("utf-8", "surrogatepass")).hex()


def _refused(told: str) -> TrustError:
    return TrustError(ErrorCode.CA_ACTIVATION, told)
