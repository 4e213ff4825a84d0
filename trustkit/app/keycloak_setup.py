"""Setting up a Keycloak realm for trustkit, in either direction or both; asked again it changes nothing that is right already.

    with_keycloak = KeycloakSetup(admin)
    secret = with_keycloak.upstream(realm="gov", client="trustkit", return_url="https://id.example/login/return/keycloak")
    with_keycloak.downstream(realm="gov", alias="trustkit", …)

python-keycloak speaks to the server (the extra ``keycloak``); what it raises ends here.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from keycloak import KeycloakAdmin
from keycloak.exceptions import KeycloakError
from requests import RequestException

from trustkit.app import keycloak_claims as claims
from trustkit.app import keycloak_model as model
from trustkit.app.settings import is_loopback
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from idp.connectors.oidc_metadata import ProviderMetadata
    from trustkit.app.keycloak_model import FlowStep
    from trustkit.custody.passphrase import Passphrase

SECONDS: Final = 30
_REFUSED: Final = frozenset({400, 401, 403, 404, 409})
_MADE_BY_KEYCLOAK: Final = frozenset({"clientSecret"})  # shown as asterisks


@dataclass(frozen=True, slots=True, kw_only=True)
class KeycloakOrder:
    """Which server, and as whom: an administrator of `admin_realm`; the password is never an argument of a command."""

    server: str
    admin: str
    password: Passphrase = field(repr=False)
    admin_realm: str = "master"
    authorities: Path | None = None


def open_keycloak(order: KeycloakOrder) -> KeycloakAdmin:
    """Return the server, nothing asked yet. Raise USAGE for an address that is not https, or loopback."""
    parts = urlsplit(order.server)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise TrustError(
            ErrorCode.USAGE, "the server is an https address, or one of this machine: the password goes there"
        )
    return KeycloakAdmin(
        server_url=order.server,
        username=order.admin,
        password=order.password.reveal().decode("utf-8"),
        realm_name=order.admin_realm,
        user_realm_name=order.admin_realm,
        verify=str(order.authorities) if order.authorities is not None else True,
        timeout=SECONDS,
    )


@dataclass(slots=True)
class KeycloakSetup:
    """See the module. `changed` tells what was made or set right, for whoever asked; `warned` what of the realm is not ours to change.

    Every act raises IDP_UPSTREAM_REFUSED when the server says no, IDP_UPSTREAM_UNREACHABLE when it does not answer.
    """

    admin: KeycloakAdmin
    changed: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    def upstream(self, *, realm: str, client: str, return_url: str, logout_url: str = "") -> bytes:
        """Let trustkit sign people in at the realm, and be told of their logouts; return the client's secret, which Keycloak makes."""
        with _answered():
            self._realm(realm)
            self._profile()
            identifier = self._client(model.client(client, return_url, self._flow(), logout_url))
            self._mappers(identifier)
            secret = self.admin.get_client_secrets(identifier).get("value")
            if not secret:
                secret = self.admin.generate_client_secrets(identifier).get("value")
        if not isinstance(secret, str):
            raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "the client has no secret", rule="secret")
        return secret.encode()

    def downstream(
        self,
        *,
        realm: str,
        alias: str,
        metadata: ProviderMetadata,
        client: str,
        secret: str,
        services: Sequence[str] = (),
    ) -> str:
        """Let the realm sign people in at trustkit; return the address Keycloak comes back to, which is registered for its client here.

        `services` are clients of the realm whose tokens tell of the login here (`trustkit.app.keycloak_claims`); later ones have it by default.
        """
        wanted = model.identity_provider(alias, metadata, client, secret)
        with _answered():
            self._realm(realm)
            found = next((each for each in self.admin.get_idps() if each["alias"] == alias), None)
            if found is None:
                self.admin.create_idp(wanted)
                self.changed.append(f"identity provider {alias}")
            else:
                # a secret cannot be read back, so it is set each time; that alone is no change
                self.admin.update_idp(alias, _merged(found, wanted))
                if not _holds(found, wanted):
                    self.changed.append(f"identity provider {alias}")
            known = {each["name"]: each for each in self.admin.get_idp_mappers(alias)}
            for mapper in (*claims.note_mappers(alias), *claims.acting_note_mappers(alias)):
                before = known.get(mapper["name"])
                if before is None:
                    self.admin.add_mapper_to_idp(alias, mapper)
                elif not _holds(before, mapper):
                    self.admin.update_mapper_in_idp(alias, before["id"], _merged(before, mapper))
                else:
                    continue
                self.changed.append(f"mapper {mapper['name']} of {alias}")
            self._claims(services)
        return broker_return(self.admin.connection.server_url or "", realm, alias)

    def _claims(self, services: Sequence[str]) -> None:
        """Give the realm's services the scope that tells of logins here; those to come have it by default."""
        found = self.admin.get_client_scope_by_name(claims.SCOPE)
        scope = self.admin.create_client_scope(claims.scope()) if found is None else str(found["id"])
        if found is None:
            self.changed.append(f"client scope {claims.SCOPE}")
        known = {each["name"]: each for each in self.admin.get_mappers_from_client_scope(scope)}
        for mapper in (*claims.claim_mappers(), *claims.acting_claim_mappers()):
            before = known.get(mapper["name"])
            if before is None:
                self.admin.add_mapper_to_client_scope(scope, mapper)
            elif not _holds(before, mapper):
                self.admin.update_mapper_in_client_scope(scope, before["id"], _merged(before, mapper))
            else:
                continue
            self.changed.append(f"mapper {mapper['name']}")
        if scope not in {each["id"] for each in self.admin.get_default_default_client_scopes()}:
            self.admin.add_default_default_client_scope(scope)
        for service in services:
            identifier = self.admin.get_client_id(service)
            if identifier is None:
                raise TrustError(IdentityCode.IDP_UPSTREAM_REFUSED, "the realm has no such client", service=service)
            if scope not in {each["id"] for each in self.admin.get_client_default_client_scopes(identifier)}:
                self.admin.add_client_default_client_scope(identifier, scope, {})
                self.changed.append(f"scope {claims.SCOPE} of {service}")

    def _realm(self, name: str) -> None:
        if name not in {each["realm"] for each in self.admin.get_realms()}:
            self.admin.create_realm(model.realm(name))
            self.changed.append(f"realm {name}")
        self.admin.change_current_realm(name)

    def _profile(self) -> None:
        """Let nobody but administrators write the real-name level; say so where people may have written it, or others, themselves."""
        profile = self.admin.get_realm_users_profile()
        if profile.get("unmanagedAttributePolicy") == model.EVERYBODY_WRITES:
            self.warned.append(model.WRITTEN_BY_EVERYBODY)
        wanted = model.real_name_attribute()
        attributes = list(profile.get("attributes") or ())
        found = next((each for each in attributes if each["name"] == wanted["name"]), None)
        if found is not None and _holds(found, wanted):
            return
        others = [each for each in attributes if each is not found]
        self.admin.update_realm_users_profile({**profile, "attributes": [*others, _merged(found, wanted)]})
        self.changed.append(f"user profile attribute {wanted['name']}")

    def _client(self, wanted: dict[str, Any]) -> str:
        identifier = self.admin.get_client_id(wanted["clientId"])
        if identifier is None:
            identifier = self.admin.create_client(wanted)
            self.changed.append(f"client {wanted['clientId']}")
        else:
            found = self.admin.get_client(identifier)
            if not _holds(found, wanted):
                self.admin.update_client(identifier, _merged(found, wanted))
                self.changed.append(f"client {wanted['clientId']}")
        return identifier

    def _mappers(self, identifier: str) -> None:
        known = {each["name"]: each for each in self.admin.get_mappers_from_client(identifier)}
        for wanted in model.client_mappers():
            found = known.get(wanted["name"])
            if found is None:
                self.admin.add_mapper_to_client(identifier, wanted)
            elif not _holds(found, wanted):
                self.admin.update_client_mapper(identifier, found["id"], _merged(found, wanted))
            else:
                continue
            self.changed.append(f"mapper {wanted['name']}")

    def _flow(self) -> str:
        """Return the id of the flow with levels; one cut off in the making is made anew, as nobody can have used it."""
        found = self._flow_named()
        if found is not None and not self._whole():
            self.admin.delete_authentication_flow(found)
            found = None
        if found is not None:
            return found
        flow = {"alias": model.FLOW, "providerId": "basic-flow", "topLevel": True, "builtIn": False}
        self.admin.create_authentication_flow(flow)
        self._steps(model.FLOW, model.FLOW_STEPS)
        self.changed.append(f"flow {model.FLOW}")
        made = self._flow_named()
        if made is None:
            raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "the flow was not made", rule="flow")
        return made

    def _flow_named(self) -> str | None:
        flows = self.admin.get_authentication_flows()
        return next((each["id"] for each in flows if each["alias"] == model.FLOW), None)

    def _whole(self) -> bool:
        """Tell whether the flow has all its steps, each required as it is to be, and every level its number."""
        found = [
            (each["requirement"], each.get("providerId") or "", bool(each.get("authenticationConfig")))
            for each in self.admin.get_authentication_flow_executions(model.FLOW)
        ]
        return found == [(each.requirement, each.provider, bool(each.config)) for each in _flattened(model.FLOW_STEPS)]

    def _steps(self, flow: str, steps: tuple[FlowStep, ...]) -> None:
        for step in steps:
            if step.steps:
                below = {"alias": step.alias, "type": "basic-flow", "provider": "registration-page-form"}
                self.admin.create_authentication_flow_subflow(below, flow)
            else:
                self.admin.create_authentication_flow_execution({"provider": step.provider}, flow)
            made = self.admin.get_authentication_flow_executions(flow)[-1]
            self.admin.update_authentication_flow_executions({**made, "requirement": step.requirement}, flow)
            if step.config:
                self.admin.create_execution_config(made["id"], {"alias": step.alias, "config": dict(step.config)})
            self._steps(step.alias, step.steps)


