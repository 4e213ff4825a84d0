"""Seals and seal signatures of every edition: what is accepted, and a table of what is refused with which code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from esign.seal.fields import read_time
from esign.seal.model import SealDeviation, SealVersion
from esign.seal.read import parse_seal, parse_seal_signature
from esign.seal.verify import IntactSeal, require_seal_period, verify_seal, verify_seal_signature
from tests.support.ses import PICTURE, extension, make_seal, make_seal_signature
from tests.support.signed_pdf import stamper
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding import der
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code

CONTENT = b"what the seal was put on"
VERSIONS = list(SealVersion)


def token_over(world: PkiWorld, imprint: bytes) -> bytes:
    return make_token(
        imprint=imprint,
        imprint_algorithm=DigestAlgorithm.SM3,
        serial=3,
        gen_time=world.clock.now(),
        policy="1.2.3.4",
        signer=world.tsa.signer,
        certificate=world.tsa.certificate,
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_seal_of_each_edition(world: PkiWorld, version: SealVersion) -> None:
    octets = make_seal(world, version=version)
    seal = parse_seal(octets)
    assert (seal.version, seal.raw, seal.name) == (version, octets, "示例市政务服务管理局")
    assert (seal.picture.data, seal.picture.width) == (PICTURE, 40)
    assert seal.certificates == (world.signer.der,)
    intact = verify_seal(seal)
    assert intact.maker == world.seal_maker.certificate
    assert (intact.timestamp, intact.notes) == (None, ())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_seal_signature_of_each_edition(world: PkiWorld, version: SealVersion) -> None:
    octets = make_seal_signature(world, make_seal(world, version=version), CONTENT, version=version)
    signature = parse_seal_signature(octets)
    assert (signature.version, signature.raw, signature.property_info) == (version, octets, "ByteRange")
    intact = verify_seal_signature(signature, content=CONTENT)
    assert intact.certificate == world.signer.certificate
    assert intact.claimed_time == world.clock.now()
    assert intact.timestamp is None


def test_the_seal_may_list_digests(world: PkiWorld) -> None:
    for name in ("SM3", "1.2.156.10197.1.401"):
        seal = make_seal(world, digests=True, digest_name=name)
        intact = verify_seal_signature(parse_seal_signature(make_seal_signature(world, seal, CONTENT)), content=CONTENT)
        assert intact.signature.seal.certificate_digests[0].type == name


def _by_digest(world: PkiWorld, name: str, algorithm: DigestAlgorithm | None, *before: tuple[str, bytes]) -> bytes:
    value = bytes(32) if algorithm is None else digest(algorithm, world.signer.der, allow_weak=True)
    return make_seal_signature(world, make_seal(world, digest_entries=(*before, (name, value))), CONTENT)


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        ("SHA256", DigestAlgorithm.SHA256),
        ("sha-384", DigestAlgorithm.SHA384),
        ("SHA_512", DigestAlgorithm.SHA512),
        ("2.16.840.1.101.3.4.2.1", DigestAlgorithm.SHA256),
        ("1.2.156.10197.1.401.1", DigestAlgorithm.SM3),
        ("SGD_SM3 of the certificate", DigestAlgorithm.SM3),  # free text: what it is, its value proves
        ("1.2.3.4", DigestAlgorithm.SHA256),
    ],
)
def test_the_seal_may_list_digests_of_any_kind(world: PkiWorld, name: str, algorithm: DigestAlgorithm) -> None:
    data = _by_digest(world, name, algorithm, ("SM3", bytes(32)), ("BLAKE2", bytes(64)))
    verify_seal_signature(parse_seal_signature(data), content=CONTENT)


@pytest.mark.parametrize(
    ("name", "algorithm", "code"),
    [
        ("SHA256", None, ErrorCode.SEAL_SIGNER),
        ("SHA256", DigestAlgorithm.SM3, ErrorCode.SEAL_SIGNER),  # named otherwise than it is
        ("MD5", DigestAlgorithm.MD5, ErrorCode.ALGORITHM_WEAK),
        ("SHA1", DigestAlgorithm.SHA1, ErrorCode.ALGORITHM_WEAK),
        ("thumbprint", DigestAlgorithm.SHA1, ErrorCode.ALGORITHM_WEAK),
        ("SHA1", None, ErrorCode.SEAL_SIGNER),
        ("BLAKE2", None, ErrorCode.ALGORITHM_UNKNOWN),
    ],
)
def test_digests_that_prove_nothing_list_nobody(
    world: PkiWorld, name: str, algorithm: DigestAlgorithm | None, code: Code
) -> None:
    with pytest.raises(TrustError) as caught:
        verify_seal_signature(parse_seal_signature(_by_digest(world, name, algorithm)), content=CONTENT)
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        (0x18, b"20261201000000.000Z"),
        (0x18, b"20261201000000,50Z"),
        (0x18, b"20261201080000+0800"),
        (0x18, b"20261130193000-0430"),
        (0x18, b"20261201080000"),  # China's
        (0x17, b"261201080000+0800"),
    ],
)
def test_times_in_ber_are_read_and_named(tag: int, body: bytes) -> None:
    notes: list[SealDeviation] = []
    data = write.tlv(tag, body)
    found = read_time(data, der.parse_strict(data), notes)
    assert found.moment.replace(microsecond=0) == datetime(2026, 12, 1, tzinfo=UTC)
    assert found.moment.microsecond == (500_000 if b",50" in body else 0)
    assert notes == [SealDeviation.TIME_FORM]


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        (0x18, b"20261301000000.0Z"),
        (0x18, b"202612010000Z"),
        (0x18, b"20261201000000+2500"),
        (0x18, b"20261201000000+08"),
        (0x18, b"00010101000000+0800"),
        (0x17, b"2612010800+0800"),
        (0x04, b"20261201000000Z"),
        (0x18, "２０２６１２０１００００００Z".encode()),
    ],
)
def test_what_is_no_time_is_refused(tag: int, body: bytes) -> None:
    data = write.tlv(tag, body)
    with pytest.raises(TrustError) as caught:
        read_time(data, der.parse_strict(data), [])
    assert caught.value.code is ErrorCode.DER_MALFORMED


def test_an_explicit_default_is_verified_as_found(world: PkiWorld) -> None:
    """The tax seals write critical FALSE, which DER leaves out; encoding anew would break their signature."""
    listed = write.sequence(extension("1.2.156.10197.6.7.2.2.1", b"2.1", critical=False))
    seal = parse_seal(make_seal(world, extensions=listed))
    assert b"\x01\x01\x00" in seal.signed
    assert verify_seal(seal).seal.extensions[0].value == b"2.1"


def test_a_stamp_does_not_make_another_edition(world: PkiWorld) -> None:
    """It is not signed, so anybody can add one; the number is what the maker signed."""
    seal = parse_seal(make_seal(world, timestamp=stamper(world)(b"whatever")))
    assert (seal.version, seal.timestamp, seal.notes) == (SealVersion.V4, None, (SealDeviation.STAMP_BESIDE,))
    assert verify_seal(seal).timestamp is None


@pytest.mark.parametrize("wrap", [True, False], ids=["tagged", "bare"])
def test_extensions_of_a_signature_are_read_tagged_or_bare(world: PkiWorld, wrap: bool) -> None:  # noqa: FBT001 - a parameter
    listed = write.sequence(extension("1.2.3.4", b"x"))
    octets = make_seal_signature(
        world, make_seal(world), CONTENT, extensions=write.explicit(0, listed) if wrap else listed
    )
    assert verify_seal_signature(parse_seal_signature(octets), content=CONTENT).signature.extensions[0].oid == "1.2.3.4"


def test_a_time_stamp_over_the_signature(world: PkiWorld) -> None:
    bare = make_seal_signature(world, make_seal(world), CONTENT)
    value = parse_seal_signature(bare).signature
    stamp = write.explicit(0, write.bit_string(stamper(world)(value)))
    body = bare[4:] if bare[1] == 0x82 else bare[3:]
    intact = verify_seal_signature(parse_seal_signature(write.sequence(body, stamp)), content=CONTENT)
    assert intact.timestamp is not None
    assert intact.timestamp.certificate == world.tsa.certificate


def test_a_v1_signature_may_carry_a_token_for_its_time(world: PkiWorld) -> None:
    seal = make_seal(world, version=SealVersion.V1)
    token = token_over(world, digest(DigestAlgorithm.SM3, CONTENT))
    octets = make_seal_signature(world, seal, CONTENT, version=SealVersion.V1, time_info=token)
    intact = verify_seal_signature(parse_seal_signature(octets), content=CONTENT)
    assert intact.timestamp is not None
    assert intact.claimed_time == world.clock.now()


def test_a_v1_token_over_something_else_is_the_signers_word(world: PkiWorld) -> None:
    seal = make_seal(world, version=SealVersion.V1)
    octets = make_seal_signature(
        world, seal, CONTENT, version=SealVersion.V1, time_info=token_over(world, digest(DigestAlgorithm.SM3, b"else"))
    )
    intact = verify_seal_signature(parse_seal_signature(octets), content=CONTENT)
    assert intact.claimed_time == world.clock.now()
    assert intact.notes == (SealDeviation.STAMPED_ELSE,)


@pytest.mark.parametrize("stamp", [b"\x01\x02\x03", None])
def test_a_stamp_that_holds_nothing_spoils_nothing(world: PkiWorld, stamp: bytes | None) -> None:
    """It is not signed: whoever wants a seal or a signature refused could put one there."""
    useless = stamp or stamper(world)(b"another")
    seal = make_seal(world, version=SealVersion.V5, timestamp=useless)
    assert verify_seal(parse_seal(seal)).timestamp is None
    octets = make_seal_signature(world, seal, CONTENT, version=SealVersion.V5, timestamp=useless)
    assert verify_seal_signature(parse_seal_signature(octets), content=CONTENT).timestamp is None


def test_data_hash_may_be_another_strong_digest(world: PkiWorld) -> None:
    """The syntax does not name it; a kit with RSA seals makes it by SM3 all the same."""
    octets = make_seal_signature(world, make_seal(world), CONTENT, data_hash=digest(DigestAlgorithm.SHA256, CONTENT))
    intact = verify_seal_signature(parse_seal_signature(octets), content=CONTENT)
    assert intact.content_digest is DigestAlgorithm.SHA256
    assert intact.notes == (SealDeviation.DATA_HASH,)


def test_the_period_counts_both_ends(world: PkiWorld) -> None:
    intact = verify_seal(parse_seal(make_seal(world)))
    for moment in (intact.seal.valid_from, world.clock.now(), intact.seal.valid_until):
        assert require_seal_period(intact, moment) == moment
    for moment in (intact.seal.valid_from - timedelta(seconds=1), intact.seal.valid_until + timedelta(seconds=1)):
        with pytest.raises(TrustError) as caught:
            require_seal_period(intact, moment)
        assert caught.value.code is ErrorCode.SEAL_VALIDITY


def test_only_the_verifier_makes_an_intact_seal(world: PkiWorld) -> None:
    intact = verify_seal(parse_seal(make_seal(world)))
    with pytest.raises(TypeError):
        IntactSeal(
            seal=intact.seal, maker=intact.maker, suite=intact.suite, timestamp=None, notes=(), made_here=object()
        )


REFUSED_SEALS: dict[str, tuple[Callable[[PkiWorld], bytes], Code]] = {
    "signed over something else": (lambda w: make_seal(w, signed_octets=b"nothing"), ErrorCode.SEAL_SIGNATURE),
    "v1 signed like v4": (
        lambda w: make_seal(w, version=SealVersion.V1, signed_octets=parse_seal(make_seal(w)).signed),
        ErrorCode.SEAL_SIGNATURE,
    ),
    "period backwards": (
        lambda w: make_seal(w, valid_from=w.clock.now(), valid_until=w.clock.now() - timedelta(days=1)),
        ErrorCode.SEAL_VALIDITY,
    ),
    "unknown algorithm": (lambda w: make_seal(w, algorithm="1.2.156.10197.1.502"), ErrorCode.ALGORITHM_UNKNOWN),
    "other header": (lambda w: make_seal(w, header="EX"), ErrorCode.SEAL_MALFORMED),
    "nobody listed": (lambda w: make_seal(w, users=()), ErrorCode.SEAL_MALFORMED),
    "too many listed": (lambda w: make_seal(w, users=(b"x",) * 257), ErrorCode.SEAL_MALFORMED),
    "unknown list type": (lambda w: make_seal(w, list_type=3), ErrorCode.SEAL_MALFORMED),
    "list type and list differ": (lambda w: make_seal(w, list_type=2), ErrorCode.SEAL_MALFORMED),
    "trailing octet": (lambda w: make_seal(w) + b"\0", ErrorCode.DER_MALFORMED),
    "cut": (lambda w: make_seal(w)[:-1], ErrorCode.DER_MALFORMED),
    "not a seal": (lambda w: w.signer.der, ErrorCode.SEAL_MALFORMED),
    "empty": (lambda _: b"", ErrorCode.DER_MALFORMED),
    "BER": (lambda _: b"\x30\x80\0\0", ErrorCode.DER_NOT_DER),
    "a SET": (lambda w: b"\x31" + make_seal(w)[1:], ErrorCode.SEAL_MALFORMED),
    "too large": (lambda _: b"\x30" * (8 * 1024 * 1024 + 1), ErrorCode.INPUT_TOO_LARGE),
}


@pytest.mark.parametrize(("make", "code"), REFUSED_SEALS.values(), ids=REFUSED_SEALS.keys())
def test_what_seals_are_refused(world: PkiWorld, make: Callable[[PkiWorld], bytes], code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        verify_seal(parse_seal(make(world)))
    assert caught.value.code is code


def _signed(**changes: object) -> Callable[[PkiWorld], bytes]:
    return lambda world: make_seal_signature(world, make_seal(world), CONTENT, **changes)  # type: ignore[arg-type]


REFUSED_SIGNATURES: dict[str, tuple[Callable[[PkiWorld], bytes], Code]] = {
    "over other content": (_signed(data_hash=bytes(32)), ErrorCode.CMS_DIGEST_MISMATCH),
    "hash cut short": (_signed(data_hash=bytes(31)), ErrorCode.CMS_DIGEST_MISMATCH),
    "as long as a digest that can be forged": (
        _signed(data_hash=digest(DigestAlgorithm.SHA1, CONTENT, allow_weak=True)),
        ErrorCode.CMS_DIGEST_MISMATCH,
    ),
    "signer not listed": (
        lambda w: make_seal_signature(w, make_seal(w, users=(w.tsa.der,)), CONTENT),
        ErrorCode.SEAL_SIGNER,
    ),
    "digest not listed": (
        lambda w: make_seal_signature(w, make_seal(w, users=(w.tsa.der,), digests=True), CONTENT),
        ErrorCode.SEAL_SIGNER,
    ),
    "digest by an unknown name": (
        lambda w: make_seal_signature(w, make_seal(w, digests=True, digest_name="MD5"), CONTENT),
        ErrorCode.SEAL_SIGNER,
    ),
    "certificate of another key": (
        lambda w: make_seal_signature(w, make_seal(w), CONTENT, certificate=w.tsa.der),
        ErrorCode.SIGNATURE_WRONG,
    ),
    "before the seal's period": (
        lambda w: make_seal_signature(w, make_seal(w), CONTENT, at=w.clock.now() - timedelta(days=11)),
        ErrorCode.SEAL_VALIDITY,
    ),
    "after the seal's period": (
        lambda w: make_seal_signature(w, make_seal(w), CONTENT, at=w.clock.now() + timedelta(days=366)),
        ErrorCode.SEAL_VALIDITY,
    ),
    "seal broken": (
        lambda w: make_seal_signature(w, make_seal(w, signed_octets=b"nothing"), CONTENT),
        ErrorCode.SEAL_SIGNATURE,
    ),
    "v1 token that is none": (
        lambda w: make_seal_signature(
            w, make_seal(w, version=SealVersion.V1), CONTENT, version=SealVersion.V1, time_info=write.sequence()
        ),
        ErrorCode.TIMESTAMP_MALFORMED,
    ),
    "v1 time that is none": (
        lambda w: make_seal_signature(
            w, make_seal(w, version=SealVersion.V1), CONTENT, version=SealVersion.V1, time_info=b"\x02\x01\x05"
        ),
        ErrorCode.DER_MALFORMED,
    ),
    "time that is none": (_signed(time_info=write.integer(5)), ErrorCode.DER_MALFORMED),
    "a seal alone": (make_seal, ErrorCode.SEAL_MALFORMED),
}


@pytest.mark.parametrize(("make", "code"), REFUSED_SIGNATURES.values(), ids=REFUSED_SIGNATURES.keys())
def test_what_signatures_are_refused(world: PkiWorld, make: Callable[[PkiWorld], bytes], code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        verify_seal_signature(parse_seal_signature(make(world)), content=CONTENT)
    assert caught.value.code is code
