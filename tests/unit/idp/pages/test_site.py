"""What all pages share: whose language it is, and that no form of ours leads elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from idp.pages.site import SITE
from tests.support.web import Visitor
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language
from trustkit.web.page_site import LANGUAGE_COOKIE, language_of, own_path

if TYPE_CHECKING:
    from trustkit.error_family import Code


async def refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, TrustError)
    return Response(error.code.value, status_code=400)


@pytest.fixture
def site() -> Visitor:
    return Visitor(Starlette(routes=SITE.routes(), exception_handlers={TrustError: refused}))


def request(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": pairs})


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("zh", "en", Language.ZH),
        ("en", "zh", Language.EN),
        ("", "zh-CN,zh;q=0.9", Language.ZH),
        ("xx", "fr", Language.EN),
    ],
)
def test_the_reader_has_the_last_word_of_his_language(cookie: str, accepted: str, language: Language) -> None:
    headers = {"accept_language": accepted} | ({"cookie": f"{LANGUAGE_COOKIE}={cookie}"} if cookie else {})
    assert language_of(request(**headers)) is language


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/login?i=abc", "/login?i=abc"),
        ("/", "/"),
        ("//evil.example/", "/account"),
        ("/\\evil.example", "/account"),
        ("/a\\..\\b", "/account"),
        ("https://evil.example/", "/account"),
        ("javascript:alert(1)", "/account"),
        ("/a\r\nSet-Cookie: x=y", "/account"),
        ("/中文", "/account"),
        ("", "/account"),
        ("/" + "a" * 600, "/account"),
    ],
)
def test_no_form_leads_elsewhere(text: str, path: str, site: Visitor) -> None:
    assert own_path(text, SITE.home) == path
    answer = site.post("/language", data={"language": "zh", "back": text})
    assert answer.status_code == 303
    assert answer.headers["location"] == path
    assert answer.headers["set-cookie"].startswith(f"{LANGUAGE_COOKIE}=zh; HttpOnly")


@pytest.mark.parametrize(
    ("method", "path", "data", "code"),
    [
        ("POST", "/language", {"language": "fr"}, ErrorCode.REQUEST_MALFORMED),
        ("POST", "/language", {}, ErrorCode.REQUEST_MALFORMED),
        ("GET", "/static/words.toml", None, ErrorCode.REQUEST_MISSING),
        ("GET", "/static/..%2Fwords.toml", None, ErrorCode.REQUEST_MISSING),
    ],
)
def test_what_is_refused(site: Visitor, method: str, path: str, data: dict[str, str] | None, code: Code) -> None:
    answer = site.send(method, path, data=data)
    assert answer.status_code in {400, 404}
    if answer.status_code == 400:
        assert answer.text == code.value


@pytest.mark.parametrize(
    ("name", "kind"),
    [("pages.css", "text/css"), ("passkey.js", "text/javascript"), ("confirmation.js", "text/javascript")],
)
def test_our_files_are_kept_while_they_are_the_same(site: Visitor, name: str, kind: str) -> None:
    answer = site.get(f"/static/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    again = site.get(f"/static/{name}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    others = site.get(f"/static/{name}", headers={"if-none-match": f'"x", W/{answer.headers["etag"]}'})
    assert others.status_code == 304  # RFC 9110 13.1.2: any of a list, compared weakly
