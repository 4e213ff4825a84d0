from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from idp.connectors.certificate import CertificateConnector
from idp.connectors.certificate_challenge import LoginChallenge
from idp.connectors.certificate_rules import CertificateRules
from idp.connectors.port import Begun, LoginStart, Prompt
from idp.evidence import BrokeredIdentity, EvidenceKind
from tests.support.pki import Member, PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import parse_sm2_signature
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode
from trustkit.x509 import extensions
from trustkit.x509.name_build import build_name
from trustkit.x509.path_revocation import NOTHING_OWN, OwnEvidence
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.x509.path import ValidatedPath

POLICY = "1.2.156.99999.1"
START = LoginStart(handle="login-1", needed=AssuranceLevel(authentication=2), max_age=None, language="zh")
NOW = PkiWorld.START


@cache
def world() -> PkiWorld:
    return PkiWorld()


@dataclass
class Standing:
    """Lists at hand; counts how often it was asked."""

    found: OwnEvidence = NOTHING_OWN
    asked: list[ValidatedPath] = field(default_factory=list)

    async def evidence(self, path: ValidatedPath, *, now: datetime) -> OwnEvidence:
        assert now == NOW
        self.asked.append(path)
        return self.found


def _lists() -> OwnEvidence:
    return OwnEvidence(crls=(world().crl(), world().crl(issuer=world().root)))


def _connector(standing: Standing | None = None, **changes: Any) -> CertificateConnector:
    numbers = count()
    rules = CertificateRules(anchors=world().anchors, pool=world().pool)
    return CertificateConnector(
        name="usb-key",
        title={"zh": "证书登录", "en": "Certificate"},
        audience="https://id.example",
        rules=replace(rules, **changes) if changes else rules,
        standing=standing or Standing(_lists()),
        ladder="certificate",
        real_name="face-to-face",
        token=lambda: f"token-{next(numbers)}",
    )


def _begin(connector: CertificateConnector, start: LoginStart = START) -> Begun:
    return asyncio.run(connector.begin(start, now=NOW))


def _answer(begun: Begun, member: Member, **changes: str) -> dict[str, str]:
    assert isinstance(begun.step, Prompt)
    signature = member.signer.sign(decode_base64(begun.step.parameters["message"]))
    return {
        "state": begun.state,
        "certificate": encode_base64(member.der),
        "signature": encode_base64(signature),
    } | changes


def _sign_in(
    connector: CertificateConnector,
    member: Member,
    *,
    at: datetime = NOW,
    start: LoginStart = START,
    **changes: str,
) -> BrokeredIdentity:
    begun = _begin(connector)
    return asyncio.run(connector.finish(start, begun.kept, _answer(begun, member, **changes), now=at))


@cache
def with_policy() -> Member:
    more = (extensions.certificate_policies((POLICY,)),)
    return world().issue("示例企业有限公司", more_extensions=more)


@cache
def numbered(value: str = "R-2026-0001") -> Member:
    name = build_name((("C", "CN"), ("O", "示例局"), ("CN", "张三"), ("serialNumber", value)))
    return world().issue("张三", subject_der=name)


def test_the_holder_of_a_key_signs_in() -> None:
    identity = _sign_in(_connector(), world().signer)
    assert identity.provider == "usb-key"
    assert identity.subject.startswith("key:")
    assert identity.methods == ("swk",)
    assert identity.authenticated_at == NOW
    assert identity.organisations == ()
    found = [(each.kind, each.ladder, each.level, each.expires_at) for each in identity.evidence]
    assert found == [
        (EvidenceKind.LOGIN, "certificate", "certificate", None),
        (EvidenceKind.REAL_NAME, "certificate", "face-to-face", world().signer.certificate.not_after),
    ]
    assert "电子证照" not in repr(identity)


def test_an_attribute_the_authority_promises_names_the_holder_across_keys() -> None:
    connector = _connector(identifier="2.5.4.5")
    again = world().issue("张三", subject_der=numbered().certificate.subject_der)
    first, second = _sign_in(connector, numbered()), _sign_in(connector, again)
    assert first.subject == second.subject
    assert first.subject != _sign_in(connector, numbered("R-2026-0002")).subject
    assert _sign_in(_connector(), numbered()).subject != _sign_in(_connector(), again).subject


