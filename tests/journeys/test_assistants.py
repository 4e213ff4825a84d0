"""Assistants ask over the Model Context Protocol: the real program, and the kit's own client, over standard input and output."""

from __future__ import annotations

import asyncio
import base64
import json
import shlex
import shutil
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, StdioServerParameters

from tests.support.service import free_port, service
from tests.support.terminal import environment, program
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from tests.support.authority import Issued
    from tests.support.terminal import Terminal

TOOLS = {"verify", "explain", "licence_status", "licence_type"}
SECONDS = 120.0
BANK = "92990100MA7TRYQ1X6"


class Assistant:
    """Asks, and reads what it is told."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def ask(self, tool: str, **arguments: str) -> dict[str, Any]:
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        found = result.structured_content
        assert isinstance(found, dict)
        (content,) = result.content
        assert json.loads(getattr(content, "text", "")) == found
        return found

    async def refused(self, tool: str, **arguments: str) -> str:
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error
        (content,) = result.content
        return str(getattr(content, "text", ""))


@asynccontextmanager
async def assistant(*options: str | Path) -> AsyncIterator[Assistant]:
    words = ["-m", "trustkit.app", "mcp", *map(str, options)]
    server = StdioServerParameters(command=sys.executable, args=words, env=environment())
    async with Client(server, read_timeout_seconds=SECONDS) as client:
        yield Assistant(client)


def run(act: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(act(), SECONDS))


def verified(home: Path) -> int:
    """Return how many verifications the trail of a home tells of."""
    with open_authority(home) as authority, authority.database.reading() as unit:
        return len(trail.list_events(unit, type=EventType.FILE_VERIFIED))


@pytest.fixture
def folder(issued: Issued, tmp_path: Path) -> Path:
    place = tmp_path / "for-assistants"
    place.mkdir()
    shutil.copy(issued.document, place / "licence.pdf")
    return place


def test_an_assistant_of_a_home(issued: Issued, folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(issued.home, home)
    (tmp_path / "elsewhere.pdf").write_bytes(b"%PDF-")
    before = verified(home)

    async def act() -> None:
        async with assistant("--root", folder, "--home", home, "--offline") as asked:
            listed = (await asked.client.list_tools()).tools
            assert {each.name for each in listed} == TOOLS
            assert all(each.annotations and each.annotations.read_only_hint for each in listed)
            assert "TOTAL-PASSED" in (asked.client.instructions or "")
            good = await asked.ask("verify", path="licence.pdf")
            assert (good["indication"], good["file"]) == ("TOTAL-PASSED", "licence.pdf")
            assert good["summary"].startswith("Valid.")
            data = issued.document.read_bytes().replace(b"%PDF-1.7", b"%PDF-1.6", 1)
            bad = await asked.ask("verify", base64=base64.b64encode(data).decode(), language="zh")
            assert (bad["indication"], bad["summary"].isascii()) == ("TOTAL-FAILED", False)
            failed = next(each for each in bad["signatures"][0]["checks"] if each["status"] == "FAILED")
            why = await asked.ask("explain", name=failed["id"])
            assert why["outcomes"]["FAILED"]["zh"]["sentence"] in failed["message"]
            past = await asked.ask("verify", path="licence.pdf", at="2000-01-01T00:00:00Z")
            assert (past["at"], past["indication"]) == ("2000-01-01T00:00:00Z", "TOTAL-FAILED")
            for demand in ({"recipient": BANK}, {"purpose": "办理开户"}):  # the licence itself is a copy for nobody
                named = await asked.ask("verify", path="licence.pdf", **demand)
                assert (named["indication"], named["sub_indication"]) == ("TOTAL-FAILED", "COPY_NOT_FOR_ASKER")
            standing = await asked.ask("licence_status", identifier=issued.identifier)
            assert standing["status"] == "issued"
            kind = await asked.ask("licence_type", name="business-licence")
            assert kind["fields"]
            every = await asked.ask("licence_type")
            assert "business-licence" in {each["type"] for each in every["types"]}
            for code, tool, arguments in (
                ("app:assistant:outside", "verify", {"path": "../elsewhere.pdf"}),
                ("app:call:usage", "verify", {}),
                ("app:call:usage", "verify", {"text": "x", "at": "yesterday"}),
                ("copy:purpose:unfit", "verify", {"text": "x", "purpose": " "}),
                ("app:assistant:word", "explain", {"name": "nothing"}),
                ("esign:licence:missing", "licence_status", {"identifier": "1.2.156"}),
                ("esign:licence:type", "licence_type", {"name": "no-such-type"}),
            ):
                assert f"[{code}]" in await asked.refused(tool, **arguments)
            for tool, arguments in (
                ("verify", {"text": "x", "language": "fr"}),
                ("verify", {"text": "x", "recipient": ""}),
                ("verify", {"text": "x", "purpose": ""}),
                ("licence_status", {"identifier": "../health"}),
                ("sign", {"path": "licence.pdf"}),
            ):
                assert await asked.refused(tool, **arguments)

    run(act)
    assert verified(home) == before + 5  # as `trustkit verify` leaves them


def test_without_home_and_folder(tmp_path: Path) -> None:
    async def act() -> None:
        async with assistant("--offline") as asked:
            found = await asked.ask("verify", text="no credential")
            assert found["indication"] == "INDETERMINATE"
            assert "[app:assistant:outside]" in await asked.refused("verify", path="licence.pdf")
            assert "[app:assistant:register]" in await asked.refused("licence_status", identifier="1.2.156")
            assert (await asked.ask("licence_type", name="business-licence"))["code"]

    run(act)
    assert not list(tmp_path.iterdir())


def test_an_assistant_of_a_service(issued: Issued, folder: Path, tmp_path: Path) -> None:
    port = free_port()

    async def act() -> None:
        async with assistant("--root", folder, "--service", f"http://127.0.0.1:{port}") as asked:
            good = await asked.ask("verify", path="licence.pdf", language="zh")
            assert (good["indication"], good["summary"].isascii()) == ("TOTAL-PASSED", False)
            named = await asked.ask("verify", path="licence.pdf", recipient=BANK, purpose="办理开户")
            assert named["sub_indication"] == "COPY_NOT_FOR_ASKER"
            assert (await asked.ask("licence_status", identifier=issued.identifier))["status"] == "issued"
            assert (await asked.ask("licence_type", name="business-licence"))["fields"]
            assert (await asked.ask("licence_type"))["types"]
            assert "esign:licence:missing" in await asked.refused("licence_status", identifier="1.2.156")
            assert (await asked.ask("explain", name="TOTAL-PASSED"))["kind"] == "indication"

    with service(issued.home, port, tmp_path / "log"):
        run(act)


@pytest.mark.parametrize(
    "options",
    [
        ("--root", "none"),
        ("--service", "verify.example.cn"),
        ("--service", "http://verify.example.cn"),
        ("--service", "https://verify.example.cn", "--offline"),
        ("--service", "https://verify.example.cn", "--trust", "root.cer"),
        ("--service", "https://verify.example.cn", "--home", "."),
        ("--credentials", "client.toml"),
    ],
)
def test_options_that_do_not_stand_together(terminal: Terminal, options: tuple[str, ...]) -> None:
    terminal.run("mcp", *options).require_refusal("app:call:usage", 64)


def test_it_ends_with_its_input(tmp_path: Path) -> None:
    ran = program("mcp", "--offline", input="", cwd=tmp_path)
    assert (ran.status, ran.out) == (0, "")


def test_a_kit_that_is_not_installed_is_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "trustkit.app.assistant_server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    terminal.run("mcp").require_refusal("app:assistant:extra", 78)


@pytest.mark.parametrize(
    ("streams", "status", "code"),
    [
        ("<&-", 64, "app:call:usage"),
        (">&-", 64, "app:call:usage"),
        (">/dev/full", 74, "app:disk:full"),
    ],
)
def test_streams_nobody_can_speak_over_are_refused(streams: str, status: int, code: str, tmp_path: Path) -> None:
    asked = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
    command = f"printf '%s\\n' '{asked}' | {{ exec {shlex.quote(sys.executable)} -m trustkit.app mcp {streams}; }}"
    done = subprocess.run(  # noqa: S602 - only a shell closes a stream
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment(),
        timeout=SECONDS,
    )
    assert done.returncode == status, done.stderr
    assert code in done.stderr
