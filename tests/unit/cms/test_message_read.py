"""Any message by one door: bags, envelopes, digests, BER; what is not read is named by its OID."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.message_forge import CONTENT, MessageForge
from trustkit.cms import oids
from trustkit.cms.bag import read_bag, write_bag
from trustkit.cms.envelope_model import DigestedMessage, SealedMessage
from trustkit.cms.envelope_read import parse_digested_message, parse_enveloped_message, parse_sealed_message
from trustkit.cms.message_read import parse_message
from trustkit.cms.model import Deviation, Dialect, SignedMessage
from trustkit.cms.read import parse_signed_message
from trustkit.cms.verify import verify_signer
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from tests.support.pki import PkiWorld


def streamed(octets: bytes) -> bytes:
    """Return a SignedData as streaming writers have it: outer lengths open, the content in segments."""
    outer = der.read_tlv(octets, 0, len(octets))
    name, wrapper = der.children(octets, outer)
    (signed,) = der.children(octets, wrapper)
    parts = []
    for number, part in enumerate(der.children(octets, signed)):
        found = der.octets(octets, part)
        if number == 2:
            kind, inside = der.children(octets, part)
            content = der.content(octets, der.children(octets, inside)[0])
            pieces = w.octet_string(content[:5]) + w.octet_string(content[5:])
            found = _open(0x30, der.octets(octets, kind) + _open(0xA0, _open(0x24, pieces)))
        parts.append(found)
    return _open(0x30, der.octets(octets, name) + _open(0xA0, _open(0x30, b"".join(parts))))


def _open(tag: int, body: bytes) -> bytes:
    return bytes((tag, 0x80)) + body + b"\x00\x00"


@pytest.mark.parametrize("attributes", [True, None])
def test_streamed_messages_are_read_and_named(forge: MessageForge, attributes: bool | None) -> None:  # noqa: FBT001 - a column
    octets = streamed(forge.message(signers=(forge.signer_info(attributes=attributes),)))
    with pytest.raises(TrustError) as refusal:
        parse_signed_message(octets)
    assert refusal.value.code is ErrorCode.DER_NOT_DER
    message = parse_message(octets)
    assert isinstance(message, SignedMessage)
    assert message.content == CONTENT
    assert message.raw == octets
    assert verify_signer(message, 0, content=None).notes == (Deviation.BER,)
    for place in range(octets.index(CONTENT[:5]), octets.index(CONTENT[5:]) + 3):
        bent = octets[:place] + bytes((octets[place] ^ 0x40,)) + octets[place + 1 :]
        with pytest.raises(TrustError):
            verify_signer(parse_message(bent), 0, content=None)  # type: ignore[arg-type]


def test_what_is_wrong_inside_stays_refused(forge: MessageForge) -> None:
    """A length that is not minimal is nothing streaming writers do."""
    octets = forge.message(more=b"\x30\x81\x02\x05\x00")
    with pytest.raises(TrustError) as refusal:
        parse_message(octets)
    assert refusal.value.code is ErrorCode.DER_NOT_DER


@pytest.mark.parametrize("dialect", Dialect)
def test_bags(world: PkiWorld, dialect: Dialect) -> None:
    certificates = (world.signer.certificate, *world.pool, world.signer.certificate)
    crl = world.crl().der
    octets = write_bag(certificates, crls=(crl,), dialect=dialect)
    der.parse_strict(octets)
    bag = read_bag(octets)
    assert bag.is_bag
    assert bag.dialect is dialect
    assert bag.notes == ()
    assert bag.content is None
    assert set(bag.certificates) == {each.der for each in certificates}
    assert bag.crls == (crl,)
    with pytest.raises(TrustError) as refusal:
        parse_signed_message(octets)
    assert refusal.value.code is ErrorCode.CMS_NO_SIGNER


def test_a_bag_of_nothing_is_not_written() -> None:
    with pytest.raises(TrustError) as refusal:
        write_bag(())
    assert refusal.value.code is ErrorCode.USAGE


def _info(kind: str, *parts: bytes) -> bytes:
    return w.sequence(w.oid(kind), w.explicit(0, w.sequence(*parts)))


def _encrypted(kind: str = oids.DATA) -> bytes:
    algorithm = w.sequence(w.oid("1.2.156.10197.1.104.2"), w.octet_string(bytes(16)))
    return w.sequence(w.oid(kind), algorithm, w.implicit(0, w.octet_string(bytes(16))))


@pytest.mark.parametrize(
    ("kind", "dialect", "version", "notes"),
    [
        (oids.ENCRYPTED_DATA, Dialect.RFC5652, 0, ()),
        (oids.GBT_ENCRYPTED_DATA, Dialect.GBT35275, 1, ()),
        (oids.GBT_ENCRYPTED_DATA, Dialect.GBT35275, 0, (Deviation.VERSION,)),
    ],
)
def test_encrypted_data(kind: str, dialect: Dialect, version: int, notes: tuple[str, ...]) -> None:
    message = parse_message(_info(kind, w.integer(version), _encrypted()))
    assert isinstance(message, SealedMessage)
    assert (message.dialect, message.notes) == (dialect, notes)


def test_digested_data() -> None:
    algorithm = w.sequence(w.oid(oids.SM3))
    inner = w.sequence(w.oid(oids.DATA), w.explicit(0, w.octet_string(CONTENT)))
    found = digest(DigestAlgorithm.SM3, CONTENT)
    message = parse_message(_info(oids.DIGESTED_DATA, w.integer(0), algorithm, inner, w.octet_string(found)))
    assert isinstance(message, DigestedMessage)
    assert (message.content, message.digest, message.notes) == (CONTENT, found, ())


UNREAD = {
    "SM9": ("1.2.156.10197.6.1.4.4.2", "SignedData of SM9"),
    "key agreement": ("1.2.156.10197.6.1.4.2.6", "KeyAgreementInfo"),
    "authenticated": ("1.2.840.113549.1.9.16.1.2", "AuthenticatedData"),
    "of 2026, unknown": ("1.2.156.10197.6.1.4.2.99", "not known"),
}


@pytest.mark.parametrize(("kind", "name"), UNREAD.values(), ids=UNREAD.keys())
def test_what_is_not_read_is_named_with_its_oid(kind: str, name: str) -> None:
    octets = _info(kind, w.integer(1))
    with pytest.raises(TrustError, match=name) as refusal:
        parse_message(octets)
    assert refusal.value.code is ErrorCode.CMS_UNSUPPORTED
    assert refusal.value.facts["oid"] == kind


def test_each_reader_knows_its_types(forge: MessageForge) -> None:
    for reader in (parse_enveloped_message, parse_sealed_message, parse_digested_message):
        with pytest.raises(TrustError) as refusal:
            reader(forge.message())
        assert refusal.value.code is ErrorCode.CMS_UNSUPPORTED
    with pytest.raises(TrustError) as refusal:
        read_bag(_info(oids.ENCRYPTED_DATA, w.integer(0), _encrypted()))
    assert refusal.value.code is ErrorCode.CMS_UNSUPPORTED