def test_a_certificate_of_an_organisation_on_hardware_says_both_by_its_policy() -> None:
    anchors = TrustStore(anchors=(world().issuing.certificate,))
    rules: dict[str, Any] = {
        "anchors": anchors,
        "policies": frozenset({POLICY}),
        "hardware": True,
        "organisation_role": "handler",
    }
    identity = _sign_in(_connector(**rules), with_policy())
    assert identity.methods == ("hwk",)
    assert [(each.uscc, each.role) for each in identity.organisations] == [(PkiWorld.USCC, "handler")]
    assert identity.evidence[0].level == "certificate-hardware"


def test_raw_signatures_of_modules_are_read_where_they_are_configured() -> None:
    connector = replace(_connector(), form="raw")
    begun = _begin(connector)
    answer = _answer(begun, world().signer)
    parsed = parse_sm2_signature(decode_base64(answer["signature"]))
    answer["signature"] = encode_base64(parsed.r + parsed.s)
    assert asyncio.run(connector.finish(START, begun.kept, answer, now=NOW)).provider == "usb-key"


def test_a_page_with_one_field_brings_both_together() -> None:
    connector = _connector()
    begun = _begin(connector)
    apart = _answer(begun, world().signer)
    answer = {"state": begun.state, "answer": f"{apart['certificate']}\n{apart['signature']}\n"}
    assert asyncio.run(connector.finish(START, begun.kept, answer, now=NOW)).provider == "usb-key"


def _revoked() -> Member:
    return world().revoked


