"""No address that takes a form of a browser does anything for a form another site made: every route there is, asked by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.identity_site import COOKIES, signed_in
from trustkit.app.later import Later
from trustkit.audit import trail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.identity_site import Site

# What programs and apps call, that no browser's cookie opens.
MACHINES = frozenset(
    {
        "/bc-authorize",
        "/device_authorization",
        "/introspect",
        "/par",
        "/register",
        "/revoke",
        "/token",
        "/userinfo",
        "/v1/app/answers",
        "/v1/app/keys",
        "/v1/app/pairing",
        "/v1/app/requests",
        "/v1/app/requests/answers",
        "/v1/app/waiting",
    }
)
# A choice of words; the begin of a login, bound to this browser; what a client asks for, which the person is asked about.
HARMLESS = frozenset({"/end_session", "/language", "/v1/login"})


def routes(holder: Any) -> Iterator[tuple[str, frozenset[str]]]:
    for each in holder.routes:
        inner = getattr(each, "original_router", None)
        if inner is not None:
            yield from routes(inner)
        elif getattr(each, "methods", None):
            yield each.path, frozenset(each.methods)
    behind = getattr(getattr(holder, "router", None), "default", None)
    behind = application(behind.made()) if isinstance(behind, Later) else behind
    if hasattr(behind, "routes"):
        yield from routes(behind)


def application(app: Any) -> Any:
    """Return the application inside of what guards it."""
    while not hasattr(app, "routes"):
        app = getattr(app, "app", None) or vars(app)["_app"]
    return app


def forged() -> Any:
    """Return what another site could guess: a value for every field there is, and no token of this browser."""
    names = ("i", "mandate", "factor", "session", "client", "grant", "code", "label", "user_code", "handle", "number")
    told = dict.fromkeys(names, "x")
    return {**told, "csrf": "0" * 64, "decision": "allow", "password": "a longer staple than before", "login_name": "x"}


def entries(site: Site) -> list[str]:
    with site.home.database.reading() as unit:
        return [each.type for each in trail.list_events(unit, limit=1000)]


def test_every_form_there_is_asks_for_the_token_of_its_browser(site: Site) -> None:
    browser = signed_in(site)
    secret, before = browser.cookies[COOKIES.session], entries(site)
    paths = {path for path, methods in routes(application(site.app)) if methods & {"POST", "PUT", "PATCH", "DELETE"}}
    forms = sorted(paths - MACHINES - HARMLESS)
    assert len(forms) > 15
    for path in forms:
        browser.post(path.replace("{", "").replace("}", ""), **forged())
        assert browser.status in {400, 403, 404, 405, 415}, (path, browser.status)
        assert entries(site) == before, path
    assert browser.cookies[COOKIES.session] == secret
    browser.open("/account")
    assert browser.path == "/account"


def test_no_link_does_anything(site: Site) -> None:
    """What changes something is never a GET (RFC 9110 9.2.1): a link of another site brings the cookie along (SameSite=Lax)."""
    browser = signed_in(site)
    before = entries(site)
    for path, methods in sorted(routes(application(site.app))):
        if "GET" in methods and "{" not in path:
            browser.open(path)
            assert entries(site) == before, path
    browser.open("/account")
    assert browser.path == "/account"
