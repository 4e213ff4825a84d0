"""Options of ``trustkit sign`` for keys of a remote service, and what was said with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.app.remote_key import RemoteOrder

_REMOTE = "Signing by a remote service (CSC API v2)"

RemoteUrl = Annotated[
    str | None,
    typer.Option(
        "--remote",
        metavar="URL",
        help="Have a service sign: it gets a hash, never the file. The address before /csc/v2; --passphrase-file and -fd have the secret"
        " it knows you by.",
        rich_help_panel=_REMOTE,
    ),
]
CredentialId = Annotated[
    str | None,
    typer.Option("--credential", metavar="ID", help="Which of the service's keys signs.", rich_help_panel=_REMOTE),
]
RemoteCa = Annotated[
    Path | None,
    typer.Option(
        "--remote-ca",
        metavar="FILE",
        help="Certificates of the CA the service's TLS is under, and no other.  [default: the system's]",
        rich_help_panel=_REMOTE,
    ),
]


@dataclass(frozen=True, slots=True)
class RemoteWords:
    """``--remote`` and what goes with it, as given."""

    url: str | None
    credential: str | None
    authorities: Path | None

    @property
    def asked(self) -> bool:
        """Whether a service is to sign."""
        return self.url is not None

    def require_fit(self, *, own_keys: bool) -> None:
        """Raise USAGE for words that do not go together."""
        if not self.asked and (self.credential is not None or self.authorities is not None):
            raise TrustError(ErrorCode.USAGE, "--credential and --remote-ca go with --remote")
        if self.asked and own_keys:
            raise TrustError(ErrorCode.USAGE, "--remote and --key exclude each other")
        if self.asked and self.credential is None:
            raise TrustError(ErrorCode.USAGE, "--remote needs --credential")

    def order(self) -> RemoteOrder | None:
        """Return which key signs, None when no service is asked for."""
        if self.url is None or self.credential is None:
            return None
        from trustkit.app.remote_key import RemoteOrder

        authorities = None if self.authorities is None else self.authorities.absolute()
        return RemoteOrder(url=self.url, credential=self.credential, authorities=authorities)
