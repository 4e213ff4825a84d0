"""Settings of the ways to sign in by somebody else: the tables ``[[idp.connector]]``, by their `kind`.

    [[idp.connector]]
    kind = "openid"
    name = "keycloak"
    title_zh = "统一身份认证平台"
    title_en = "Staff directory"
    issuer = "https://sso.example/realms/gov"
    client = "trustkit"
    login_ladder = "keycloak"
    acr_values = ["1", "2"]

No secret stands here. What a provider knows us by is put beside the keys, sealed, by ``trustkit idp connector secret NAME``; where something else
hands out secrets, `secret_file` names a file that only its owner can read. Files are named from the home.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.connectors.certificate_challenge import FORMS
from idp.connectors.certificate_rules import ROLES
from idp.connectors.national import NationalMode
from idp.connectors.oidc_metadata import is_address
from trustkit.app.settings import read_section
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import MOST_AUTHENTICATION, MOST_IDENTITY, AssuranceLevel
from trustkit.jose.model import JwsAlgorithm
from trustkit.x509 import oids

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_OID: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]{0,19})){1,20}")
_MAX_LEVELS: Final = 3
_TITLE: Final = 40  # characters on a button
_SECTION: Final = "idp.connector"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorSettings:
    """What every kind has. `name` stands in addresses and in the trail; the titles on buttons.

    Attributes:
        most_identity, most_authentication: the most this home takes its word for, whatever its ladder says. Of who somebody is nothing
            unless it is set: at many a provider people write their attributes themselves.
        admits: somebody nobody here knows becomes a new person by it; else he is told that he is not known.
        speaks_for_organisations: what it says of whom somebody may act for becomes a mandate for a day (`idp.subject.claims`).
    """

    kind: str
    name: str
    title_zh: str
    title_en: str
    most_identity: int = 0
    most_authentication: int = MOST_AUTHENTICATION
    admits: bool = False
    speaks_for_organisations: bool = False

    def most(self) -> AssuranceLevel:
        """The most this home takes its word for."""
        return AssuranceLevel(identity=self.most_identity, authentication=self.most_authentication)

    def login_word(self) -> str:
        """The one word it has for how somebody signed in; empty where that is its provider's to say."""
        return ""

    def title(self) -> Mapping[str, str]:
        """The title by language."""
        return {"zh": self.title_zh, "en": self.title_en}

    def require_fit(self) -> None:
        """Raise SETTINGS_MALFORMED for a value that cannot be meant, naming its key."""
        self._require("name", bool(_NAME.fullmatch(self.name)), "is small letters, digits and hyphens, a letter first")
        for key, most in (("most_identity", MOST_IDENTITY), ("most_authentication", MOST_AUTHENTICATION)):
            self._require(key, getattr(self, key) <= most, f"is at most {most}")
        for key in ("title_zh", "title_en"):
            text = getattr(self, key)
            self._require(
                key, 0 < len(text) <= _TITLE and text.isprintable(), f"is a text of at most {_TITLE} characters"
            )

    def _require(self, key: str, fits: bool, told: str) -> None:  # noqa: FBT001 - a row of a table
        if not fits:
            raise TrustError(
                ErrorCode.SETTINGS_MALFORMED,
                f"[[{_SECTION}]] {self.name[:32]!r}: {key} {told}",
                key=f"{_SECTION}.{key}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSettings(ConnectorSettings):
    """What connectors that call a provider have.

    Attributes:
        client: what the provider knows us by.
        secret_file: where the secret is when it is not sealed in the home.
        key: the name of a key file in the home's ``keys``, under the home's passphrase, that proves or signs for us.
        private_bases: URL prefixes of the provider whose addresses may be private; its own origin may in any case.
        authorities: a file of the CA certificates its TLS is believed by alone; empty for the system's.
    """

    client: str = ""
    secret_file: str = ""
    key: str = ""
    private_bases: tuple[str, ...] = ()
    authorities: str = ""
    seconds: int = 10

    def require_fit(self) -> None:
        """As above."""
        ConnectorSettings.require_fit(self)
        for base in self.private_bases:
            self._require("private_bases", is_address(base, plain=True), "are URLs")
        self._require("client", len(self.client) <= 255 and self.client.isprintable(), "is a short text")  # noqa: PLR2004
        self._require("seconds", self.seconds <= 60, "is at most 60")  # noqa: PLR2004 - somebody waits


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdSettings(RemoteSettings):
    """``kind = "openid"``: an OpenID provider, such as Keycloak or another home of trustkit.

    Attributes:
        key_id: the `kid` the provider knows `key` by.
        algorithms: those its ID tokens may be signed with.
        sm2_names: other names it writes for SGD_SM3_SM2, such as ``SM2``.
        acr_values: its words for logins of the levels 1, 2, 3, to ask for what is needed; empty where it has none.
        login_claim, login_ladder, real_name_claim, real_name_ladder: which claims are evidence, by which ladders.
        organisation_claim: an object with `uscc`, `name`, `role`; a claim of the provider, no mandate.
        userinfo: ask for it, where the real name or the organisation is told there.
    """

    issuer: str = ""
    key_id: str = ""
    scope: str = "openid"
    algorithms: tuple[str, ...] = ("ES256", "RS256")
    sm2_names: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    login_claim: str = "acr"
    login_ladder: str = ""
    real_name_claim: str = ""
    real_name_ladder: str = ""
    organisation_claim: str = ""
    userinfo: bool = False

    def require_fit(self) -> None:
        """As above."""
        RemoteSettings.require_fit(self)
        self._require("issuer", is_address(self.issuer, plain=True) and "?" not in self.issuer, "is an https URL")
        self._require("client", bool(self.client), "is needed")
        self._require("scope", "openid" in self.scope.split(), "holds openid")
        known = {each.value for each in JwsAlgorithm}
        self._require(
            "algorithms", bool(self.algorithms) and set(self.algorithms) <= known, f"are of {', '.join(sorted(known))}"
        )
        self._require("acr_values", len(self.acr_values) <= _MAX_LEVELS, "are those of levels 1, 2 and 3")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSettings(RemoteSettings):
    """``kind = "exchange"``: a provider's own exchange of a code or ticket, described in a file of its own.

    `provider_certificate` is the SM2 certificate (or public key's) its answers are signed with, where they are.
    """

    description: str = ""
    ladder: str = ""
    provider_certificate: str = ""

    def require_fit(self) -> None:
        """As above."""
        RemoteSettings.require_fit(self)
        self._require("description", bool(self.description), "is needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalSettings(RemoteSettings):
    """``kind = "national"``: a national network identity, through a described platform, or simulated outside production."""

    description: str = ""
    ladder: str = "national"
    mode: str = NationalMode.CREDENTIAL.value
    simulator: bool = False
    provider_certificate: str = ""

    def login_word(self) -> str:
        """As above: the mode people are authenticated in."""
        return self.mode

    def require_fit(self) -> None:
        """As above."""
        RemoteSettings.require_fit(self)
        self._require("mode", self.mode in {each.value for each in NationalMode}, "is R01 or R02")
        self._require("simulator", self.simulator != bool(self.description), "or a description, one of them")


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSettings(ConnectorSettings):
    """``kind = "certificate"``: an SM2 key on a token, or behind an electronic business licence, signs a challenge.

    Attributes:
        anchors: files of the authorities that are trusted for this; empty for the home's own root.
        pool: files of certificates between them and the holders.
        policies, identifier, organisation_role, uscc_attribute, hardware: see `idp.connectors.certificate_rules.CertificateRules`.
        real_name: the word of `ladder` for what the authority makes sure of before it issues.
        form: of signatures: ``der``, or ``raw`` as modules of GM/T 0016 hand them out.
    """

    anchors: tuple[str, ...] = ()
    pool: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    identifier: str = ""
    organisation_role: str = ""
    uscc_attribute: str = oids.UNIT
    hardware: bool = False
    ladder: str = "certificate"
    real_name: str = ""
    form: str = "der"

    def require_fit(self) -> None:
        """As above."""
        ConnectorSettings.require_fit(self)
        self._require("form", self.form in FORMS, f"is {' or '.join(FORMS)}")
        for key, values in (
            ("policies", self.policies),
            ("identifier", (self.identifier,) if self.identifier else ()),
            ("uscc_attribute", (self.uscc_attribute,)),
        ):
            self._require(key, all(_OID.fullmatch(each) for each in values), "is a dotted object identifier")
        role = self.organisation_role
        self._require("organisation_role", not role or role in ROLES, f"is one of {', '.join(ROLES)}")
        named = bool(self.policies)
        self._require("policies", named or not (role or self.hardware), "stand for organisation_role and hardware")


_KINDS: Final[Mapping[str, type[ConnectorSettings]]] = {
    "certificate": CertificateSettings,
    "exchange": ExchangeSettings,
    "national": NationalSettings,
    "openid": OpenIdSettings,
}


def parse_connectors(tables: Sequence[Mapping[str, object]]) -> tuple[ConnectorSettings, ...]:
    """Return the connectors of the tables ``[[idp.connector]]``, in their order.

    Raises:
        TrustError: SETTINGS_MALFORMED, SETTINGS_UNKNOWN_KEY, each naming the key.
    """
    found: dict[str, ConnectorSettings] = {}
    for table in tables:
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in _KINDS:
            told = f"[[{_SECTION}]] kind is one of {', '.join(_KINDS)}"
            if kind == "wallet":
                told = f"[[{_SECTION}]] kind wallet needs a verifier of presentations, which this version does not have"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key=f"{_SECTION}.kind")
        each = read_section(_KINDS[kind], {_SECTION: table}, _SECTION)
        each.require_fit()
        if each.name in found:
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"[[{_SECTION}]] {each.name} twice", key=f"{_SECTION}.name")
        found[each.name] = each
    require_equal_service(found.values())
    return tuple(found.values())


