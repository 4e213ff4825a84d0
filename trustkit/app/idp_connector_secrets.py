"""What providers know us by: sealed beside the keys under the home's secret, put there by a command, never in the settings.

Where something else hands out secrets, a file that only its owner can read serves (`secret_file`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.home import KEYS
from trustkit.custody.key_files import (
    read_private_file,
    remove_private_file,
    require_private_folder,
    write_new_private_file,
)
from trustkit.encoding.pem import encode_pem, parse_pem
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from idp.sealing import Sealing
    from trustkit.app.idp_connector_settings import RemoteSettings

LABEL: Final = "TRUSTKIT CONNECTOR SECRET"
MAX_SECRET: Final = 4096  # octets
_MAX_FILE: Final = 16 * 1024
_PURPOSE: Final = "connector-secret"


def secret_place(home: Path, name: str) -> Path:
    """Return where the sealed secret of a connector is."""
    return home / KEYS / f"connector-{name}.secret.pem"


def keep_secret(home: Path, name: str, secret: bytes, sealing: Sealing) -> None:
    """Seal a connector's secret in the home, in place of an earlier one.

    Raises:
        TrustError: USAGE for one that is empty, too long, or no line of printable ASCII; KEY_FILE_MODE, DISK_FULL, DISK_UNWRITABLE.
    """
    _require_secret(secret)
    place = secret_place(home, name)
    require_private_folder(place.parent, create=False)
    sealed = encode_pem(LABEL, sealing.seal(_PURPOSE, name.encode(), secret))
    draft = place.with_suffix(".new")
    if draft.exists():  # of a try that was cut off
        remove_private_file(draft)
    write_new_private_file(draft, sealed)
    draft.replace(place)


def read_secret(home: Path, settings: RemoteSettings, sealing: Sealing) -> bytes:
    """Return a connector's secret, empty when it has none.

    Raises:
        TrustError: KEY_FILE_MODE, KEY_MISSING for a named file that is not there; KEY_CONTAINER_MALFORMED, DECRYPTION_FAILED for a sealed one that
            was changed or is another connector's or home's; SETTINGS_MALFORMED for a file that holds no secret.
    """
    place = secret_place(home, settings.name)
    if settings.secret_file:
        secret = read_private_file(home / settings.secret_file, limit=MAX_SECRET).rstrip(b"\r\n")
    elif place.exists():
        secret = _opened(place, settings.name, sealing)
    else:
        return b""
    try:
        _require_secret(secret)
    except TrustError as error:
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, error.detail, key="idp.connector.secret_file") from error
    return secret


def _opened(place: Path, name: str, sealing: Sealing) -> bytes:
    text = read_private_file(place, limit=_MAX_FILE)
    try:
        (block,) = parse_pem(text)
    except (TrustError, ValueError) as error:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "no sealed secret", file=place.name) from error
    if block.label != LABEL:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "no sealed secret", file=place.name)
    return sealing.open(_PURPOSE, name.encode(), block.der)


def _require_secret(secret: bytes) -> None:
    if not 0 < len(secret) <= MAX_SECRET or not secret.isascii() or not secret.decode("ascii").isprintable():
        raise TrustError(ErrorCode.USAGE, f"a secret is one line of at most {MAX_SECRET} printable ASCII characters")
