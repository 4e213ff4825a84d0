"""Whom a message is said to be by before anything is proved: a stranger who adds a certificate must not choose the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.cms.named_signer import named_signer
from trustkit.cms.read import parse_signed_message
from trustkit.encoding import der_write as w

if TYPE_CHECKING:
    from tests.support.message_forge import MessageForge
    from tests.support.pki import PkiWorld
    from trustkit.x509.certificate import Certificate


def _named(forge: MessageForge, *certificates: bytes, attributes: bool | None = True) -> Certificate | None:
    signer = forge.signer_info(attributes=attributes)
    octets = forge.message(certificates=w.tlv(0xA0, b"".join(certificates)), signers=(signer,))
    return named_signer(parse_signed_message(octets))


def test_the_certificate_a_signer_names(world: PkiWorld, forge: MessageForge) -> None:
    own = forge.member.certificate
    assert _named(forge, world.issuing.der, own.der) == own
    assert _named(forge, world.issuing.der) is None


def test_of_doubles_the_one_whose_digest_was_signed(world: PkiWorld, forge: MessageForge) -> None:
    own = forge.member.certificate
    double = world.issue("double", self_signed=True, serial=own.serial, issuer_der=own.issuer_der)
    assert _named(forge, double.der, own.der) == own
    assert _named(forge, own.der, double.der) == own
    assert _named(forge, own.der, double.der, attributes=None) is None
