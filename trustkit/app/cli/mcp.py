"""``trustkit mcp``: assistants verify, explain and look up, over the Model Context Protocol on standard input and output."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import HomeOption, chosen_home
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcp.server import MCPServer

    from trustkit.app.assistant_sources import Source


def mcp(
    *,
    root: Annotated[
        Path | None, typer.Option("--root", help="The folder whose files assistants may have verified; without, none.")
    ] = None,
    service: Annotated[
        str | None,
        typer.Option("--service", metavar="URL", help="Ask this trustkit service instead of verifying here."),
    ] = None,
    credentials: Annotated[
        Path | None,
        typer.Option(
            "--credentials",
            metavar="FILE",
            help="What --service asks for: TOML with token_url, client_id, client_secret; its owner's alone.",
        ),
    ] = None,
    trust: Annotated[
        list[Path] | None, typer.Option("--trust", metavar="PATH", help="Trust anchors: certificate file or folder.")
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option("--evidence", metavar="PATH", help="Certificates, CRLs, status lists: file or folder."),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Fetch nothing from the network.")] = False,
    home: HomeOption = None,
) -> int:
    """Serve assistants over the Model Context Protocol, on standard input and output, until the input ends.

    Its tools read: verify a file, text or base64; explain a check or an error; look up licences and types. No key is opened. Needs the extra mcp.
    """
    try:
        from trustkit.app.assistant_server import assistant_server
    except ImportError as error:
        from trustkit.api_codes import ApiCode

        raise TrustError(ApiCode.ASSISTANT_EXTRA, error.name or "") from error
    if sys.stdin is None or sys.stdout is None:
        raise TrustError(ErrorCode.USAGE, "standard input and output are what assistants speak over: leave both open")
    if root is not None and not root.is_dir():
        raise TrustError(ErrorCode.USAGE, "--root is a folder")
    if service is not None and (trust or evidence or offline or home):
        raise TrustError(ErrorCode.USAGE, "--service stands without --trust, --evidence, --offline and --home")
    if credentials is not None and service is None:
        raise TrustError(ErrorCode.USAGE, "--credentials are those for --service")
    chosen = (
        _by_service(service, credentials) if service else _here(trust or [], evidence or [], offline=offline, home=home)
    )
    with chosen as source:
        _serve(assistant_server(source, root))
    return 0


def _serve(server: MCPServer[object]) -> None:
    """Serve until the input ends; what cannot be read or written is raised by itself, not in the group of its tasks."""
    import anyio

    try:
        anyio.run(server.run_stdio_async)
    except* OSError as group:
        raise _first(group) from group


def _first(group: BaseExceptionGroup[OSError]) -> OSError:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found


@contextmanager
def _here(trust: list[Path], evidence: list[Path], *, offline: bool, home: Path | None) -> Iterator[Source]:
    from trustkit.app.assistant_sources import HereSource
    from trustkit.app.verification import evidence_of, verification_for
    from trustkit.app.verify_request import VerifyRequest
    from trustkit.app.wiring import open_if_home

    folder = chosen_home(home)
    request = VerifyRequest(home=folder, trust=tuple(trust), evidence=tuple(evidence), offline=offline)
    with open_if_home(folder, required=home is not None) as opened:
        yield HereSource(
            verification=verification_for(request, opened),
            evidence=evidence_of(request),
            folder=folder,
            register=opened.register if opened else None,
            clock=opened.clock if opened else None,
        )


@contextmanager
def _by_service(url: str, credentials: Path | None) -> Iterator[Source]:
    from trustkit.app.service_credentials import read_service_credentials

    try:
        from trustkit.app.assistant_service import service_source
    except ImportError as error:
        from trustkit.api_codes import ApiCode

        raise TrustError(ApiCode.ASSISTANT_EXTRA, error.name or "") from error
    with service_source(url, read_service_credentials(credentials) if credentials else None) as source:
        yield source
