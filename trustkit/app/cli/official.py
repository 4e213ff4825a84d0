"""``trustkit login``, ``logout``, ``whoami``: officials and administrators sign in at the home's own provider."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import HomeOption, chosen_home
from trustkit.app.cli.output import FormatOption, OutputFormat, language, report

if TYPE_CHECKING:
    from idp.stepup import Need
    from trustkit.app.official_client import DeviceRequest, OfficialClient
    from trustkit.app.officials import Official

_WORDS = {
    "en": {
        "open": "Sign in at this address:\n  {url}",
        "code": "Open {url} at any device, and type in:  {code}",
        "in": "Signed in as {person} ({acr}), good until {until}",
        "out": "Signed out",
    },
    "zh": {
        "open": "请在以下地址登录：\n  {url}",
        "code": "请在任意设备打开 {url}，输入：{code}",
        "in": "已登录为 {person}（{acr}），有效期至 {until}",
        "out": "已退出登录",
    },
}
DeviceOption = Annotated[bool, typer.Option("--device", help="Sign in at another device, by a code.")]
NoBrowserOption = Annotated[bool, typer.Option("--no-browser", help="Show the address and open nothing.")]
AuthoritiesOption = Annotated[
    Path | None, typer.Option("--ca", help="File of the CA certificates to trust alone for the provider's TLS.")
]


def login(
    *,
    device: DeviceOption = False,
    no_browser: NoBrowserOption = False,
    ca: AuthoritiesOption = None,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Sign in as an official or administrator, in a browser or at another device; remembered for minutes, in a file only you can read."""
    from trustkit.app.official_settings import need_of
    from trustkit.app.official_terminal import client_of, login_of
    from trustkit.app.officials import OfficialDesk
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        need = need_of(authority.settings.idp)
        token = _signed_in(client_of(authority, ca), need, device=device, opened=not no_browser)
        official = OfficialDesk.of(authority).official(token)
        login_of(authority).keep(token)
    report(output, _told(official), _line(official))


def logout(*, ca: AuthoritiesOption = None, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Sign out: the token is taken back and forgotten. The session at the browser is ended on its own page."""
    import asyncio

    from trustkit.app.official_terminal import client_of, login_of
    from trustkit.app.wiring import open_authority
    from trustkit.errors import ErrorCode, TrustError

    with open_authority(chosen_home(home)) as authority:
        remembered = login_of(authority)
        try:
            token = remembered.token()
        except TrustError as error:
            if error.code is not ErrorCode.OFFICIAL_SIGN_IN:
                raise
            token = ""
        remembered.forget()  # first: what cannot be reached keeps nobody signed in here
        if token:
            asyncio.run(client_of(authority, ca).sign_out(token))
    report(output, {"signed_in": False}, _WORDS[language().value]["out"])


def whoami(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Tell who is signed in here, how surely, and until when."""
    from trustkit.app.official_terminal import login_of
    from trustkit.app.officials import OfficialDesk
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        official = OfficialDesk.of(authority).official(login_of(authority).token())
    report(output, _told(official), _line(official))


def by_browser_here(client: OfficialClient, need: Need) -> str:
    """Return the token of who signs in at a browser of this machine. Raise as `by_browser`."""
    return _signed_in(client, need, device=False, opened=True)


def _signed_in(client: OfficialClient, need: Need, *, device: bool, opened: bool) -> str:
    from trustkit.app.official_login import by_browser, by_device

    words = _WORDS[language().value]

    def tell_code(begun: DeviceRequest) -> None:
        typer.echo(words["code"].format(url=begun.url, code=begun.code), err=True)

    if device:
        return by_device(client, need, told=tell_code)
    return by_browser(client, need, told=lambda url: typer.echo(words["open"].format(url=url), err=True), opened=opened)


def _told(official: Official) -> dict[str, object]:
    from trustkit.app.rows import time_text

    return {
        "signed_in": True,
        "person": official.person,
        "acr": official.level.acr,
        "methods": list(official.methods),
        "authenticated_at": official.since,
        "expires_at": time_text(official.expires_at),
    }


def _line(official: Official) -> str:
    from trustkit.app.rows import time_text

    return _WORDS[language().value]["in"].format(
        person=official.person, acr=official.level.acr, until=time_text(official.expires_at)
    )
