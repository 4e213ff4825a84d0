"""The key that a licence's holder is found by: the register has a digest of his code under it and never the code.

It lies with the home's keys, closed to others, and is made when a licence is first issued. It is under no passphrase, so that looking
somebody up opens no signing key; what it keeps apart is the register's index, its copies and its query logs from whoever has only those.
A home that lost it finds nobody by code any more; nothing else is lost.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from trustkit.app.home import KEYS
from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.mac import MacAlgorithm, compute_mac
from trustkit.custody.key_files import read_private_file, write_new_private_file
from trustkit.errors import ErrorCode, TrustError
from trustkit.licence_codes import LicenceCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOLDER_KEY_FILE: Final = "licence-holders.key"
_SIZE: Final = 32


def holder_index(
    home: Path, *, make: bool = False, random: Callable[[int], bytes] = secrets.token_bytes
) -> Callable[[str], str]:
    """Return what makes the digest (HMAC-SM3, 64 hex digits) of a holder's code; with `make` its key is made where there is none.

    Raises:
        TrustError: HOLDER_KEY when there is none or it is damaged; KEY_FILE_MODE; DISK_FULL, DISK_UNWRITABLE.
    """
    key = _read(home / KEYS / HOLDER_KEY_FILE, make=make, random=random)

    def digest_of(code: str) -> str:
        return compute_mac(MacAlgorithm.HMAC_SM3, key, message_of(Context.LICENCE_HOLDER, code.encode())).hex()

    return digest_of


def _read(path: Path, *, make: bool, random: Callable[[int], bytes]) -> bytes:
    if make and not path.exists():
        try:
            write_new_private_file(path, random(_SIZE))
        except TrustError as error:
            if error.code is not ErrorCode.KEY_EXISTS:  # another process made it meanwhile
                raise
    try:
        key = read_private_file(path, limit=_SIZE)
    except TrustError as error:
        if error.code in {ErrorCode.KEY_MISSING, ErrorCode.INPUT_TOO_LARGE}:
            raise TrustError(LicenceCode.HOLDER_KEY, error.detail, file=path.name) from error
        raise
    if len(key) != _SIZE:
        raise TrustError(LicenceCode.HOLDER_KEY, "not as long as it was made", file=path.name)
    return key
