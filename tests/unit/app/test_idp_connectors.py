"""From tables of settings to connectors, with files and secrets of a real folder."""

from __future__ import annotations

import asyncio
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from idp.connectors.certificate import CertificateConnector
from idp.connectors.certificate_rules import CertificateRules
from idp.connectors.exchange import ExchangeConnector
from idp.connectors.national import NationalConnector
from idp.connectors.oidc import OpenIdConnector
from idp.connectors.oidc_client import KeyProof, SecretProof
from idp.connectors.port import LoginStart, Prompt
from idp.home_secrets import HomeSecrets
from tests.support.pki import Member, PkiWorld
from tests.support.upstreams import tokens
from trustkit.app.idp_connector_secrets import MAX_SECRET, keep_secret, read_secret, secret_place
from trustkit.app.idp_connector_settings import (
    OpenIdSettings,
    parse_connectors,
)
from trustkit.app.idp_connectors import ConnectorMaking
from trustkit.app.idp_standing import GatheredStanding
from trustkit.clock import FixedClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.containers import KeyFile, KeyFileForm, write_key_file
from trustkit.custody.key_files import write_new_private_file
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.private_key import generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode
from verifier.evidence import Publications

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from idp.connectors.port import Connector
    from trustkit.error_family import Code

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
TITLES = 'title_zh = "统一身份认证"\ntitle_en = "SSO"\n'
OPENID = (
    f'[[c]]\nkind = "openid"\nname = "sso"\nissuer = "https://sso.example/realms/gov"\nclient = "trustkit"\n{TITLES}'
)
EXCHANGE = f'[[c]]\nkind = "exchange"\nname = "hunan"\ndescription = "hunan.toml"\nclient = "a"\n{TITLES}'
NATIONAL = f'[[c]]\nkind = "national"\nname = "national"\nsimulator = true\n{TITLES}'
CERTIFICATE = f'[[c]]\nkind = "certificate"\nname = "usb-key"\nreal_name = "checked"\n{TITLES}'
DESCRIPTION = """
[begin]
url = "https://user.example/auth"
parameters = { back = "{return}?state={state}" }
[return]
code = "ticket"
state = "state"
[[call]]
url = "https://user.example/api"
parameters = { ticket = "{code}" }
signature = { algorithm = "hmac-sm3", input = "{parameters}", header = "X-Sign" }
take = { user = "/id" }
[identity]
subject = "user"
"""
START = LoginStart(handle="login-1", needed=AssuranceLevel(), max_age=None, language="zh")
SEALING = HomeSecrets(b"\x07" * 32)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "hunan.toml").write_text(DESCRIPTION, "utf-8")
    return tmp_path


def _tables(text: str) -> list[Mapping[str, Any]]:
    tables = tomllib.loads(text)["c"]
    assert isinstance(tables, list)
    return tables


def _making(home: Path, *, production: bool = False) -> ConnectorMaking:
    return ConnectorMaking(
        home=home,
        base_url="https://id.example",
        production=production,
        sealing=SEALING,
        passphrase=Passphrase(b"correct horse battery"),
        clock=FixedClock(NOW),
        standing=GatheredStanding(publications=None, fetcher=None),
        roots=(PkiWorld().root.certificate,),
    )


def _made(home: Path, text: str, *, production: bool = False) -> Mapping[str, Connector]:
    return _making(home, production=production).connectors(parse_connectors(_tables(text)))


def test_each_kind_becomes_its_connector_in_the_order_of_the_settings(home: Path) -> None:
    for name in ("sso", "hunan"):
        keep_secret(home, name, b"s3cret", SEALING)
    made = _made(home, OPENID + EXCHANGE + NATIONAL + CERTIFICATE)
    assert list(made) == ["sso", "hunan", "national", "usb-key"]
    openid, exchange, national, certificate = made.values()
    assert isinstance(openid, OpenIdConnector)
    assert isinstance(exchange, ExchangeConnector)
    assert isinstance(national, NationalConnector)
    assert isinstance(certificate, CertificateConnector)
    assert openid.return_url == "https://id.example/login/return/sso"
    assert openid.proof == SecretProof(client="trustkit", secret="s3cret")
    assert certificate.audience == "https://id.example"
    assert "s3cret" not in repr(made)
    assert dict(openid.title) == {"zh": "统一身份认证", "en": "SSO"}


def test_nothing_is_believed_of_who_somebody_is_unless_it_is_set() -> None:
    (silent,) = parse_connectors(_tables(OPENID))
    assert silent.most() == AssuranceLevel(identity=0, authentication=3)
    (set_up,) = parse_connectors(_tables(f"{OPENID}most_identity = 2\n"))
    assert set_up.most() == AssuranceLevel(identity=2, authentication=3)


