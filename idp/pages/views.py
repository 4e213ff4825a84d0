"""What each page shows: values alone, made by the routes, read by the templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idp.pages.words import words_in
from trustkit.texts.catalogue import error_text, remedy_for_people

if TYPE_CHECKING:
    from trustkit.errors import TrustError
    from trustkit.texts.catalogue import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong, in the reader's language: never more than the error's own sentence and remedy."""

    sentence: str
    remedy: str
    code: str

    @classmethod
    def of(cls, error: TrustError, language: Language) -> Problem:
        """Return what a person is told of an error; its detail is for the log alone.

        A remedy that names a command or a setting is an operator's: a person is told whom to ask.
        """
        text = error_text(error.code, language)
        remedy = remedy_for_people(text.remedy)
        if text.remedy and not remedy:
            remedy = words_in(language)("error.ask")
        return cls(sentence=text.sentence, remedy=remedy, code=error.code.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A connector's button."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage:
    """The first page of a login. `passkey_options` is JSON of WebAuthn 5.5, for conditional mediation; empty where there are none."""

    csrf: str = field(repr=False)
    interaction: str = field(default="", repr=False)
    client_name: str = ""
    password: bool = True
    passkey_options: str = field(default="", repr=False)
    elsewhere: tuple[Elsewhere, ...] = ()
    again: bool = False
    login_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage:
    """A further step: which means would do (names of `FactorKind`), why one is asked for, and the level that is aimed at.

    `bound` asks for a means that cannot be phished. `go_on`: where who gives up goes.
    """

    csrf: str = field(repr=False)
    interaction: str = field(default="", repr=False)
    means: tuple[str, ...]
    client_name: str = ""
    stale: bool = False
    real_name: bool = False
    bound: bool = False
    aim: str = ""
    go_on: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage:
    """One means' own page: a code to enter, a passkey to use, a number to compare, a text to sign.

    `options` is JSON for the browser's authenticator, `number` what an app must show, `challenge` a text to be signed for
    the connector of that name, or its business number; `back` a page of ours to give up to, else the login; `password` when its app hands over a second answer.
    """

    csrf: str = field(repr=False)
    interaction: str = field(default="", repr=False)
    kind: str
    options: str = field(default="", repr=False)
    number: str = ""
    challenge: str = ""
    connector: str = ""
    title: str = ""
    password: bool = False
    back: str = ""
    others: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPage:
    """What a client asks for, by names of scopes."""

    csrf: str = field(repr=False)
    interaction: str = field(default="", repr=False)
    client_name: str
    scopes: tuple[str, ...]
    organisation: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePage:
    """A device's code: to be entered, then compared with what is asked for it; `outcome` is done or denied, once it is decided."""

    csrf: str = field(repr=False)
    user_code: str = ""
    client_name: str = ""
    scopes: tuple[str, ...] = ()
    organisation: str = field(default="", repr=False)
    outcome: str = ""
    interaction: str = ""  # none: these forms are bound to the session


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """One session of the owner; `app` where it came of what he allowed in his app."""

    id: str
    this: bool
    app: bool = False
    since: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorLine:
    """One enrolled factor of the owner; `left` is how many recovery codes there are."""

    id: str
    kind: str
    label: str
    added: str
    left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLine:
    """What one client was allowed, latest when; `acting` are organisations he allowed it for, `own` that he did so for himself."""

    client: str
    client_name: str
    scopes: tuple[str, ...]
    since: str
    acting: tuple[str, ...] = field(default=(), repr=False)
    own: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantLine:
    """What one client can do now: for himself where `organisation` is empty; in his absence (`offline`) `until` then."""

    id: str
    client_name: str
    scopes: tuple[str, ...]
    since: str
    until: str
    organisation: str = field(default="", repr=False)
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateLine:
    """One organisation the person may act for. `role` is a name of the mandate's kind, with underscores; `until` may be empty."""

    id: str
    organisation: str = field(repr=False)
    role: str
    until: str
    acting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """A service somebody signs in by; `there` while its connector is."""

    id: str
    title: str
    since: str
    there: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksPage:
    """What is linked, the connectors that can be, and the titles of those that cannot."""

    csrf: str = field(repr=False)
    links: tuple[LinkLine, ...]
    choices: tuple[Elsewhere, ...]
    untimed: tuple[str, ...] = ()
    interaction: str = ""  # none: these forms are bound to the session


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """What happened: `about` is a word of `idp.notices` with underscores, `what` the factor or provider in words, as `at` says when."""

    about: str
    what: str
    at: str
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """The person's own page.

    `explained` says how his level came about, a sentence a ground; `newest` names the newest of the notices, up to which they are read.
    """

    csrf: str = field(repr=False)
    identity: int
    authentication: int
    explained: tuple[str, ...] = ()
    sessions: tuple[SessionLine, ...]
    factors: tuple[FactorLine, ...]
    consents: tuple[ConsentLine, ...] = ()
    grants: tuple[GrantLine, ...] = ()
    notices: tuple[NoticeLine, ...] = ()
    newest: str = ""
    links: tuple[LinkLine, ...] = ()
    linkable: bool = False
    mandates: tuple[MandateLine, ...] = ()
    acting: bool = False  # for an organisation, so that acting for oneself again is offered
    asked: int = 0  # requests of clients that wait for an answer
    interaction: str = ""  # none: these forms are bound to the session


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One request that waits for the person; `message` is the client's own."""

    id: str
    client_name: str
    scopes: tuple[str, ...]
    message: str
    asked: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsPage:
    """What waits for the person's answer, who acts for `organisation` if that is not empty; `outcome` tells of the last one."""

    csrf: str = field(repr=False)
    requests: tuple[RequestLine, ...]
    organisation: str = field(default="", repr=False)
    outcome: str = ""
    interaction: str = ""  # none: these forms are bound to the session


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolPage:
    """Enrolling one factor.

    `handle` names the enrolment under way, `picture` is an SVG of a QR code as a data: URI, `secret` its text, `codes` recovery codes
    shown this once, `least` the fewest characters of a password.
    """

    csrf: str = field(repr=False)
    kind: str
    handle: str = field(default="", repr=False)
    picture: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    options: str = field(default="", repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)
    least: int = 0
    interaction: str = ""  # none: these forms are bound to the session


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingPage:
    """Pairing an app: its code to be read, then `digits` to be compared; `differs` once they were not the same.

    `picture` is an SVG of the QR code as a data: URI, `handle` what it says and who has no camera types.
    """

    csrf: str = field(repr=False)
    handle: str = field(default="", repr=False)
    picture: str = field(default="", repr=False)
    site: str = ""
    digits: str = field(default="", repr=False)
    differs: bool = False
    waits: bool = False
    interaction: str = ""  # none: these forms are bound to the session


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutPage:
    """Asking whether to sign out, or telling that it was done."""

    csrf: str = field(default="", repr=False)
    done: bool = False
    interaction: str = ""  # none: these forms are bound to the session
