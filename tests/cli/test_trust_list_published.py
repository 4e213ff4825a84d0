"""Trust lists over HTTP: published by one home, with validators, and fetched by another that goes by them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.authority import copy_home
from tests.support.web import Visitor
from trustkit.app.wiring import open_authority
from trustkit.capsule_codes import CapsuleCode
from verifier.fetch import HttpFetcher

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

TYPE = "11100000MB0143028R001"
CONFLICT, DATA, USAGE, MISSING = 73, 65, 64, 66


class Publisher:
    """A home that makes lists and publishes them."""

    def __init__(self, terminal: Terminal, home: Path, secret: Path, place: Path) -> None:
        with open_authority(home) as authority:
            self.base = authority.settings.server.base_url.rstrip("/")
        self.terminal, self.home, self.secret, self.place = terminal, home, secret, place

    def make(self, name: str, code: str = "110000", *more: str | Path, at: str = "") -> Path:
        """Sign a list and return where it is."""
        plan, out = self.place / "plan.json", self.place / f"{code}.jwt"
        out.unlink(missing_ok=True)
        uri = at or f"{self.base}/v1/trust-lists/{name}"
        plan.write_text(json.dumps({"uri": uri, "issuers": [{"code": code, "types": [TYPE]}]}), "utf-8")
        keys = ("--home", self.home, "--passphrase-file", self.secret)
        self.terminal.run("trust-list", "make", plan, "--out", out, *keys, *more, "--format", "json").objects()
        return out

    def run(self, *words: str | Path) -> Any:
        return self.terminal.run("trust-list", *words, "--home", self.home, "--format", "json")

    def get(self, name: str, **headers: str) -> Any:
        with open_authority(self.home) as authority:
            return Visitor.of(authority).get(f"/v1/trust-lists/{name}", headers=headers)


@pytest.fixture
def publisher(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> Publisher:
    return Publisher(terminal, home, passphrase_file, tmp_path)


def test_a_list_is_given_out_with_validators_and_taken_back(publisher: Publisher) -> None:
    file = publisher.make("province")
    (told,) = publisher.run("publish", file, "--name", "province").objects()
    assert told["uri"] == f"{publisher.base}/v1/trust-lists/province"
    answer = publisher.get("province")
    assert (answer.status_code, answer.content) == (200, file.read_bytes())
    assert answer.headers["content-type"] == "application/jwt"
    assert answer.headers["cache-control"].startswith("public, max-age=")
    again = publisher.get("province", **{"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert publisher.get("other").status_code == 404
    assert publisher.get("Other").status_code in {400, 404, 422}
    publisher.run("withdraw", "province").objects()
    assert publisher.get("province").status_code == 404
    publisher.run("withdraw", "province").require_refusal("esign:trust-list:missing", MISSING)
    kinds = [
        line["type"]
        for line in publisher.terminal.run("audit", "list", "--home", publisher.home, "--format", "json").objects()
    ]
    assert kinds[-2:] == ["esign:trust-list:published", "esign:trust-list:withdrawn"]


def test_another_home_fetches_what_is_published(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publisher.make("province")
    publisher.run("publish", first, "--name", "province").objects()
    other = copy_home(tmp_path / "other")
    (shown,) = publisher.run("show", first).objects()
    run = publisher.terminal.run
    look = ("--home", other, "--format", "json")
    run("trust-list", "add", first, "--name", "theirs", "--key", shown["key"], *look).objects()
    monkeypatch.setattr(HttpFetcher, "fetch", lambda _, uri: publisher.get(uri.rpartition("/")[2]).content)
    (same,) = run("trust-list", "fetch", "theirs", *look).objects()
    assert same["is_new"] is False
    monkeypatch.setattr("trustkit.app.trust_list_desk.number_at", lambda now: int(now.timestamp()) + 60)
    later = publisher.make("province", "120000")
    publisher.run("publish", later, "--name", "province").objects()
    (taken,) = run("trust-list", "fetch", "theirs", *look).objects()
    assert taken["is_new"] is True
    assert taken["number"] > same["number"]
    publisher.run("publish", first, "--name", "province").require_refusal("esign:trust-list:older", CONFLICT)


def test_what_is_not_published(publisher: Publisher, tmp_path: Path) -> None:
    elsewhere = publisher.make("province", at="https://list.example/1.jwt")
    refused = publisher.run("publish", elsewhere, "--name", "province")
    refused.require_refusal(CapsuleCode.TRUST_LIST_PLACE.value, USAGE)
    publisher.run("publish", publisher.make("province"), "--name", "other").require_refusal(
        CapsuleCode.TRUST_LIST_PLACE.value, USAGE
    )
    publisher.run("publish", publisher.make("province"), "--name", "../x").require_refusal("app:call:usage", USAGE)
    broken = tmp_path / "broken.jwt"
    broken.write_bytes(publisher.make("province").read_bytes()[:-8] + b"AAAAAAAA")
    publisher.run("publish", broken, "--name", "province").require_refusal("crypto:signature:wrong", DATA)
    assert publisher.get("province").status_code == 404
