"""Each dialect forged as its writer makes it: told apart by name, and accepted only as its row says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.message_forge import CONTENT, MessageForge
from tests.support.pki import Member, PkiWorld
from trustkit.cms import oids
from trustkit.cms.dialects import DIALECTS, TOLERATED, ForeignWay, Standing
from trustkit.cms.model import Deviation
from trustkit.cms.read import parse_signed_message
from trustkit.cms.sign import attribute
from trustkit.cms.verify import verify_signer
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, N, encode_sm2_signature, parse_sm2_signature, z_value
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

SCALAR = 0x1357_9BDF_0246_8ACE_1357_9BDF_0246_8ACE_1357_9BDF_0246_8ACE_1357_9BDF_0246_8ACE


class BareKey:
    """A throw-away SM2 key whose scalar is known, to sign any e at all: what no port of ours offers."""

    def __init__(self, member: Member) -> None:
        self.member = member

    def sign_digest(self, e: bytes) -> bytes:
        """Sign e by the arithmetic of GB/T 32918.2 6.1, with affine points in plain integers."""
        k = SCALAR ^ 0xFFFF
        x, _ = _multiply(k)
        r = (int.from_bytes(e, "big") + x) % N
        s = pow(1 + SCALAR, -1, N) * (k - r * SCALAR) % N
        return encode_sm2_signature(r.to_bytes(32, "big"), s.to_bytes(32, "big"))


P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)


def _add(a: tuple[int, int] | None, b: tuple[int, int] | None) -> tuple[int, int] | None:
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _multiply(k: int) -> tuple[int, int]:
    found: tuple[int, int] | None = None
    step: tuple[int, int] | None = G
    while k:
        found = _add(found, step) if k & 1 else found
        step = _add(step, step)
        k >>= 1
    assert found is not None
    return found


@pytest.fixture(scope="module")
def known() -> MessageForge:
    """A forge whose key's scalar is `SCALAR`."""
    from trustkit.custody.private_key import PrivateKey  # noqa: PLC0415 - beside its only use
    from trustkit.custody.sm2_material import Sm2Material  # noqa: PLC0415 - as above

    key = PrivateKey(Sm2Material(SCALAR.to_bytes(32, "big")))
    return MessageForge(PkiWorld().issue("已知密钥", signer=key.signer()))


def _sm3(octets: bytes) -> bytes:
    return digest(DigestAlgorithm.SM3, octets)


def _attributes(forge: MessageForge) -> bytes:
    return w.set_of(*forge.good_attributes().values())


def _inner(kind: str) -> bytes:
    return w.sequence(w.oid(kind), w.explicit(0, w.octet_string(CONTENT)))


def _gmssl(forge: MessageForge, attributes: bool | None, kind: str = oids.DATA) -> bytes:  # noqa: FBT001 - as the forge has it
    covered = _inner(kind) + (b"".join(sorted(forge.good_attributes().values())) if attributes else b"")
    signature = BareKey(forge.member).sign_digest(_sm3(covered))
    return forge.signer_info(attributes=attributes, signature=signature)


def _without_z(forge: MessageForge) -> bytes:
    return forge.signer_info(attributes=None, signature=BareKey(forge.member).sign_digest(_sm3(CONTENT)))


def _with_z_in_digest(forge: MessageForge) -> bytes:
    z = z_value(forge.member.certificate.public_key.sm2_point, DEFAULT_SIGNER_ID)
    parts = forge.good_attributes() | {"digest": attribute(oids.MESSAGE_DIGEST, w.octet_string(_sm3(z + CONTENT)))}
    return forge.signer_info(attributes=tuple(parts.values()))


WAYS: dict[str, tuple[Callable[[MessageForge], bytes], ForeignWay]] = {
    "GmSSL master, no attributes": (lambda f: _gmssl(f, None), ForeignWay.GMSSL_HEADER),
    "GmSSL master, attributes": (lambda f: _gmssl(f, attributes=True), ForeignWay.GMSSL_HEADER),
    "digest signed as content": (
        lambda f: f.signer_info(attributes=None, signed=_sm3(CONTENT)),
        ForeignWay.DIGEST_SIGNED,
    ),
    "digest of attributes signed": (
        lambda f: f.signer_info(signed=_sm3(_attributes(f))),
        ForeignWay.DIGEST_OF_ATTRIBUTES_SIGNED,
    ),
    "attributes under [0]": (
        lambda f: f.signer_info(signed=b"\xa0" + _attributes(f)[1:]),
        ForeignWay.ATTRIBUTES_TAG,
    ),
    "content despite attributes": (
        lambda f: f.signer_info(signed=CONTENT),
        ForeignWay.CONTENT_DESPITE_ATTRIBUTES,
    ),
    "messageDigest with Z": (_with_z_in_digest, ForeignWay.DIGEST_WITH_Z),
}


