"""Escrow of encryption keys: sealed to the recovery key, which no one person has, and bound to the certificate they are for.

    row = seal_escrow(key, EscrowBinding(serial=serial, tbs_sm3=…), recovery, at=now)
    key = open_escrow(row, recovery_private.decryptor())

The issuing process has the recovery key's public half alone and cannot read back what it wrote. The escrow is durable before the
certificate is signed, so it is bound to the digest of what will be signed (TBSCertificate), which the certificate carries for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.operators import key_digest
from trustkit.crypto.contexts import Context, message_of
from trustkit.custody.private_key import PrivateKey, load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.custody.sealed import open_sealed, seal
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.escrow import EscrowRow

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.port import Decryptor


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryKey:
    """The public half of the recovery key, and the set of shares that holds the other half."""

    set_id: str
    public_key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class EscrowBinding:
    """What an escrowed key is for: the certificate's serial (hex) and the SM3 of its TBSCertificate (hex)."""

    serial: str
    tbs_sm3: str


def seal_escrow(key: PrivateKey, binding: EscrowBinding, recovery: RecoveryKey, *, at: datetime) -> EscrowRow:
    """Return the row to keep. Raise ENCRYPTION_FAILED."""
    public_key_sm3 = key_digest(key.public_key)
    bound = _bound(binding.serial, binding.tbs_sm3, public_key_sm3, recovery.set_id)
    return EscrowRow(
        serial=binding.serial,
        public_key_sm3=public_key_sm3,
        tbs_sm3=binding.tbs_sm3,
        key_set=recovery.set_id,
        escrowed_at=at,
        envelope=seal(recovery.public_key, key.private_key_info(), bound=bound),
    )


def open_escrow(row: EscrowRow, decryptor: Decryptor) -> PrivateKey:
    """Return the key in escrow; the inverse of `seal_escrow`.

    Raises:
        TrustError: ESCROW_DESTROYED; DECRYPTION_FAILED (another recovery key, a row that was changed); KEY_CONTAINER_MALFORMED.
    """
    if row.envelope is None:
        raise TrustError(ErrorCode.ESCROW_DESTROYED, "the key was destroyed")
    bound = _bound(row.serial, row.tbs_sm3, row.public_key_sm3, row.key_set)
    key = load_private_key(parse_private_key_info(open_sealed(decryptor, row.envelope, bound=bound)))
    if key_digest(key.public_key) != row.public_key_sm3:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "another key than the one escrowed")
    return key


def _bound(serial: str, tbs_sm3: str, public_key_sm3: str, set_id: str) -> bytes:
    said = {"serial": serial, "tbs": tbs_sm3, "public_key": public_key_sm3, "set": set_id}
    return message_of(Context.ESCROW, canonical_json(dict(said)))
