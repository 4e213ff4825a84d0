"""Sharing a private key among custodians, so that no one person can open it, and opening it with enough of them.

    made = share_key(key, name="root-ca", custodians=(...), threshold=2)
    made.key_set            # to be kept with the authority
    made.shares             # one file a custodian, sealed to his key
    open_key_set(made.key_set, (share, share))

The container is the usual PBES2 PKCS#8, under 16 random octets written in hexadecimal; those are shared, and exist nowhere else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.custody.key_set import KEY_NAME, Custodian, KeySet, Member
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs8 import MIN_ITERATIONS, decrypt_private_key, encrypt_private_key
from trustkit.custody.private_key import PrivateKey, load_private_key
from trustkit.custody.share_files import seal_share
from trustkit.custody.sharing import SECRET_SIZE, combine_shares, split_secret
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustkit.custody.sharing import Share

_SET_OCTETS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedKey:
    """What sharing a key makes: the set, and one sealed share file a custodian, in the order of the custodians."""

    key_set: KeySet
    shares: tuple[bytes, ...] = field(repr=False)


def share_key(
    key: PrivateKey,
    *,
    name: str,
    custodians: Sequence[Custodian],
    threshold: int,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> SharedKey:
    """Return the key as a set of which `threshold` custodians are needed; tried out before it is returned.

    Raises:
        TrustError: USAGE (numbers, a custodian or a custodian's key given twice, a name), ALGORITHM_MISMATCH (a custodian's key is
            not SM2), ENCRYPTION_FAILED.
    """
    if not KEY_NAME.fullmatch(name):
        raise TrustError(ErrorCode.USAGE, "a key's name is small letters, digits and hyphens")
    distinct = {each.id for each in custodians}, {each.key.spki for each in custodians}
    if any(len(values) != len(custodians) for values in distinct):
        raise TrustError(ErrorCode.USAGE, "each custodian holds one share, with a key of his own")
    secret = random(SECRET_SIZE)
    shares = split_secret(secret, threshold=threshold, count=len(custodians))
    set_id = random(_SET_OCTETS).hex()
    key_set = KeySet(
        name=name,
        set_id=set_id,
        threshold=threshold,
        members=tuple(
            Member(index=share.index, custodian=each.id, commitment=_commitment(set_id, share))
            for share, each in zip(shares, custodians, strict=True)
        ),
        public_key=key.public_key,
        # The passphrase is 128 random bits: more iterations would slow nobody down but the custodians.
        container=encrypt_private_key(key.private_key_info(), _passphrase(secret), iterations=MIN_ITERATIONS),
    )
    open_key_set(key_set, shares[len(shares) - threshold :])
    files = (seal_share(key_set, share, each) for share, each in zip(shares, custodians, strict=True))
    return SharedKey(key_set=key_set, shares=tuple(files))


def open_key_set(key_set: KeySet, shares: Sequence[Share]) -> PrivateKey:
    """Return the key from shares that were opened for this set.

    Raises:
        TrustError: SHARE_DUPLICATE, SHARE_WRONG (naming the index), SHARES_MISSING (saying how many), KEY_CONTAINER_MALFORMED.
    """
    commitments = {member.index: member.commitment for member in key_set.members}
    seen: set[int] = set()
    for share in shares:
        if share.index in seen:
            raise TrustError(ErrorCode.SHARE_DUPLICATE, "a share was given twice", index=share.index)
        seen.add(share.index)
        if commitments.get(share.index) != _commitment(key_set.set_id, share):
            raise TrustError(ErrorCode.SHARE_WRONG, "not the share this set was made with", index=share.index)
    missing = key_set.threshold - len(seen)
    if missing > 0:
        raise TrustError(ErrorCode.SHARES_MISSING, "too few shares", missing=missing, threshold=key_set.threshold)
    secret = combine_shares(shares[: key_set.threshold])
    try:
        key = load_private_key(decrypt_private_key(key_set.container, _passphrase(secret)))
    except TrustError as error:  # each share was right, so the container is not the one they were made for
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "the shared key's container does not open") from error
    if key.public_key.spki != key_set.public_key.spki:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "the container holds another key")
    return key


def _passphrase(secret: bytes) -> Passphrase:
    return Passphrase(secret.hex().encode())


def _commitment(set_id: str, share: Share) -> str:
    body = bytes.fromhex(set_id) + bytes((share.index,)) + share.octets
    return digest(DigestAlgorithm.SM3, message_of(Context.SHARE_COMMITMENT, body)).hex()
