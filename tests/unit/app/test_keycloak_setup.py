"""What is decided without a server; a real one is asked in tests/interop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from keycloak.exceptions import KeycloakError

from idp.connectors.oidc_metadata import parse_metadata
from tests.support.openid_provider import ISSUER, SimulatedProvider
from trustkit.app import keycloak_claims as claims
from trustkit.app import keycloak_model as model
from trustkit.app.keycloak_setup import KeycloakOrder, KeycloakSetup, broker_logout, broker_return, open_keycloak
from trustkit.custody.passphrase import Passphrase
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from trustkit.error_family import Code

METADATA = parse_metadata(json.dumps(SimulatedProvider().metadata).encode(), issuer=ISSUER, plain=False)


def _order(server: str) -> KeycloakOrder:
    return KeycloakOrder(server=server, admin="admin", password=Passphrase(b"secret"))


@pytest.mark.parametrize(
    "server", ["http://sso.example", "ftp://sso.example", "sso.example", "http://127.0.0.1.evil.example"]
)
def test_a_password_goes_nowhere_without_tls(server: str) -> None:
    with pytest.raises(TrustError) as refused:
        open_keycloak(_order(server))
    assert refused.value.code is ErrorCode.USAGE


def test_an_order_shows_no_password() -> None:
    assert "secret" not in repr(_order("https://sso.example"))


class Broken:
    """A server that fails in one way, and tells a secret in doing so."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_realms(self) -> object:
        raise self._error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeycloakError("s3cret", response_code=401), IdentityCode.IDP_UPSTREAM_REFUSED),
        (KeycloakError("s3cret", response_code=503), IdentityCode.IDP_UPSTREAM_UNREACHABLE),
        (KeycloakError("s3cret"), IdentityCode.IDP_UPSTREAM_UNREACHABLE),
        (requests.ConnectionError("s3cret"), IdentityCode.IDP_UPSTREAM_UNREACHABLE),
        (KeyError("s3cret"), IdentityCode.IDP_UPSTREAM_ANSWER),
    ],
)
def test_what_the_library_raises_ends_here(error: Exception, code: Code) -> None:
    setup = KeycloakSetup(Broken(error))  # type: ignore[arg-type]
    with pytest.raises(TrustError) as refused:
        setup.upstream(realm="gov", client="trustkit", return_url="https://id.example/login/return/keycloak")
    assert refused.value.code is code
    assert "s3cret" not in str(refused.value)


class Realm:
    """A realm's user profile; whatever is asked after it is refused."""

    def __init__(self, profile: dict[str, Any]) -> None:
        self.profile = profile
        self.writes = 0

    def get_realms(self) -> list[dict[str, Any]]:
        return [{"realm": "gov"}]

    def change_current_realm(self, name: str) -> None:
        assert name == "gov"

    def get_realm_users_profile(self) -> dict[str, Any]:
        return self.profile

    def update_realm_users_profile(self, payload: dict[str, Any]) -> None:
        self.profile = payload
        self.writes += 1

    def get_authentication_flows(self) -> object:
        raise KeycloakError("", response_code=403)


def _set_up(realm: Realm) -> KeycloakSetup:
    setup = KeycloakSetup(realm)  # type: ignore[arg-type]
    with pytest.raises(TrustError) as refused:
        setup.upstream(realm="gov", client="trustkit", return_url="https://id.example/login/return/keycloak")
    assert refused.value.code is IdentityCode.IDP_UPSTREAM_REFUSED
    return setup


OTHER_ATTRIBUTE = {"name": "username", "permissions": {"view": ["admin", "user"], "edit": ["admin", "user"]}}
LEVEL = {"name": "real_name_level"}
OWN = {
    "name": "real_name_level",
    "annotations": {"a": "b"},
    "permissions": {"view": ["user"], "edit": ["admin", "user"]},
}


