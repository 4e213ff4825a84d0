"""A client that asks people behind their backs (CIBA, poll mode), at an identity service in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from idp.op.client_form import read_registration
from idp.op.client_model import GrantType
from idp.op.clients import ClientRegister
from tests.support.identity_site import NAME
from trustkit.encoding.canonical_json import canonical_json

if TYPE_CHECKING:
    from tests.support.identity_site import Site
    from trustkit.encoding.canonical_json import JsonValue


class Bank:
    """A client that may ask."""

    def __init__(self, site: Site) -> None:
        form: dict[str, JsonValue] = {
            "client_name#en": "Provident fund",
            "client_name#zh": "公积金中心",
            "token_endpoint_auth_method": "client_secret_post",
            "grant_types": [GrantType.BACKCHANNEL.value, GrantType.REFRESH.value],
            "scope": "openid profile offline_access",
        }
        site.home.keys.tend()
        register = ClientRegister(database=site.home.database, clock=site.clock)
        added, secret = register.add("fund", read_registration(canonical_json(form)), actor=site.home.operator)
        self.client = added.identifier
        self._who: dict[str, Any] = {"client_id": added.identifier, "client_secret": secret}
        self._browser = site.browser()

    def asks(self, **members: str) -> str:
        told = self._post("/bc-authorize", **{"scope": "openid", "login_hint": NAME, **members})
        assert set(told) == {"auth_req_id", "expires_in", "interval"}
        return str(told["auth_req_id"])

    def polls(self, request: str) -> dict[str, Any]:
        return self._post("/token", grant_type=GrantType.BACKCHANNEL.value, auth_req_id=request)

    def refreshes(self, token: str) -> dict[str, Any]:
        return self._post("/token", grant_type=GrantType.REFRESH.value, refresh_token=token)

    def _post(self, path: str, **fields: Any) -> dict[str, Any]:
        self._browser.post(path, **fields, **self._who)
        assert self._browser.answer is not None
        told: dict[str, Any] = self._browser.answer.json()
        return told
