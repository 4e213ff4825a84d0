"""The catalogue over HTTP: what is issued here, what a type holds, and what nobody confirmed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.web import Visitor
from trustkit.app.home import POLICIES
from trustkit.app.wiring import open_authority
from trustkit.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.authority import Issued
    from trustkit.error_family import Code


@pytest.fixture(scope="module")
def visitor(issued: Issued) -> Iterator[Visitor]:
    with open_authority(issued.home) as authority:
        yield Visitor.of(authority)


def test_the_catalogue_names_every_type_and_what_is_not_confirmed(visitor: Visitor) -> None:
    answer = visitor.get("/v1/licence-types")
    assert answer.status_code == 200
    types = {each["type"]: each for each in answer.json()["types"]}
    assert types["business-licence"]["title"]["zh"] == "营业执照"
    assert types["business-licence"]["issued"] is True
    assert types["resident-identity-card"]["issued"] is False
    assert types["birth-certificate"]["unconfirmed"]
    for name, told in types.items():
        one = visitor.get(f"/v1/licence-types/{name}").json()
        assert told.items() <= one.items()
        assert one["fields"]


def test_the_type_of_a_credential_is_where_it_says(visitor: Visitor, issued: Issued) -> None:
    answer = visitor.get("/v1/credential-types/business-licence")
    assert answer.status_code == 200
    told = answer.json()
    assert told["vct"].endswith("/v1/credential-types/business-licence")
    with open_authority(issued.home) as authority:
        known = authority.verification.types
    assert known is not None
    found = known.find(told["vct"])
    assert found is not None
    assert found.octets == answer.content
    for vct in (
        "",
        "business-licence",
        "https://elsewhere.test/v1/credential-types/business-licence",
        told["vct"] + "/",
    ):
        assert known.find(vct) is None


def test_the_type_of_a_credential_follows_its_file(issued: Issued, tmp_path: Path) -> None:
    shutil.copytree(issued.home, tmp_path / "home")
    folder = tmp_path / "home" / POLICIES / "licences" / "permit"
    with open_authority(tmp_path / "home") as authority:
        visitor = Visitor.of(authority)

        def told() -> str | None:
            answer = visitor.get("/v1/credential-types/permit")
            return str(answer.json()["description"]) if answer.status_code == 200 else None

        first = told()
        assert first is not None
        folder.rename(tmp_path / "away")
        assert told() is None
        (tmp_path / "away").rename(folder)
        assert told() == first
        file, title = folder / "type.toml", first.partition(" (")[0]
        text = file.read_text(encoding="utf-8")
        assert title in text
        file.write_text(text.replace(title, f"{title}新"), encoding="utf-8")
        assert told() == first.replace(title, f"{title}新")


def test_who_has_it_is_not_sent_it_again(visitor: Visitor) -> None:
    for path in ("/v1/licence-types", "/v1/licence-types/permit", "/v1/credential-types/permit"):
        first = visitor.get(path)
        again = visitor.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "max-age=3600" in first.headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/licence-types/nothing", 404, ErrorCode.REQUEST_MISSING),
        ("/v1/credential-types/resident-identity-card", 404, ErrorCode.REQUEST_MISSING),
        ("/v1/credential-types/Business", 400, ErrorCode.REQUEST_MALFORMED),
        ("/v1/licence-types/..", 404, ErrorCode.REQUEST_MISSING),
        ("/v1/licence-types/Business", 400, ErrorCode.REQUEST_MALFORMED),
        ("/v1/licence-types/" + "a" * 65, 400, ErrorCode.REQUEST_MALFORMED),
    ],
)
def test_what_there_is_none_of(visitor: Visitor, path: str, status: int, code: Code) -> None:
    answer = visitor.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code.value)


def test_a_type_that_cannot_be_read_stops_nothing_else(issued: Issued, tmp_path: Path) -> None:
    shutil.copytree(issued.home, tmp_path / "home")
    (tmp_path / "home" / POLICIES / "licences" / "permit" / "type.toml").write_text("rubbish", encoding="utf-8")
    with open_authority(tmp_path / "home") as authority:
        visitor = Visitor.of(authority)
        assert visitor.get("/v1/health").status_code == 200
        answer = visitor.get("/v1/licence-types")
    assert answer.status_code >= 400
    assert "rubbish" not in answer.text
