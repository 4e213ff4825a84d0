"""What a program proves itself by at the provider of a service's tokens: a TOML file that only its owner can read.

    credentials = read_service_credentials(Path("client.toml"))
    credentials.token_url, credentials.client_id

The file has `token_url`, `client_id` and `client_secret`, and where the provider knows several services `resource` and `scope`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.api_codes import ApiCode
from trustkit.custody.key_files import read_private_file
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from pathlib import Path

MAX_CREDENTIALS: Final = 16 * 1024
MAX_VALUE: Final = 2048  # characters
_NEEDED: Final = frozenset({"token_url", "client_id", "client_secret"})
_KNOWN: Final = _NEEDED | {"resource", "scope"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCredentials:
    """Where tokens come from, for what, and who asks for them; `resource` and `scope` are empty where the file has none."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    resource: str = ""
    scope: str = ""


def read_service_credentials(path: Path) -> ServiceCredentials:
    """Return what is in a file. Nothing of it is told.

    Raises:
        TrustError: KEY_MISSING, KEY_FILE_MODE (open to others), INPUT_TOO_LARGE, INPUT_UNREADABLE; CREDENTIALS for other contents.
    """
    try:
        found = tomllib.loads(read_private_file(path, limit=MAX_CREDENTIALS).decode("utf-8"))
    except (ValueError, RecursionError):  # its message would quote the file
        raise TrustError(ApiCode.ASSISTANT_CREDENTIALS, "the credentials are no TOML", file=path.name) from None
    values = {key: value for key, value in found.items() if isinstance(value, str) and 0 < len(value) <= MAX_VALUE}
    if not set(values) >= _NEEDED or set(found) - _KNOWN or len(values) < len(found):
        due = f"credentials have {', '.join(sorted(_NEEDED))}, perhaps resource and scope, all of them texts"
        raise TrustError(ApiCode.ASSISTANT_CREDENTIALS, due, file=path.name)
    return ServiceCredentials(**values)
