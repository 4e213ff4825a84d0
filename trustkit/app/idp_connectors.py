"""From the settings of connectors to connectors: files read, secrets opened, networks bounded. Wiring, once at start."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from idp.connectors.certificate import CertificateConnector, CertificateStanding
from idp.connectors.certificate_rules import CertificateRules
from idp.connectors.exchange import ExchangeConnector
from idp.connectors.exchange_calls import Exchanging
from idp.connectors.exchange_description import MAX_DESCRIPTION, CallDescription, parse_exchange
from idp.connectors.exchange_signing import ExchangeKeys
from idp.connectors.national import NationalConnector, NationalMode
from idp.connectors.national_exchange import ExchangePlatform, parse_national_exchange
from idp.connectors.national_simulator import NationalSimulator
from idp.connectors.oidc import OpenIdConnector
from idp.connectors.oidc_client import ClientProof, KeyProof, SecretProof
from idp.connectors.oidc_identity import ClaimRules
from idp.connectors.oidc_provider import OpenIdProvider
from idp.evidence import EvidenceKind
from trustkit.app.assurance import load_ladders
from trustkit.app.certificate_files import read_certificates
from trustkit.app.files import read_input
from trustkit.app.home import KEYS
from trustkit.app.idp_connector_secrets import read_secret
from trustkit.app.idp_connector_settings import (
    CertificateSettings,
    ConnectorSettings,
    ExchangeSettings,
    NationalSettings,
    OpenIdSettings,
    RemoteSettings,
    require_secure,
)
from trustkit.app.idp_upstream import open_upstream
from trustkit.app.key_tools import open_one_key, read_public
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.model import JwsAlgorithm
from trustkit.x509.certificate import Certificate
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from idp.connectors.port import Connector
    from idp.connectors.upstream import Upstream
    from idp.sealing import Sealing
    from trustkit.clock import Clock
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import Signer

RETURN_PATH: Final = "/login/return"
_TOKEN_OCTETS: Final = 32  # states, nonces and verifiers of 256 random bits
_SECTION: Final = "idp.connector"


def _token() -> str:
    return secrets.token_urlsafe(_TOKEN_OCTETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorMaking:
    """What connectors are made of.

    `base_url` is our own, as browsers reach it; `roots` are the home's own authorities, for certificates without `anchors`;
    `passphrase` opens key files of connectors.
    """

    home: Path
    base_url: str
    production: bool
    sealing: Sealing = field(repr=False)
    passphrase: Passphrase = field(repr=False)
    clock: Clock
    standing: CertificateStanding
    roots: tuple[Certificate, ...] = ()
    token: Callable[[], str] = field(default=_token, repr=False)

    def connectors(self, settings: tuple[ConnectorSettings, ...]) -> Mapping[str, Connector]:
        """Return the connectors by name, in the order of the settings; no provider is asked yet.

        Raises:
            TrustError: SETTINGS_INSECURE in production; SETTINGS_MALFORMED, IDP_CONNECTOR; what reading files and opening keys raises.
        """
        if self.production:
            require_secure(settings)
        return MappingProxyType({each.name: self._connector(each) for each in settings})

    def _connector(self, settings: ConnectorSettings) -> Connector:
        match settings:
            case OpenIdSettings():
                return self._openid(settings)
            case ExchangeSettings():
                return self._exchange(settings)
            case NationalSettings():
                return self._national(settings)
            case CertificateSettings():
                return self._certificate(settings)
            case _:
                raise TrustError(ErrorCode.BUG, "a kind of connector without a maker", kind=settings.kind)

    def _openid(self, settings: OpenIdSettings) -> OpenIdConnector:
        aliases = dict.fromkeys(settings.sm2_names, JwsAlgorithm.SGD_SM3_SM2)
        plain = not self.production and settings.issuer.startswith("http://")
        upstream = self._upstream(settings, origin(settings.issuer))
        return OpenIdConnector(
            name=settings.name,
            title=settings.title(),
            return_url=self._return_url(settings),
            client=settings.client,
            provider=OpenIdProvider(issuer=settings.issuer, upstream=upstream, plain=plain, aliases=aliases),
            proof=self._proof(settings),
            algorithms=tuple(JwsAlgorithm(each) for each in settings.algorithms),
            rules=ClaimRules(
                login_claim=settings.login_claim,
                login_ladder=settings.login_ladder,
                real_name_claim=settings.real_name_claim,
                real_name_ladder=settings.real_name_ladder,
                organisation_claim=settings.organisation_claim,
            ),
            scope=settings.scope,
            acr_values={level: word for level, word in enumerate(settings.acr_values, 1) if word},
            ask_userinfo=settings.userinfo,
            token=self.token,
        )

    def _proof(self, settings: OpenIdSettings) -> ClientProof:
        if settings.key:
            return KeyProof(
                client=settings.client, signer=self._signer(settings), key_id=settings.key_id, token=self.token
            )
        secret = read_secret(self.home, settings, self.sealing)
        if not secret:
            told = f"{settings.name}: no secret; `trustkit idp connector secret {settings.name}` keeps one"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key=f"{_SECTION}.secret_file")
        return SecretProof(client=settings.client, secret=secret.decode("ascii"))

    def _exchange(self, settings: ExchangeSettings) -> ExchangeConnector:
        description = parse_exchange(self._text(settings.description))
        return ExchangeConnector(
            name=settings.name,
            title=settings.title(),
            return_url=self._return_url(settings),
            client=settings.client,
            description=description,
            exchanging=self._exchanging(settings, settings.provider_certificate, description.calls),
            ladder=settings.ladder,
            token=self.token,
        )

    def _national(self, settings: NationalSettings) -> NationalConnector:
        if settings.simulator:
            platform: NationalSimulator | ExchangePlatform = NationalSimulator(
                sealing=self.sealing, production=self.production
            )
        else:
            description = parse_national_exchange(self._text(settings.description))
            exchanging = self._exchanging(settings, settings.provider_certificate, description.calls)
            platform = ExchangePlatform(description=description, exchanging=exchanging, client=settings.client)
        return NationalConnector(
            name=settings.name,
            title=settings.title(),
            platform=platform,
            mode=NationalMode(settings.mode),
            ladder=settings.ladder,
            token=self.token,
        )

    def _exchanging(self, settings: RemoteSettings, provider: str, calls: tuple[CallDescription, ...]) -> Exchanging:
        keys = ExchangeKeys(
            secret=read_secret(self.home, settings, self.sealing),
            signer=self._signer(settings) if settings.key else None,
            provider_key=self._public_key(provider) if provider else None,
        )
        for call in calls:
            for signature, answers in ((call.signature, False), (call.answer_signature, True)):
                if signature is not None:
                    keys.require(signature.algorithm, answers=answers)
        bases = tuple(dict.fromkeys(origin(call.url) for call in calls))
        return Exchanging(upstream=self._upstream(settings, *bases), keys=keys, token=self.token)

    def _certificate(self, settings: CertificateSettings) -> CertificateConnector:
        if settings.real_name:
            self._require_word(settings)
        anchors = tuple(each for name in settings.anchors for each in read_certificates(self.home / name))
        return CertificateConnector(
            name=settings.name,
            title=settings.title(),
            audience=origin(self.base_url).rstrip("/"),
            rules=CertificateRules(
                anchors=TrustStore(anchors=anchors or self.roots),
                pool=tuple(each for name in settings.pool for each in read_certificates(self.home / name)),
                policies=frozenset(settings.policies),
                identifier=settings.identifier,
                organisation_role=settings.organisation_role,
                uscc_attribute=settings.uscc_attribute,
                hardware=settings.hardware,
            ),
            standing=self.standing,
            ladder=settings.ladder,
            real_name=settings.real_name,
            form=settings.form,
            token=self.token,
        )

    def _require_word(self, settings: CertificateSettings) -> None:
        """Raise IDP_CONNECTOR for a word its ladder does not know: everybody who came by it would be nobody, and no one would be told."""
        ladder = next((each for each in load_ladders(self.home) if each.name == settings.ladder), None)
        if ladder is None or ladder.rung(EvidenceKind.REAL_NAME, settings.real_name) is None:
            told = f"{settings.name}: the ladder {settings.ladder} knows no such word"
            raise TrustError(IdentityCode.IDP_CONNECTOR, told, key="real_name")

    def _upstream(self, settings: RemoteSettings, *origins: str) -> Upstream:
        return open_upstream(
            self.clock,
            bases=(*origins, *settings.private_bases),
            authorities=self.home / settings.authorities if settings.authorities else None,
            production=self.production,
            seconds=float(settings.seconds),
        )

    def _return_url(self, settings: ConnectorSettings) -> str:
        return f"{self.base_url.rstrip('/')}{RETURN_PATH}/{settings.name}"

    def _signer(self, settings: RemoteSettings) -> Signer:
        if "/" in settings.key or settings.key.startswith("."):
            told = "key names a file of the home's keys"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key=f"{_SECTION}.key")
        return open_one_key(self.home / KEYS / settings.key, lambda: self.passphrase, plain=False).signer()

    def _public_key(self, name: str) -> PublicKey:
        found = read_public(self.home / name)
        return found.public_key if isinstance(found, Certificate) else found

    def _text(self, name: str) -> str:
        octets = read_input(self.home / name, limit=MAX_DESCRIPTION)
        try:
            return octets.decode("utf-8")
        except UnicodeDecodeError as error:
            raise TrustError(IdentityCode.IDP_CONNECTOR, "the description is no UTF-8", key="description") from error


def origin(url: str) -> str:
    """Return scheme, host and port of an address, with a slash."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
