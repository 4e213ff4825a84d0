"""``trustkit share webhook``: the operator sees, suspends, resumes, tells again and ends, and lets new keys sign."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.webhook_desk import ROW
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.identity import SYSTEM
from trustkit.store import webhooks
from trustkit.store.webhooks import WebhookFailure

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

MISSING, CONFLICT = 66, 73


@pytest.fixture
def told(home: Path) -> Path:
    """Give a home with a webhook that failed once."""
    with open_authority(home) as authority, authority.database.unit_of_work() as uow:
        now = authority.clock.now()
        row = replace(
            ROW, url="https://127.0.0.1:9/hook", due_at=now, created_at=now, valid_until=now.replace(year=2099)
        )
        webhooks.add(uow, row)
        event = AuditEvent(type=EventType.WEBHOOK_ADDED, at=now, actor=SYSTEM, object_type="webhook", object_id="wh-a")
        trail.record(uow, event)
        failure = WebhookFailure(webhook="wh-a", at=now, number=3, attempt=1, status=503, told="http-503")
        webhooks.note_failure(uow, failure)
    return home


def test_the_operator_sees_and_acts(terminal: Terminal, told: Path) -> None:
    def run(*words: str | Path) -> dict[str, object]:
        ran = terminal.run("share", "webhook", *words, "--home", told, "--format", "json")
        assert ran.status == 0, ran.err
        found: dict[str, object] = json.loads(ran.out)
        return found

    assert run("list")["id"] == "wh-a"
    shown = run("show", "wh-a")
    assert [each["told"] for each in shown["failures"]] == ["http-503"]  # type: ignore[attr-defined]  # a list
    assert run("suspend", "wh-a")["state"] == "suspended"
    assert run("resume", "wh-a", "--from-now")["state"] == "active"
    assert run("redeliver", "wh-a", "--after", "1")["last_id"] == 1
    assert run("remove", "wh-a")["reason"] == "removed"
    text = terminal.run("share", "webhook", "show", "wh-a", "--home", told).out
    assert "http-503" in text
    assert "ended" in text


def test_what_is_refused(terminal: Terminal, told: Path, passphrase_file: Path) -> None:
    def refused(code: str, status: int, *words: str | Path) -> None:
        terminal.run("share", "webhook", *words, "--home", told).require_refusal(code, status)

    refused("copy:webhook:missing", MISSING, "show", "wh-b")
    refused("copy:webhook:state", CONFLICT, "resume", "wh-a")
    refused("copy:webhook:state", CONFLICT, "redeliver", "wh-a", "--after", "999999")
    secret = ("--passphrase-file", passphrase_file)
    terminal.run("share", "webhook", "rotate-keys", "--home", told, *secret)
    refused("copy:webhook:address", 64, "test", "wh-a", *secret)


def test_new_keys_sign(terminal: Terminal, home: Path, passphrase_file: Path) -> None:
    words = ("share", "webhook", "rotate-keys", "--home", home, "--passphrase-file", passphrase_file)
    first = terminal.run(*words).out.split()
    second = terminal.run(*words, "--compromised").out.split()
    assert (first[0], first[2]) == ("ES256", "SGD_SM3_SM2")
    assert first != second
