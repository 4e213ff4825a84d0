"""The holders' door as a client of this home's own OpenID provider: registered by an administrator, asked in a browser, judged by the store.

    register_door(home, actor=who)                                # trustkit share holder-setup
    begun = provider.begin(back="/ask?r=…", fresh=True, secret=…)  # begun.url for the browser, begun.cookie kept by it
    grant = await provider.finish(cookie, query)                  # the grant at the provider that came of it

Code with PKCE (RFC 7636); state and verifier are made of a secret that stands in a cookie of this browser alone, so that nothing is kept here
of logins that are begun, and no answer to another browser's login is taken (RFC 9700 2.1, 4.7). The door has no secret of its own.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from idp.handles import is_handle
from idp.op.client_form import read_registration
from idp.op.client_model import OPENID, AuthMethod, GrantType, SubjectType
from idp.op.clients import ClientRegister, live_client
from idp.op.grants import grant_of_token
from idp.op.keys import list_keys
from idp.op.tokens import ACCESS_ALGORITHM
from trustkit.app.holder_settings import HOLDER_CLIENT, RETURN_PATH
from trustkit.app.official_client import BrowserRequest
from trustkit.copy_codes import CopyCode
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.text64 import encode_base64url
from trustkit.error_family import PASSING
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.access_token import access_rules, require_bearer, verify_access_token
from trustkit.jose.keys import JwkSet
from trustkit.web.page_site import own_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.app.holder_settings import HolderSettings
    from trustkit.app.official_client import OfficialClient
    from trustkit.app.opened import OpenedHome
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.identity import Principal

HOME: Final = "/"
_MAX_COOKIE: Final = 1024
_FRESH, _ANY = "f", "a"
_NOT_OURS: Final = frozenset({ErrorCode.OFFICIAL_REFUSED, IdentityCode.IDP_UPSTREAM_ANSWER})


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunSignIn:
    """A login that is begun: `url` is where the browser goes, `cookie` what it keeps until it is back."""

    url: str = field(repr=False)
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSignIn:
    """A login that came back: the grant at the provider, the page of ours that was wanted, and whether a fresh login was asked for."""

    grant: str
    back: str
    fresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderProvider:
    """See the module."""

    home: OpenedHome
    client: OfficialClient
    settings: HolderSettings

    def begin(self, *, back: str, fresh: bool, secret: str, language: str) -> BegunSignIn:
        """Return a login for a page of ours. `secret` is a handle made for it."""
        age = {"max_age": str(int((self.settings.max_age / 2).total_seconds()))} if fresh else {}
        query = {
            "response_type": "code",
            "client_id": HOLDER_CLIENT,
            "redirect_uri": self.settings.url() + RETURN_PATH,
            "scope": OPENID,
            "state": _part("state", secret),
            "code_challenge": encode_base64url(sha256(_part("verifier", secret).encode()).digest()),
            "code_challenge_method": "S256",
            "acr_values": self.settings.level,
            "ui_locales": "zh-CN zh en" if language == "zh" else "en",
            **age,
        }
        kept = f"{secret}.{_FRESH if fresh else _ANY}.{encode_base64url(back.encode())}"
        return BegunSignIn(url=f"{self.client.issuer}/authorize?{urlencode(query)}", cookie=kept)

    async def finish(self, cookie: str, answer: Mapping[str, str]) -> EndedSignIn:
        """Return what a browser came back with.

        Raises:
            TrustError: HOLDER_SIGN_IN for a login that was not begun in this browser, or that ended without somebody; HOLDER_LEVEL where
                the provider says that what was asked for cannot be reached; IDP_UPSTREAM_UNREACHABLE.
        """
        secret, fresh, back = _kept(cookie)
        asked = BrowserRequest(
            url="",
            return_uri=self.settings.url() + RETURN_PATH,
            state=_part("state", secret),
            verifier=_part("verifier", secret),
        )
        try:
            token = await self.client.redeem(asked, answer)
        except TrustError as error:
            if error.code not in _NOT_OURS:
                raise
            if error.facts.get("error") == "unmet_authentication_requirements":
                raise TrustError(CopyCode.HOLDER_LEVEL, "the provider could not reach the level") from error
            raise TrustError(CopyCode.HOLDER_SIGN_IN, error.detail) from error
        return EndedSignIn(grant=self._grant(token), back=back, fresh=fresh)

    def _grant(self, token: str) -> str:
        issuer = self.client.issuer
        rules = access_rules(issuer=issuer, audience=issuer, algorithms={ACCESS_ALGORITHM})
        with self.home.database.reading() as unit:
            keys = JwkSet.of(*(each.key for each in list_keys(unit)))
        try:
            verified = verify_access_token(token, keys, rules, now=self.home.clock.now())
            require_bearer(verified)
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            raise TrustError(CopyCode.HOLDER_SIGN_IN, "no token of this home's own provider") from error
        if verified.client != HOLDER_CLIENT:
            raise TrustError(CopyCode.HOLDER_SIGN_IN, "a token of another client")
        return grant_of_token(verified.token_id)


def register_door(home: OpenedHome, *, actor: Principal) -> bool:
    """Register the door at the provider, or have its address changed there; tell whether anything was done.

    Raises:
        TrustError: OP_CLIENT_EXISTS when the client was revoked: whoever did so takes another name out of the way; as `ClientRegister`.
    """
    members: dict[str, JsonValue] = {
        "client_name#zh": "电子证照用证授权",
        "client_name#en": "Your licences",
        "token_endpoint_auth_method": AuthMethod.NONE.value,
        "grant_types": [GrantType.CODE.value],
        "redirect_uris": [home.settings.holder.url() + RETURN_PATH],
        "scope": OPENID,
        "subject_type": SubjectType.PUBLIC.value,
        "consent_required": False,
    }
    wanted = read_registration(canonical_json(members))
    register = ClientRegister(database=home.database, clock=home.clock)
    with home.database.reading() as unit:
        found = live_client(unit, HOLDER_CLIENT)
    if found is not None:
        return register.change(found, wanted, actor=actor)
    register.add(HOLDER_CLIENT, wanted, actor=actor, identifier=HOLDER_CLIENT)
    return True


def door_of(home: OpenedHome) -> str:
    """Return where holders answer, empty where the door is not registered at the provider under that address."""
    url = home.settings.holder.url()
    with home.database.reading() as unit:
        found = live_client(unit, HOLDER_CLIENT)
    return url if found is not None and url + RETURN_PATH in found.registration.redirect_uris else ""


def _part(name: str, secret: str) -> str:
    """Return a text of 43 characters that only whoever has the secret can make, another for each name."""
    return encode_base64url(sha256(f"trustkit holder {name} {secret}".encode()).digest())


def _kept(cookie: str) -> tuple[str, bool, str]:
    """Return secret, freshness and page of a login's cookie. Raise HOLDER_SIGN_IN for what is none."""
    secret, _, rest = cookie[:_MAX_COOKIE].partition(".")
    kind, _, page = rest.partition(".")
    if not is_handle(secret) or kind not in {_FRESH, _ANY}:
        raise TrustError(CopyCode.HOLDER_SIGN_IN, "no login was begun in this browser")
    try:
        back = base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise TrustError(CopyCode.HOLDER_SIGN_IN, "no page to go back to") from error
    return secret, kind == _FRESH, own_path(back, HOME)