def test_a_key_of_the_home_proves_us(home: Path) -> None:
    key = KeyFile(form=KeyFileForm.PKCS8, keys=(generate_key(KeyKind.SM2),), certificates=(), name="")
    write_new_private_file(home / "keys" / "sso.pem", write_key_file(key, Passphrase(b"correct horse battery")))
    made = _made(home, OPENID + 'key = "sso.pem"\nkey_id = "k1"\nacr_values = ["1", "", "3"]\n')["sso"]
    assert isinstance(made, OpenIdConnector)
    assert isinstance(made.proof, KeyProof)
    assert dict(made.acr_values) == {1: "1", 3: "3"}


def test_the_simulator_prompts(home: Path) -> None:
    step = asyncio.run(_made(home, NATIONAL)["national"].begin(START, now=NOW)).step
    assert isinstance(step, Prompt)
    assert step.parameters["simulator"] == "1"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (OPENID.replace('"openid"', '"saml"'), "idp.connector.kind"),
        (OPENID.replace('"openid"', '"wallet"'), "idp.connector.kind"),
        (OPENID + "more = 1\n", "idp.connector.more"),
        (OPENID + 'seconds = "1"\n', "idp.connector.seconds"),
        (OPENID + "seconds = 61\n", "idp.connector.seconds"),
        (OPENID.replace('"sso"', '"SSO"'), "idp.connector.name"),
        (OPENID.replace('"sso"', '"../sso"'), "idp.connector.name"),
        (OPENID.replace('"SSO"', '""'), "idp.connector.title_en"),
        (OPENID.replace("https://sso", "ftp://sso"), "idp.connector.issuer"),
        (OPENID.replace("realms/gov", "realms/gov?x=1"), "idp.connector.issuer"),
        (OPENID.replace('"trustkit"', '""'), "idp.connector.client"),
        (OPENID + 'scope = "profile"\n', "idp.connector.scope"),
        (OPENID + 'algorithms = ["none"]\n', "idp.connector.algorithms"),
        (OPENID + "algorithms = []\n", "idp.connector.algorithms"),
        (OPENID + 'acr_values = ["0", "1", "2", "3"]\n', "idp.connector.acr_values"),
        (OPENID + 'private_bases = ["10.0.0.0/8"]\n', "idp.connector.private_bases"),
        (OPENID + OPENID, "idp.connector.name"),
        (EXCHANGE.replace('"hunan.toml"', '""'), "idp.connector.description"),
        (NATIONAL.replace("true", "false"), "idp.connector.simulator"),
        (NATIONAL + 'description = "x"\n', "idp.connector.simulator"),
        (NATIONAL + 'mode = "R03"\n', "idp.connector.mode"),
        (CERTIFICATE + 'form = "pem"\n', "idp.connector.form"),
        (CERTIFICATE + 'policies = ["hardware"]\n', "idp.connector.policies"),
        (CERTIFICATE + 'identifier = "serialNumber"\n', "idp.connector.identifier"),
        (CERTIFICATE + "hardware = true\n", "idp.connector.policies"),
        (CERTIFICATE + 'organisation_role = "owner"\n', "idp.connector.organisation_role"),
    ],
)
def test_settings_are_refused_with_their_key(text: str, key: str) -> None:
    with pytest.raises(TrustError) as refused:
        parse_connectors(_tables(text))
    assert refused.value.facts["key"] == key
    assert refused.value.code in {ErrorCode.SETTINGS_MALFORMED, ErrorCode.SETTINGS_UNKNOWN_KEY}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (NATIONAL, "idp.connector.simulator"),
        (OPENID.replace("https://sso.example", "http://127.0.0.1:8180"), "idp.connector.issuer"),
    ],
)
def test_production_refuses(home: Path, text: str, key: str) -> None:
    with pytest.raises(TrustError) as refused:
        _made(home, text, production=True)
    assert (refused.value.code, refused.value.facts["key"]) == (ErrorCode.SETTINGS_INSECURE, key)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (OPENID, ErrorCode.SETTINGS_MALFORMED),  # no secret
        (EXCHANGE, IdentityCode.IDP_CONNECTOR),  # a signature without its key
        (OPENID + 'secret_file = "nowhere"\n', ErrorCode.KEY_MISSING),
        (OPENID + 'secret_file = "open"\n', ErrorCode.KEY_FILE_MODE),
        (OPENID + 'secret_file = "lines"\n', ErrorCode.SETTINGS_MALFORMED),
        (OPENID + 'key = "../key.pem"\n', ErrorCode.SETTINGS_MALFORMED),
        (CERTIFICATE + 'anchors = ["hunan.toml"]\n', ErrorCode.CERTIFICATE_MALFORMED),
        (EXCHANGE.replace("hunan.toml", "latin"), IdentityCode.IDP_CONNECTOR),
        (
            CERTIFICATE.replace('"checked"', '"certainly"'),
            IdentityCode.IDP_CONNECTOR,
        ),  # a word of no ladder is worth nothing
        (CERTIFICATE + 'ladder = "nowhere"\n', IdentityCode.IDP_CONNECTOR),
    ],
)
def test_files_that_do_not_serve_are_refused(home: Path, text: str, code: Code) -> None:
    (home / "open").write_text("secret")
    (home / "open").chmod(0o644)
    (home / "latin").write_bytes(b"\xff")
    write_new_private_file(home / "lines", b"a\nb\n")
    with pytest.raises(TrustError) as refused:
        _made(home, text)
    assert refused.value.code is code