REFUSED: list[tuple[str, Callable[[], object], Code, str]] = [
    ("revoked", lambda: _sign_in(_connector(), _revoked()), IdentityCode.IDP_CERTIFICATE, "revoked"),
    (
        "expired",
        lambda: _sign_in(_connector(), world().expired),
        IdentityCode.IDP_CERTIFICATE,
        "x509:certificate:expired",
    ),
    (
        "encryption certificate",
        lambda: _sign_in(_connector(), world().encryption),
        IdentityCode.IDP_CERTIFICATE,
        "usage",
    ),
    (
        "a key for signing documents alone",
        lambda: _sign_in(_connector(), world().issue("x", usage=("nonRepudiation",))),
        IdentityCode.IDP_CERTIFICATE,
        "usage",
    ),
    ("an authority", lambda: _sign_in(_connector(), world().issuing), IdentityCode.IDP_CERTIFICATE, "authority"),
    (
        "an anchor itself",
        lambda: _sign_in(
            _connector(anchors=TrustStore(anchors=(world().signer.certificate,))),
            world().signer,
        ),
        IdentityCode.IDP_CERTIFICATE,
        "authority",
    ),
    (
        "another authority's",
        lambda: _sign_in(_connector(anchors=PkiWorld().anchors), world().signer),
        IdentityCode.IDP_CERTIFICATE,
        "x509:path:signature",
    ),
    (
        "self-signed",
        lambda: _sign_in(_connector(), world().issue("me", self_signed=True)),
        IdentityCode.IDP_CERTIFICATE,
        "x509:path:no-anchor",
    ),
    (
        "without the policy",
        lambda: _sign_in(
            _connector(
                anchors=TrustStore(anchors=(world().issuing.certificate,)),
                policies=frozenset({POLICY}),
            ),
            world().signer,
        ),
        IdentityCode.IDP_CERTIFICATE,
        "x509:path:policy",
    ),
    (
        "a policy its own issuer's authority does not know of",
        lambda: _sign_in(_connector(policies=frozenset({POLICY})), with_policy()),
        IdentityCode.IDP_CERTIFICATE,
        "x509:path:policy",
    ),
    (
        "an RSA key",
        lambda: _sign_in(_connector(), world().issue("rsa", kind=KeyKind.EC_P256)),
        IdentityCode.IDP_CERTIFICATE,
        "key",
    ),
    (
        "no attribute that names the holder",
        lambda: _sign_in(_connector(identifier="2.5.4.5"), world().signer),
        IdentityCode.IDP_CERTIFICATE,
        "identifier",
    ),
    (
        "no lists",
        lambda: _sign_in(_connector(Standing()), world().signer),
        IdentityCode.IDP_CERTIFICATE_STATUS,
        "",
    ),
    (
        "a list for the holder, none for his authority",
        lambda: _sign_in(_connector(Standing(OwnEvidence(crls=(world().crl(),)))), world().signer),
        IdentityCode.IDP_CERTIFICATE_STATUS,
        "",
    ),
    (
        "another key's signature",
        lambda: _sign_in(_connector(), world().signer, certificate=encode_base64(numbered().der)),
        IdentityCode.IDP_CHALLENGE,
        "signature",
    ),
    (
        "after five minutes",
        lambda: _sign_in(_connector(), world().signer, at=NOW + timedelta(minutes=5)),
        IdentityCode.IDP_CHALLENGE,
        "expired",
    ),
    (
        "another login's challenge",
        lambda: _sign_in(_connector(), world().signer, start=replace(START, handle="login-2")),
        IdentityCode.IDP_CHALLENGE,
        "signature",
    ),
    (
        "no base64",
        lambda: _sign_in(_connector(), world().signer, signature="?"),
        IdentityCode.IDP_CHALLENGE,
        "signature",
    ),
    (
        "a long signature",
        lambda: _sign_in(_connector(), world().signer, signature="A" * 129),
        IdentityCode.IDP_CHALLENGE,
        "signature",
    ),
    ("no state", lambda: _sign_in(_connector(), world().signer, state=""), IdentityCode.IDP_UPSTREAM_ANSWER, "state"),
    (
        "wrong state",
        lambda: _sign_in(_connector(), world().signer, state="é"),
        IdentityCode.IDP_UPSTREAM_ANSWER,
        "state",
    ),
    (
        "no certificate",
        lambda: _sign_in(_connector(), world().signer, certificate=""),
        IdentityCode.IDP_UPSTREAM_ANSWER,
        "missing",
    ),
    (
        "garbage",
        lambda: _sign_in(_connector(), world().signer, certificate="AAAA"),
        IdentityCode.IDP_CERTIFICATE,
        "x509:certificate:malformed",
    ),
    (
        "huge",
        lambda: _sign_in(_connector(), world().signer, certificate="A" * 16385),
        IdentityCode.IDP_UPSTREAM_ANSWER,
        "size",
    ),
    (
        "given up",
        lambda: _sign_in(_connector(), world().signer, error="cancelled"),
        IdentityCode.IDP_UPSTREAM_DENIED,
        "",
    ),
    (
        "an organisation without a policy",
        lambda: _connector(organisation_role="handler"),
        IdentityCode.IDP_CONNECTOR,
        "",
    ),
    ("hardware without a policy", lambda: _connector(hardware=True), IdentityCode.IDP_CONNECTOR, ""),
    (
        "a role nobody knows",
        lambda: _connector(organisation_role="owner", policies=frozenset({POLICY})),
        IdentityCode.IDP_CONNECTOR,
        "",
    ),
    (
        "an organisation without a code",
        lambda: _sign_in(
            _connector(
                anchors=TrustStore(anchors=(world().issuing.certificate,)),
                policies=frozenset({POLICY}),
                organisation_role="handler",
                uscc_attribute="2.5.4.3",
            ),
            with_policy(),
        ),
        IdentityCode.IDP_CERTIFICATE,
        "organisation",
    ),
]


@pytest.mark.parametrize(("act", "code", "rule"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_refuses(act: Callable[[], object], code: Code, rule: str) -> None:
    with pytest.raises(TrustError) as refused:
        act()
    assert (refused.value.code, refused.value.facts.get("rule", "")) == (code, rule)


@pytest.mark.parametrize("field_name", ["audience", "connector", "login", "nonce", "expires_at"])
def test_a_challenge_is_bound_to_all_it_names(field_name: str) -> None:
    challenge = LoginChallenge(audience="a", connector="c", login="l", nonce="n", expires_at=NOW)
    other = NOW + timedelta(seconds=1) if field_name == "expires_at" else "other"
    assert replace(challenge, **{field_name: other}).message != challenge.message  # type: ignore[arg-type]
    assert challenge.message.startswith(b"trustkit/idp/certificate-login/v1\n")


def test_nobody_without_a_fit_key_makes_us_ask() -> None:
    standing = Standing(_lists())
    with pytest.raises(TrustError):
        _sign_in(_connector(standing), world().signer, certificate=encode_base64(numbered().der))
    assert standing.asked == []


def test_two_logins_get_different_challenges() -> None:
    connector = _connector()
    assert _begin(connector).kept["nonce"] != _begin(connector).kept["nonce"]
