"""Broken messages of every kind: reading, opening and rewriting raise only our own error, and nothing opened differs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.message_forge import MessageForge
from tests.support.mutations import bent_elements, bent_octets
from tests.support.pki import ENCRYPTION_USAGE, Member, PkiWorld
from trustkit.cms import oids
from trustkit.cms.bag import write_bag
from trustkit.cms.cosign import SigningParty, add_signer, countersign, sign_together
from trustkit.cms.encrypt import encrypt_message
from trustkit.cms.envelope_model import EnvelopedMessage
from trustkit.cms.message_read import parse_message
from trustkit.cms.model import Dialect, SignedMessage
from trustkit.cms.open import Opener, open_message
from trustkit.cms.sign_encrypt import sign_and_encrypt
from trustkit.cms.verify import verify_countersignature, verify_signer
from trustkit.crypto.cipher_suites import CipherSuite
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.rsa_oaep import OaepParameters, read_oaep_parameters
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.encoding.ber import to_definite
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

CONTENT = b"what was sealed in an envelope of several blocks"


@cache
def people() -> tuple[PkiWorld, Member, PrivateKey]:
    world, key = PkiWorld(), generate_key(KeyKind.SM2)
    return world, world.issue("reader", usage=ENCRYPTION_USAGE, signer=key.signer()), key


def _party(member: Member) -> SigningParty:
    return SigningParty(signer=member.signer, certificate=member.certificate)


@cache
def samples() -> tuple[bytes, ...]:
    world, reader, _ = people()
    to = (reader.certificate,)
    two = (_party(world.signer), _party(world.tsa))
    signed = sign_together(CONTENT, two, dialect=Dialect.RFC5652, detached=False)
    algorithm = w.sequence(w.oid("1.2.156.10197.1.104.2"), w.octet_string(bytes(16)))
    sealed = w.sequence(w.oid(oids.DATA), algorithm, w.implicit(0, w.octet_string(bytes(16))))
    inner = w.sequence(w.oid(oids.DATA), w.explicit(0, w.octet_string(CONTENT)))
    digested = w.sequence(w.integer(0), w.sequence(w.oid(oids.SM3)), inner, w.octet_string(bytes(32)))
    return (
        encrypt_message(CONTENT, to, dialect=Dialect.GBT35275),
        encrypt_message(CONTENT, to, dialect=Dialect.RFC5652, suite=CipherSuite.SM4_GCM),
        encrypt_message(CONTENT, to, dialect=Dialect.RFC5652, suite=CipherSuite.AES128_CBC, by_key_identifier=True),
        sign_and_encrypt(CONTENT, two, recipients=to),
        write_bag(world.pool, crls=(world.crl().der,)),
        signed,
        countersign(signed, 0, _party(world.expired)),
        w.sequence(w.oid(oids.ENCRYPTED_DATA), w.explicit(0, w.sequence(w.integer(0), sealed))),
        w.sequence(w.oid(oids.DIGESTED_DATA), w.explicit(0, digested)),
        _streamed(MessageForge(world.signer, CONTENT).message()),
    )


def _streamed(octets: bytes) -> bytes:
    """Return the message with its two outermost lengths left open."""
    outer = der.read_tlv(octets, 0, len(octets))
    name, wrapper = der.children(octets, outer)
    inside = der.content(octets, wrapper)
    return b"\x30\x80" + der.octets(octets, name) + b"\xa0\x80" + inside + b"\x00\x00" * 2


def _act(octets: bytes) -> bytes | Code | None:
    """Return what came out of an envelope, the code of a refusal, or None for other messages; anything else fails."""
    world, _, key = people()
    try:
        message = parse_message(octets)
        if isinstance(message, EnvelopedMessage):
            opened = open_message(message, Opener(sm2=key.decryptor()))
            signed = message.signatures()
            for index in range(len(signed.signers)):
                verify_signer(signed, index, content=opened.content)
            return opened.content
        if isinstance(message, SignedMessage):
            for index in range(len(message.signers)):
                verify_signer(message, index, content=None)
                verify_countersignature(message, index, 0)
            add_signer(octets, _party(world.expired))
    except TrustError as error:
        return error.code
    return None


@pytest.mark.parametrize("bend", [bent_octets, bent_elements])
@given(data=st.data())
def test_bent_messages(bend: object, data: st.DataObject) -> None:
    definite = samples()[:-1]  # elements are found by definite lengths
    good = data.draw(st.sampled_from(definite if bend is bent_elements else samples()))
    octets = data.draw(bend(good))  # type: ignore[operator]
    found = _act(octets)
    if isinstance(found, bytes) and parse_message(octets).content.algorithm.oid.endswith(".8"):  # type: ignore[union-attr]
        assert found == CONTENT  # GCM: nothing changed goes unseen


@given(st.binary(max_size=300))
def test_junk(octets: bytes) -> None:
    for head in (b"", samples()[0][:24], samples()[3][:24], samples()[-1][:24]):
        assert not isinstance(_act(head + octets), bytes)


@given(st.data())
def test_lengths_brought_in_order_are_those_of_the_value(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from(samples()))
    octets = data.draw(bent_octets(good))
    try:
        definite = to_definite(octets)
    except TrustError:
        return
    assert to_definite(definite) == definite


@given(st.data())
def test_oaep_parameters(data: st.DataObject) -> None:
    identifier = OaepParameters().algorithm_identifier()
    outer = der.read_tlv(identifier, 0, len(identifier))
    good = der.octets(identifier, der.children(identifier, outer)[1])
    assert read_oaep_parameters(good) == OaepParameters()
    try:
        read_oaep_parameters(data.draw(bent_elements(good)))
    except TrustError:
        return