@pytest.mark.parametrize("attributes", [[], [OTHER_ATTRIBUTE], [OTHER_ATTRIBUTE, LEVEL], [OWN, OTHER_ATTRIBUTE]])
def test_nobody_gives_himself_a_real_name_level(attributes: list[dict[str, Any]]) -> None:
    realm = Realm({"attributes": attributes, "groups": [{"name": "g"}]})
    assert _set_up(realm).changed == ["user profile attribute real_name_level"]
    found = {each["name"]: each for each in realm.profile["attributes"]}
    assert found["real_name_level"]["permissions"] == {"view": ["admin"], "edit": ["admin"]}
    assert OWN not in attributes or found["real_name_level"]["annotations"] == {"a": "b"}
    assert OTHER_ATTRIBUTE not in attributes or found["username"] == OTHER_ATTRIBUTE
    assert realm.profile["groups"] == [{"name": "g"}]
    assert (_set_up(realm).changed, realm.writes) == ([], 1)


@pytest.mark.parametrize(
    ("policy", "warned"), [("ENABLED", True), ("ADMIN_EDIT", False), ("ADMIN_VIEW", False), (None, False)]
)
def test_a_realm_whose_people_write_attributes_is_warned_of(policy: str | None, warned: bool) -> None:  # noqa: FBT001
    profile: dict[str, Any] = {"attributes": []} | ({} if policy is None else {"unmanagedAttributePolicy": policy})
    setup = _set_up(Realm(profile))
    assert [each.startswith("WARNING: ") for each in setup.warned] == [True] * warned


def test_the_client_has_the_code_flow_and_one_return_address_alone() -> None:
    client = model.client("trustkit", "https://id.example/login/return/keycloak", "flow-1")
    assert client["redirectUris"] == ["https://id.example/login/return/keycloak"]
    on = {name for name, value in client.items() if value is True}
    assert on == {"enabled", "standardFlowEnabled"}
    assert client["attributes"]["pkce.code.challenge.method"] == "S256"
    assert client["attributes"]["require.pushed.authorization.requests"] == "true"


def test_trustkit_behind_keycloak_is_verified_and_asked_for_levels() -> None:
    provider = model.identity_provider("trustkit", METADATA, "keycloak", "s3cret")
    config = provider["config"]
    assert (config["issuer"], config["tokenUrl"]) == (ISSUER, METADATA.token)
    assert (config["validateSignature"], config["pkceMethod"]) == ("true", "S256")
    assert (config["forwardParameters"], config["passMaxAge"]) == ("acr_values,claims", "true")
    assert provider["trustEmail"] is False


def test_where_keycloak_comes_back_to() -> None:
    assert (
        broker_return("https://sso.example/", "gov", "trustkit")
        == "https://sso.example/realms/gov/broker/trustkit/endpoint"
    )


def test_services_are_told_of_the_level_under_a_name_that_is_not_keycloaks() -> None:
    kept = [json.loads(each["config"]["claims"])[0]["key"] for each in claims.note_mappers("trustkit")]
    told = {each["config"]["user.session.note"]: each["config"]["claim.name"] for each in claims.claim_mappers()}
    assert sorted(kept) == sorted(told) == ["acr", "sub"]
    assert not {"acr", "sub"} & set(told.values())


def test_for_whom_somebody_acts_is_kept_as_text_and_told_as_an_object() -> None:
    kept = [json.loads(each["config"]["claims"])[0]["key"] for each in claims.acting_note_mappers("trustkit")]
    told = {
        each["config"]["user.session.note"]: (each["config"]["claim.name"], each["config"]["jsonType.label"])
        for each in claims.acting_claim_mappers()
    }
    assert kept == ["org_text", "act_text"]
    assert told == {"org_text": ("trustkit_org", "JSON"), "act_text": ("trustkit_act", "JSON")}


def test_where_keycloak_is_told_that_a_session_ended() -> None:
    told = "https://sso.example/realms/gov/protocol/openid-connect/logout/backchannel-logout"
    assert broker_logout("https://sso.example/", "gov") == told