def require_named(tables: Sequence[Mapping[str, object]], name: str) -> ConnectorSettings:
    """Return the connector of a name. Raise USAGE when there is none, as `parse_connectors`."""
    found = {each.name: each for each in parse_connectors(tables)}
    if name not in found:
        raise TrustError(ErrorCode.USAGE, f"no [[{_SECTION}]] has this name", known=", ".join(found) or "none")
    return found[name]


def require_equal_service(connectors: Collection[ConnectorSettings], *, local: bool = False) -> None:
    """Raise SETTINGS_MALFORMED when a network identity is the only way in: whoever declines it is served equally, by another.

    `local` says that everybody it is for has factors of his own here; among connectors alone it is never the only one.
    """
    real = [each for each in connectors if isinstance(each, NationalSettings) and not each.simulator]
    if real and len(real) == len(connectors) and not local:
        told = f"[[{_SECTION}]] a national network identity is never the only one: who declines it signs in by another"
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key=_SECTION)


def require_secure(connectors: tuple[ConnectorSettings, ...]) -> None:
    """Raise SETTINGS_INSECURE for what a production home must not have: simulators, providers without TLS."""
    for each in connectors:
        if isinstance(each, NationalSettings) and each.simulator:
            told = f"[[{_SECTION}]] {each.name}: the simulator proves nothing about anybody"
            raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key=f"{_SECTION}.simulator")
        if isinstance(each, OpenIdSettings) and not each.issuer.startswith("https://"):
            told = f"[[{_SECTION}]] {each.name}: production needs an https issuer"
            raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key=f"{_SECTION}.issuer")