def test_a_secret_is_sealed_to_its_connector_and_home(home: Path) -> None:
    keep_secret(home, "sso", b"one", SEALING)
    keep_secret(home, "sso", b"two", SEALING)
    (settings,) = parse_connectors(_tables(OPENID))
    assert isinstance(settings, OpenIdSettings)
    place = secret_place(home, "sso")
    assert read_secret(home, settings, SEALING) == b"two"
    assert (place.stat().st_mode & 0o777, b"two" in place.read_bytes()) == (0o600, False)
    with pytest.raises(TrustError) as refused:
        read_secret(home, settings, HomeSecrets(b"\x08" * 32))
    assert refused.value.code is ErrorCode.DECRYPTION_FAILED
    place.rename(secret_place(home, "other"))
    (other,) = parse_connectors(_tables(OPENID.replace('"sso"', '"other"')))
    assert isinstance(other, OpenIdSettings)
    with pytest.raises(TrustError) as refused:
        read_secret(home, other, SEALING)
    assert refused.value.code is ErrorCode.DECRYPTION_FAILED
    secret_place(home, "other").write_bytes(encode_pem("OTHER", b"x"))
    with pytest.raises(TrustError) as refused:
        read_secret(home, other, SEALING)
    assert refused.value.code is ErrorCode.KEY_CONTAINER_MALFORMED


@pytest.mark.parametrize("secret", [b"", b"a\nb", "密".encode(), b"x" * (MAX_SECRET + 1)])
def test_what_is_no_secret_is_not_kept(home: Path, secret: bytes) -> None:
    with pytest.raises(TrustError) as refused:
        keep_secret(home, "sso", secret, SEALING)
    assert refused.value.code is ErrorCode.USAGE


def test_whoever_declines_a_network_identity_has_another_way() -> None:
    real = NATIONAL.replace("simulator = true", 'description = "national.toml"')
    assert len(parse_connectors(_tables(real + OPENID))) == 2
    with pytest.raises(TrustError) as refused:
        parse_connectors(_tables(real))
    assert (refused.value.code, refused.value.facts["key"]) == (ErrorCode.SETTINGS_MALFORMED, "idp.connector")


@dataclass(frozen=True)
class Published(Publications):
    """A home that publishes what its world says."""

    world: PkiWorld

    def certificates(self) -> tuple[bytes, ...]:
        return (self.world.issuing.der, self.world.root.der)

    def crls(self) -> tuple[bytes, ...]:
        return (self.world.crl().der, self.world.crl(issuer=self.world.root).der)

    def status_token(self, uri: str) -> str | None:
        raise AssertionError(uri)


def _signed_in(connector: CertificateConnector, member: Member) -> Code | None:
    async def act() -> None:
        begun = await connector.begin(START, now=PkiWorld.START)
        assert isinstance(begun.step, Prompt)
        signature = member.signer.sign(decode_base64(begun.step.parameters["message"]))
        answer = {
            "state": begun.state,
            "certificate": encode_base64(member.der),
            "signature": encode_base64(signature),
        }
        await connector.finish(START, begun.kept, answer, now=PkiWorld.START)

    try:
        asyncio.run(act())
    except TrustError as error:
        return error.code
    return None


def test_the_homes_own_lists_tell_of_the_homes_own_certificates() -> None:
    world = PkiWorld()
    standing = GatheredStanding(publications=Published(world), fetcher=None)
    connector = CertificateConnector(
        name="usb-key",
        title={},
        audience="https://id.example",
        rules=CertificateRules(anchors=world.anchors, pool=world.pool),
        standing=standing,
        ladder="certificate",
        token=tokens(),
    )
    for member, code in ((world.signer, None), (world.revoked, IdentityCode.IDP_CERTIFICATE)):
        assert _signed_in(connector, member) is code
    silent = GatheredStanding(publications=None, fetcher=None)
    assert _signed_in(replace(connector, standing=silent), world.signer) is IdentityCode.IDP_CERTIFICATE_STATUS
