"""What holders of certificates paste: signed messages over this login's text and no other, by one SM2 key."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest

from idp.connectors.certificate_answer import MAX_MESSAGE_TEXT, HandedSignature, read_answer
from idp.connectors.certificate_challenge import LoginChallenge
from tests.support.pki import Member, PkiWorld
from trustkit.cms.cosign import SigningParty, add_signer
from trustkit.cms.model import Dialect
from trustkit.cms.sign import CADES_B, sign_message
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.pem import encode_pem
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

NOW = PkiWorld.START
CHALLENGE = LoginChallenge(
    audience="https://id.example", connector="usb-key", login="l", nonce="n", expires_at=NOW + timedelta(minutes=5)
)


@cache
def world() -> PkiWorld:
    return PkiWorld()


def signed(
    content: bytes = CHALLENGE.message,
    *,
    member: Member | None = None,
    dialect: Dialect = Dialect.GBT35275,
    detached: bool = True,
    attributes: bool = True,
) -> bytes:
    who = member or world().signer
    return sign_message(
        content=content,
        signer=who.signer,
        certificate=who.certificate,
        dialect=dialect,
        detached=detached,
        attributes=CADES_B if attributes else None,
    )


def read(text: str) -> object:
    handed = read_answer({"answer": text}, CHALLENGE, now=NOW)
    handed.require_over(CHALLENGE, form="der", now=NOW)
    return handed.certificate


@pytest.mark.parametrize("dialect", [Dialect.GBT35275, Dialect.RFC5652])
@pytest.mark.parametrize("detached", [True, False])
@pytest.mark.parametrize("attributes", [True, False])
@pytest.mark.parametrize("which", range(4))
def test_a_message_over_the_text_is_taken(dialect: Dialect, detached: bool, attributes: bool, which: int) -> None:  # noqa: FBT001
    text = CHALLENGE.written[which]
    octets = signed(text, dialect=dialect, detached=detached, attributes=attributes)
    for spoken in (encode_base64(octets), encode_pem("PKCS7", octets).decode()):
        assert read(spoken) == world().signer.certificate


def test_certificate_and_signature_are_told_from_a_message() -> None:
    member = world().signer
    pasted = f"\n{encode_base64(member.der)}\r\n{encode_base64(member.signer.sign(CHALLENGE.written[3]))}\n"
    assert isinstance(read_answer({"answer": pasted}, CHALLENGE, now=NOW), HandedSignature)
    assert read(pasted) == member.certificate


def _cosigned() -> bytes:
    other = world().issue("李四")
    return add_signer(
        signed(), SigningParty(signer=other.signer, certificate=other.certificate), content=CHALLENGE.message
    )


def _of_another_login() -> bytes:
    return replace(CHALLENGE, nonce="other").message


REFUSED: list[tuple[str, Callable[[], str], Code, str]] = [
    (
        "another login's text",
        lambda: encode_base64(signed(_of_another_login())),
        IdentityCode.IDP_CHALLENGE,
        "signature",
    ),
    (
        "another login's text inside",
        lambda: encode_base64(signed(_of_another_login(), detached=False)),
        IdentityCode.IDP_CHALLENGE,
        "signature",
    ),
    ("two signers", lambda: encode_base64(_cosigned()), IdentityCode.IDP_CHALLENGE, "message"),
    (
        "a classical key",
        lambda: encode_base64(signed(member=world().issue("x", kind=KeyKind.EC_P256), dialect=Dialect.RFC5652)),
        IdentityCode.IDP_CERTIFICATE,
        "key",
    ),
    ("no message", lambda: encode_base64(b"\x30\x00"), IdentityCode.IDP_CHALLENGE, "message"),
    ("no base64", lambda: "?", IdentityCode.IDP_CHALLENGE, "message"),
    ("half a character", lambda: "\ud800", IdentityCode.IDP_CHALLENGE, "message"),
    ("half a character behind", lambda: "MIIB \ud800", IdentityCode.IDP_CHALLENGE, "message"),
    ("two messages", lambda: 2 * encode_pem("CMS", signed()).decode(), IdentityCode.IDP_CHALLENGE, "message"),
    ("a certificate alone", lambda: encode_base64(world().signer.der), IdentityCode.IDP_CHALLENGE, "message"),
    ("too long", lambda: "A" * (MAX_MESSAGE_TEXT + 1), IdentityCode.IDP_UPSTREAM_ANSWER, "size"),
    ("nothing", lambda: " \n", IdentityCode.IDP_UPSTREAM_ANSWER, "missing"),
]


@pytest.mark.parametrize(("text", "code", "rule"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_refuses(text: Callable[[], str], code: Code, rule: str) -> None:
    with pytest.raises(TrustError) as refused:
        read(text())
    assert (refused.value.code, refused.value.facts.get("rule", "")) == (code, rule)


def test_a_message_is_good_for_minutes() -> None:
    octets = encode_base64(signed())
    with pytest.raises(TrustError) as refused:
        read_answer({"answer": octets}, CHALLENGE, now=CHALLENGE.expires_at)
    assert (refused.value.code, refused.value.facts["rule"]) == (IdentityCode.IDP_CHALLENGE, "expired")
