"""Every page with something to show, so that tests and people can look at each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from idp.pages.views import (
    AccountPage,
    AnswerPage,
    ConsentLine,
    ConsentPage,
    DevicePage,
    Elsewhere,
    EnrolPage,
    FactorLine,
    GrantLine,
    LinkLine,
    LinksPage,
    LoginPage,
    LogoutPage,
    MandateLine,
    NoticeLine,
    PairingPage,
    Problem,
    RequestLine,
    RequestsPage,
    SessionLine,
    StepPage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

CSRF: Final = "csrf-of-this-page"
LOGIN: Final = "id-of-this-login"
WRONG: Final = Problem(
    sentence="The name or the secret is not right.",
    remedy="Try again, or choose another way.",
    code="idp:login:refused",
)
BEYOND: Final = Problem(
    sentence="What this needs cannot be reached by any way of signing in that you have here.",
    remedy="Enrol a passkey or an authenticator on your account page, or go to a counter with your identity document.",
    code="idp:login:impossible",
)
CLIENT: Final = "滨海市人才服务"
PORTALS: Final = (
    Elsewhere(name="province", title="省统一身份认证平台"),
    Elsewhere(name="network-id", title="国家网络身份认证 App"),
)
OPTIONS: Final = '{"challenge":"AAAA","rpId":"localhost","userVerification":"required"}'
MEANS: Final = ("passkey", "certificate", "confirmation", "totp", "recovery")
PIXEL: Final = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="
LINKS: Final = (
    LinkLine(id="a" * 64, title="省统一身份认证平台", since="2026-11-02"),
    LinkLine(id="b" * 64, title="city", since="2025-03-01", there=False),
)
NOTICES: Final = (
    NoticeLine(about="link_made", what="省统一身份认证平台", at="2026-11-26 09:10", new=True),
    NoticeLine(about="signed_in", what="", at="2026-11-26 09:00", new=True),
    NoticeLine(about="factor_enrolled", what="通行密钥", at="2026-10-02 10:00", new=False),
)
REQUESTS: Final = (
    RequestLine(
        id="a" * 64,
        client_name="公积金中心",
        scopes=("openid", "profile", "licences"),
        message="提取 7-31",
        asked="09:10:00",
        until="09:20:00",
    ),
    RequestLine(id="b" * 64, client_name="C" * 64, scopes=("openid",), message="W" * 64, asked="09:09", until="09:19"),
    RequestLine(id="c" * 64, client_name="公积金中心", scopes=("openid",), message="", asked="09:09", until="09:19"),
)
ACCOUNT: Final = AccountPage(
    csrf=CSRF,
    identity=3,
    authentication=2,
    explained=("The factor password gives login 1 by itself.", "The factor totp gives login 1 by itself."),
    sessions=(
        SessionLine(id="ss-abc", this=True, since="2026-11-26 09:00", seen="2026-11-26 09:12"),
        SessionLine(id="ss-def", this=False, since="2026-11-25 14:30", seen="2026-11-25 15:01"),
        SessionLine(id="ss-ghi", this=False, app=True, since="2026-11-25 14:31", seen="2026-11-25 14:31"),
    ),
    factors=(
        FactorLine(id="fa-a", kind="password", label="", added="2026-10-01"),
        FactorLine(id="fa-b", kind="passkey", label="办公电脑", added="2026-10-02"),
        FactorLine(id="fa-c", kind="totp", label="", added="2026-10-02"),
        FactorLine(id="fa-d", kind="recovery", label="", added="2026-10-02", left=9),
    ),
    consents=(
        ConsentLine(
            client="c-a",
            client_name=CLIENT,
            scopes=("openid", "assurance", "licences"),
            since="2026-11-20",
            acting=("滨海示例科技有限公司",),
        ),
    ),
    grants=(
        GrantLine(
            id="og-a", client_name=CLIENT, scopes=("openid", "assurance"), since="2026-11-26 09:02", until="2026-11-26"
        ),
        GrantLine(
            id="og-b",
            client_name=CLIENT,
            scopes=("openid", "offline_access", "licences"),
            since="2026-11-20 14:01",
            until="2027-02-18",
            organisation="滨海示例科技有限公司",
            offline=True,
        ),
    ),
    mandates=(
        MandateLine(
            id="md-a",
            organisation="滨海示例科技有限公司",
            role="legal_representative",
            until="2027-01-01",
            acting=False,
        ),
        MandateLine(id="md-c", organisation="滨海示例物流有限公司", role="administrator", until="", acting=False),
        MandateLine(id="md-b", organisation="滨海示例贸易有限公司", role="handler", until="2026-12-31", acting=True),
    ),
    acting=True,
    links=LINKS,
    linkable=True,
    notices=NOTICES,
    newest="nt-a",
)
PAGES: Final[Mapping[str, tuple[str, Mapping[str, object]]]] = {
    "login": (
        "login.html",
        {
            "view": LoginPage(
                csrf=CSRF, interaction=LOGIN, client_name=CLIENT, passkey_options=OPTIONS, elsewhere=PORTALS
            )
        },
    ),
    "login-refused": (
        "login.html",
        {"view": LoginPage(csrf=CSRF, interaction=LOGIN, login_name="li.ming"), "problem": WRONG},
    ),
    "login-again": ("login.html", {"view": LoginPage(csrf=CSRF, interaction=LOGIN, again=True)}),
    "step": ("step.html", {"view": StepPage(csrf=CSRF, interaction=LOGIN, means=MEANS, client_name=CLIENT)}),
    "step-stale": ("step.html", {"view": StepPage(csrf=CSRF, interaction=LOGIN, means=("password",), stale=True)}),
    "step-real-name": (
        "step.html",
        {"view": StepPage(csrf=CSRF, interaction=LOGIN, means=(), real_name=True, elsewhere=PORTALS)},
    ),
    "step-impossible-real-name": (
        "step.html",
        {
            "view": StepPage(csrf=CSRF, interaction=LOGIN, means=(), real_name=True, go_on="/account"),
            "problem": BEYOND,
        },
    ),
    "step-impossible": (
        "step.html",
        {"view": StepPage(csrf=CSRF, interaction=LOGIN, means=(), go_on="/account"), "problem": BEYOND},
    ),
    "answer-totp": ("answer.html", {"view": AnswerPage(csrf=CSRF, interaction=LOGIN, kind="totp"), "problem": WRONG}),
    "answer-passkey": (
        "answer.html",
        {"view": AnswerPage(csrf=CSRF, interaction=LOGIN, kind="passkey", options=OPTIONS)},
    ),
    "answer-confirmation": (
        "answer.html",
        {"view": AnswerPage(csrf=CSRF, interaction=LOGIN, kind="confirmation", number="47")},
    ),
    "answer-certificate": (
        "answer.html",
        {"view": AnswerPage(csrf=CSRF, interaction=LOGIN, kind="certificate", challenge="trustkit login\nAAAA")},
    ),
    "answer-national": (
        "answer.html",
        {
            "view": AnswerPage(
                csrf=CSRF,
                interaction=LOGIN,
                kind="national-id",
                challenge="1f" * 16,
                connector="network-id",
                password=True,
            )
        },
    ),
    "answer-recovery": ("answer.html", {"view": AnswerPage(csrf=CSRF, interaction=LOGIN, kind="recovery")}),
    "answer-password": (
        "answer.html",
        {"view": AnswerPage(csrf=CSRF, interaction=LOGIN, kind="password", others=False)},
    ),
    "consent": (
        "consent.html",
        {
            "view": ConsentPage(
                csrf=CSRF,
                client_name=CLIENT,
                scopes=("openid", "assurance", "licences"),
                organisation="滨海示例科技有限公司",
            )
        },
    ),
    "device": ("device.html", {"view": DevicePage(csrf=CSRF)}),
    "device-compare": (
        "device.html",
        {
            "view": DevicePage(
                csrf=CSRF,
                user_code="BCDF-GHJK",
                client_name="trustkit",
                scopes=("openid", "assurance"),
                organisation="滨海示例科技有限公司",
            )
        },
    ),
    "device-done": ("device.html", {"view": DevicePage(csrf=CSRF, outcome="done")}),
    "account": ("account.html", {"view": ACCOUNT}),
    "requests": (
        "requests.html",
        {"view": RequestsPage(csrf=CSRF, requests=REQUESTS, organisation="滨海示例科技有限公司"), "problem": WRONG},
    ),
    "requests-none": ("requests.html", {"view": RequestsPage(csrf=CSRF, requests=(), outcome="allowed")}),
    "enrol-totp": (
        "enrol.html",
        {"view": EnrolPage(csrf=CSRF, kind="totp", picture=PIXEL, secret="JBSW Y3DP EHPK 3PXP")},
    ),
    "enrol-passkey": ("enrol.html", {"view": EnrolPage(csrf=CSRF, kind="passkey", options=OPTIONS)}),
    "enrol-recovery": ("enrol.html", {"view": EnrolPage(csrf=CSRF, kind="recovery")}),
    "enrol-recovery-shown": (
        "enrol.html",
        {"view": EnrolPage(csrf=CSRF, kind="recovery", codes=("bcdfg-hjkmn", "pqrst-vwxyz"))},
    ),
    "enrol-password": ("enrol.html", {"view": EnrolPage(csrf=CSRF, kind="password", least=12)}),
    "pairing": (
        "pairing.html",
        {"view": PairingPage(csrf=CSRF, handle="a" * 43, picture=PIXEL, site="https://login.binhai.example")},
    ),
    "pairing-none": (
        "pairing.html",
        {
            "view": PairingPage(
                csrf=CSRF, handle="a" * 43, picture=PIXEL, site="https://login.binhai.example", waits=True
            )
        },
    ),
    "pairing-compare": ("pairing.html", {"view": PairingPage(csrf=CSRF, handle="a" * 43, digits="047113")}),
    "pairing-differs": ("pairing.html", {"view": PairingPage(csrf=CSRF, differs=True)}),
    "links": ("links.html", {"view": LinksPage(csrf=CSRF, links=LINKS, choices=PORTALS)}),
    "links-none": (
        "links.html",
        {"view": LinksPage(csrf=CSRF, links=(), choices=PORTALS), "problem": WRONG},
    ),
    "account-read": (
        "account.html",
        {"view": replace(ACCOUNT, notices=tuple(replace(each, new=False) for each in NOTICES), links=())},
    ),
    "logout": ("logout.html", {"view": LogoutPage(csrf=CSRF)}),
    "logout-done": ("logout.html", {"view": LogoutPage(done=True)}),
    "going": ("going.html", {}),
    "error": ("error.html", {"problem": WRONG, "request_id": "rq-abc", "back": "", "say": ""}),
    "error-back": (
        "error.html",
        {"problem": WRONG, "request_id": "rq-abc", "back": "/account/links", "say": "links.failed"},
    ),
}
