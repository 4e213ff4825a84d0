"""The keys that sign in place of the home's seal: those in files, or one of a remote service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from trustkit.app.own_keys import open_signing_key
from trustkit.app.settings import in_production

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.app.own_keys import SigningKey
    from trustkit.app.remote_key import RemoteOrder
    from trustkit.clock import Clock
    from trustkit.custody.passphrase import Passphrase


class NamedKeys(Protocol):
    """Which keys were named."""

    @property
    def keys(self) -> tuple[Path, ...]:
        """The files of keys."""

    @property
    def certificates(self) -> tuple[Path | None, ...]:
        """The file of each key's certificate, or none at all."""

    @property
    def remote(self) -> RemoteOrder | None:
        """The key of a remote service, which excludes the others."""


def signing_keys(
    named: NamedKeys, passphrase: Callable[[], Passphrase], clock: Clock, *, home: Path
) -> tuple[SigningKey, ...]:
    """Return the keys, opened by the one passphrase; for a remote service it is the secret by which that knows us.

    Where there is a home in production mode the secret goes over TLS alone.

    Raises:
        TrustError: what `open_signing_key`, `RemoteOrder.open` and reading the home's settings raise.
    """
    if named.remote is not None:
        return (named.remote.open(passphrase(), clock, tls_only=in_production(home)),)
    certificates = named.certificates or (None,) * len(named.keys)
    return tuple(open_signing_key(key, own, passphrase) for key, own in zip(named.keys, certificates, strict=True))
