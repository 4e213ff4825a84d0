"""Enrolling factors on pages: an authenticator app by its QR code, a passkey, recovery codes, another password.

Each page is for who signed in freshly, and with two factors once he has them (`idp.factors.enroller`); `OwnDoor` sees to that login.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from starlette.routing import Router

from idp.factors.passwords import SHORTEST
from idp.factors.port import FactorKind
from idp.pages.own import ACCOUNT, see_other
from idp.pages.render import page
from idp.pages.views import EnrolPage, Problem
from idp.pages.words import words_in
from trustkit.code_families import EVERY_CODE
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.web.problem import status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from idp.factors.passkeys import PasskeyFactors
    from idp.factors.passwords import Passwords
    from idp.factors.recovery import RecoveryCodes
    from idp.factors.totp import TotpFactors, TotpOffer
    from idp.pages.own import OwnDoor, Who
    from idp.password_room import PasswordRoom

PATHS: Final = {
    kind: f"{ACCOUNT}/{kind.value}"
    for kind in (FactorKind.TOTP, FactorKind.PASSKEY, FactorKind.RECOVERY, FactorKind.PASSWORD)
}
MAX_LABEL: Final = 40  # characters, of which the store bounds the octets
_ACCOUNT_LETTERS: Final = 4
# Refusals the same page shows again, for the person to try once more.
_AGAIN: Final = frozenset(
    {
        IdentityCode.FACTOR_ATTESTATION,
        IdentityCode.FACTOR_CODE_FORM,
        IdentityCode.FACTOR_PASSWORD_FORM,
        IdentityCode.FACTOR_PASSWORD_WEAK,
        IdentityCode.FACTOR_REFUSED,
        ErrorCode.INPUT_TOO_LARGE,
        ErrorCode.REQUEST_BUSY,
        ErrorCode.STORE_CONFLICT,
        *(code for code in EVERY_CODE if code.name.startswith("FACTOR_PASSKEY_")),
    }
)


class OwnFactors(Protocol):
    """What a home's people enrol."""

    @property
    def passwords(self) -> Passwords:
        """Passwords."""

    @property
    def totp(self) -> TotpFactors:
        """Authenticator apps."""

    @property
    def passkeys(self) -> PasskeyFactors:
        """Passkeys."""

    @property
    def recovery(self) -> RecoveryCodes:
        """Recovery codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentPages:
    """The pages and their forms.

    `picture` draws a text as a QR code, in SVG; `name` is what authenticators show for this service; `told` wraps a handler so that
    what the account page can tell is told there; passwords are hashed in `room`.
    """

    door: OwnDoor
    factors: OwnFactors
    picture: Callable[[str], str]
    name: str
    told: Callable[[Callable[[Who], Response]], Callable[[Who], Response]]
    room: PasswordRoom

    def router(self) -> Router:
        """Return the routes."""
        made = Router()
        pages = {
            FactorKind.TOTP: (self.totp, self.confirm_totp),
            FactorKind.PASSKEY: (self.passkey, self.finish_passkey),
            FactorKind.RECOVERY: (self.recovery, self.renew_recovery),
            FactorKind.PASSWORD: (self.password, self.change_password),
        }
        for kind, (shows, takes) in pages.items():
            path = PATHS[kind]
            made.add_route(path, self.door.answers(self.told(shows), back=path), methods=["GET"])
            room = self.room if kind is FactorKind.PASSWORD else None
            made.add_route(path, self.door.answers(self.told(takes), back=path, room=room), methods=["POST"])
        return made

    def totp(self, who: Who) -> Response:
        """GET /account/totp: a new secret, as a QR code and to be typed."""
        offer = self.factors.totp.begin(self.door.enroller(who), account=_suffix(who), now=who.now)
        return self._offered(who, offer)

    def confirm_totp(self, who: Who) -> Response:
        """POST /account/totp: the first code of the app, without which nothing is enrolled."""
        enroller, handle, totp = self.door.enroller(who), who.asked.text("handle"), self.factors.totp
        try:
            totp.confirm(enroller, handle, who.asked.text("code"), now=who.now)
        except TrustError as error:
            if error.code is IdentityCode.FACTOR_ENROLMENT_OVER:
                return see_other(PATHS[FactorKind.TOTP])  # it took too long: here is another
            if error.code not in _AGAIN:
                raise
            return self._offered(who, totp.again(enroller, handle, account=_suffix(who), now=who.now), error)
        return see_other(ACCOUNT)

    def passkey(self, who: Who, error: TrustError | None = None) -> Response:
        """GET /account/passkey: what the browser's authenticator is asked."""
        account = f"{self.name} {_suffix(who)}"
        options = self.factors.passkeys.begin(self.door.enroller(who), account=account, now=who.now)
        view = EnrolPage(csrf=who.form, kind=FactorKind.PASSKEY.value, options=json.dumps(options))
        return _page(who, view, error)

    def finish_passkey(self, who: Who) -> Response:
        """POST /account/passkey: what it answered, and how its owner calls it."""
        body, label = who.asked.text("credential").encode(), who.asked.text("label").strip()[:MAX_LABEL]
        try:
            self.factors.passkeys.finish(self.door.enroller(who), body, label=label, now=who.now)
        except TrustError as error:
            if error.code not in _AGAIN:
                raise
            return self.passkey(who, error)
        return see_other(ACCOUNT)

    def recovery(self, who: Who) -> Response:
        """GET /account/recovery: whether a new set is wanted, which ends the one before it."""
        self.door.enroller(who)
        return _page(who, EnrolPage(csrf=who.form, kind=FactorKind.RECOVERY.value))

    def renew_recovery(self, who: Who) -> Response:
        """POST /account/recovery: the new set, shown this once."""
        codes = self.factors.recovery.renew(self.door.enroller(who), now=who.now)
        return _page(who, EnrolPage(csrf=who.form, kind=FactorKind.RECOVERY.value, codes=codes))

    def password(self, who: Who, problem: Problem | None = None, status: int = 200) -> Response:
        """GET /account/password: a new password; that it is he is known by his fresh login."""
        self.door.enroller(who)
        view = EnrolPage(csrf=who.form, kind=FactorKind.PASSWORD.value, least=SHORTEST)
        return _shown(who, view, problem, status)

    def change_password(self, who: Who) -> Response:
        """POST /account/password: set it, which ends his other sessions: whoever knew the old one may be in one of them."""
        enroller, language = self.door.enroller(who), who.asked.language
        if who.asked.text("new") != who.asked.text("repeat"):
            words = words_in(language)
            return self.password(who, Problem(sentence=words("enrol.password_differ"), remedy="", code=""), 422)
        try:
            self.factors.passwords.put(enroller, who.asked.text("new"), now=who.now)
        except TrustError as error:
            if error.code not in _AGAIN:
                raise
            return self.password(who, Problem.of(error, language), status_of(error.code))
        return see_other(ACCOUNT)

    def _offered(self, who: Who, offer: TotpOffer, error: TrustError | None = None) -> Response:
        picture = base64.b64encode(self.picture(offer.uri).encode()).decode()
        view = EnrolPage(
            csrf=who.form,
            kind=FactorKind.TOTP.value,
            handle=offer.handle,
            picture=f"data:image/svg+xml;base64,{picture}",
            secret=offer.typed,
        )
        return _page(who, view, error)


def _suffix(who: Who) -> str:
    """Return how an authenticator tells two accounts of this service apart: nobody's name is kept that could be shown."""
    return who.session.person[-_ACCOUNT_LETTERS:]


def _page(who: Who, view: EnrolPage, error: TrustError | None = None) -> Response:
    if error is None:
        return _shown(who, view, None, 200)
    return _shown(who, view, Problem.of(error, who.asked.language), status_of(error.code))


def _shown(who: Who, view: EnrolPage, problem: Problem | None, status: int) -> Response:
    here = f"{ACCOUNT}/{view.kind}"
    return page("enrol.html", {"view": view, "problem": problem}, language=who.asked.language, status=status, here=here)