def broker_return(server: str, realm: str, alias: str) -> str:
    """Return the address Keycloak comes back to from an identity provider."""
    return f"{server.rstrip('/')}/realms/{realm}/broker/{alias}/endpoint"


def broker_logout(server: str, realm: str) -> str:
    """Return the address at which Keycloak is told that a session at one of its identity providers ended."""
    return f"{server.rstrip('/')}/realms/{realm}/protocol/openid-connect/logout/backchannel-logout"


def _flattened(steps: Iterable[FlowStep]) -> Iterator[FlowStep]:
    for step in steps:
        yield step
        yield from _flattened(step.steps)


def _holds(found: Any, wanted: Any) -> bool:  # noqa: ANN401 - Keycloak's representations are JSON
    """Tell whether what is there has everything that is wanted; what else it has is its own."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            name in _MADE_BY_KEYCLOAK or _holds(found.get(name), value) for name, value in wanted.items()
        )
    return bool(found == wanted) or (wanted == [] and found is None)


def _merged(found: Any, wanted: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(found, dict) and isinstance(wanted, dict):
        return {**found, **{name: _merged(found.get(name), value) for name, value in wanted.items()}}
    return wanted


@contextmanager
def _answered() -> Iterator[None]:
    """Let nothing of python-keycloak or requests out, and no word of the server's that could hold a secret."""
    try:
        yield
    except KeycloakError as error:
        status = error.response_code or 0
        code = IdentityCode.IDP_UPSTREAM_REFUSED if status in _REFUSED else IdentityCode.IDP_UPSTREAM_UNREACHABLE
        raise TrustError(code, "Keycloak does not do what it is asked", status=status) from error
    except RequestException as error:
        raise TrustError(IdentityCode.IDP_UPSTREAM_UNREACHABLE, type(error).__name__) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "not an answer of Keycloak", rule="json") from error