@pytest.mark.parametrize(("made", "way"), WAYS.values(), ids=WAYS.keys())
def test_foreign_ways_are_named_and_refused(
    known: MessageForge, made: Callable[[MessageForge], bytes], way: ForeignWay
) -> None:
    message = parse_signed_message(known.message(signers=(made(known),)))
    with pytest.raises(TrustError) as refusal:
        verify_signer(message, 0, content=None, accepted=frozenset(Deviation) | frozenset(ForeignWay))
    assert refusal.value.code is ErrorCode.CMS_DIALECT
    assert refusal.value.facts["dialect"] == way.value


def test_gmssl_in_its_own_identifiers(known: MessageForge) -> None:
    octets = known.message(
        outer=oids.GBT_SIGNED_DATA, inner=oids.GBT_DATA, signers=(_gmssl(known, None, oids.GBT_DATA),)
    )
    with pytest.raises(TrustError) as refusal:
        verify_signer(parse_signed_message(octets), 0, content=None)
    assert refusal.value.facts["dialect"] == ForeignWay.GMSSL_HEADER


def test_without_z_keeps_its_own_name(known: MessageForge) -> None:
    message = parse_signed_message(known.message(signers=(_without_z(known),)))
    with pytest.raises(TrustError) as refusal:
        verify_signer(message, 0, content=None)
    assert refusal.value.code is ErrorCode.SIGNATURE_WITHOUT_Z


def test_classical_keys_have_foreign_ways_too() -> None:
    forge = MessageForge(PkiWorld(kind=KeyKind.EC_P256).signer)
    content_digest = digest(DigestAlgorithm.SHA256, CONTENT)
    message = parse_signed_message(forge.message(signers=(forge.signer_info(attributes=None, signed=content_digest),)))
    with pytest.raises(TrustError) as refusal:
        verify_signer(message, 0, content=None)
    assert refusal.value.facts["dialect"] == ForeignWay.DIGEST_SIGNED


def test_raw_signatures_on_request_only(forge: MessageForge) -> None:
    parsed = parse_sm2_signature(forge.member.signer.sign(CONTENT))
    message = parse_signed_message(
        forge.message(signers=(forge.signer_info(attributes=None, signature=parsed.r + parsed.s),))
    )
    with pytest.raises(TrustError) as refusal:
        verify_signer(message, 0, content=None)
    assert refusal.value.facts["dialect"] == Deviation.RAW_SIGNATURE
    found = verify_signer(message, 0, content=None, accepted=frozenset({Deviation.RAW_SIGNATURE}))
    assert found.notes == (Deviation.RAW_SIGNATURE,)
    bent = parse_signed_message(forge.message(signers=(forge.signer_info(attributes=None, signature=bytes(64)),)))
    with pytest.raises(TrustError) as refusal:
        verify_signer(bent, 0, content=None, accepted=frozenset({Deviation.RAW_SIGNATURE}))
    assert refusal.value.code is ErrorCode.SIGNATURE_MALFORMED


def test_naming_has_a_bound(forge: MessageForge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustkit.cms.dialects.MAX_NAMED_WORK", 3)
    message = parse_signed_message(forge.message(signers=(forge.signer_info(attributes=None, signed=_sm3(CONTENT)),)))
    with pytest.raises(TrustError) as refusal:
        verify_signer(message, 0, content=None)
    assert refusal.value.code is ErrorCode.SIGNATURE_WRONG


def test_every_dialect_has_a_row_with_evidence() -> None:
    assert set(DIALECTS) == {*Deviation, *ForeignWay}
    assert all(row.evidence for row in DIALECTS.values())
    assert all(DIALECTS[way].standing is Standing.REFUSED for way in ForeignWay)
    assert set(Deviation) - TOLERATED == {Deviation.RAW_SIGNATURE}
