from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support.message_forge import MessageForge
from tests.support.pki import PkiWorld
from trustkit.cms import oids
from trustkit.cms.model import Dialect
from trustkit.cms.sign import attribute, sign_message
from trustkit.crypto.digest import DigestAlgorithm, digest, digest_oid
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.model import TokenDeviation
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.sign import make_token
from trustkit.timestamp.verify import AuthenticToken, VerifiedToken, authenticate_token, verify_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.pki import Member
    from trustkit.error_family import Code

DATA = b"signature octets"
IMPRINT = digest(DigestAlgorithm.SM3, DATA)
POLICY = "1.2.156.10197.99.1"
NOW = datetime(2026, 12, 1, 8, 30, 15, 250000, tzinfo=UTC)


@cache
def world_of(kind: KeyKind) -> PkiWorld:
    return PkiWorld(kind=kind)


def _token(member: Member, **bent: object) -> bytes:
    arguments = {
        "imprint": IMPRINT,
        "imprint_algorithm": DigestAlgorithm.SM3,
        "serial": 17,
        "gen_time": NOW,
        "policy": POLICY,
        "signer": member.signer,
        "certificate": member.certificate,
    } | bent
    return make_token(**arguments)  # type: ignore[arg-type]


def _info(
    *,
    version: int = 1,
    imprint: bytes | None = None,
    serial: bytes = b"\x02\x01\x11",
    time: bytes = b"\x18\x0f20261201083015Z",
    more: bytes = b"",
) -> bytes:
    known = w.sequence(w.sequence(w.oid(digest_oid(DigestAlgorithm.SM3))), w.octet_string(IMPRINT))
    return w.sequence(w.integer(version), w.oid(POLICY), imprint or known, serial, time, more)


def _around(member: Member, info: bytes) -> bytes:
    return sign_message(
        content=info,
        signer=member.signer,
        certificate=member.certificate,
        dialect=Dialect.RFC5652,
        detached=False,
        content_type=oids.TST_INFO,
    )


@pytest.mark.parametrize("kind", KeyKind)
def test_round_trip(kind: KeyKind) -> None:
    member = world_of(kind).tsa
    octets = _token(
        member,
        chain=world_of(kind).pool,
        nonce=42,
        ordering=True,
        accuracy=timedelta(seconds=1, milliseconds=20, microseconds=3),
    )
    token = parse_token(octets)
    verified = verify_token(token, data=DATA)
    assert verified.gen_time == NOW
    assert verified.certificate == member.certificate
    assert verified.serial == 17
    assert verified.policy == POLICY
    assert verified.nonce == 42
    assert verified.accuracy == timedelta(seconds=1, milliseconds=20, microseconds=3)
    assert verified.imprint == IMPRINT
    assert verified.suite is member.signer.suite
    assert set(verified.certificates) == {member.certificate, *world_of(kind).pool}
    assert verified.crls == ()
    assert verified.notes == ()
    assert token.ordering
    assert verify_token(token, imprint=IMPRINT) == verified


@pytest.mark.parametrize("accuracy", [timedelta(microseconds=1), timedelta(milliseconds=999), timedelta(seconds=60)])
def test_accuracy(world: PkiWorld, accuracy: timedelta) -> None:
    assert parse_token(_token(world.tsa, accuracy=accuracy)).accuracy == accuracy


def test_other_octets_are_refused(world: PkiWorld) -> None:
    token = parse_token(_token(world.tsa))
    for given in ({"data": DATA + b"!"}, {"imprint": bytes(32)}, {"data": DATA, "imprint": bytes(32)}):
        with pytest.raises(TrustError) as refusal:
            verify_token(token, **given)  # type: ignore[arg-type]
        assert refusal.value.code is ErrorCode.TIMESTAMP_IMPRINT
    with pytest.raises(TrustError) as refusal:
        verify_token(token)
    assert refusal.value.code is ErrorCode.CMS_CONTENT_MISSING


def test_authority_alone(world: PkiWorld) -> None:
    token = parse_token(_token(world.tsa, include_certificates=False))
    with pytest.raises(TrustError) as refusal:
        authenticate_token(token)
    assert refusal.value.code is ErrorCode.CMS_NO_CERTIFICATE
    found = authenticate_token(token, extra_certificates=(world.tsa.certificate,))
    assert found.certificate == world.tsa.certificate


def _extension(*, critical: bool) -> bytes:
    return w.sequence(w.oid("1.2.3"), w.boolean(value=True) if critical else b"", w.octet_string(b""))


MALFORMED = {
    "not a sequence": w.octet_string(b""),
    "version 2": _info(version=2),
    "imprint too short": _info(imprint=w.sequence(w.sequence(w.oid(oids.SM3)), w.octet_string(bytes(31)))),
    "imprint of another kind": _info(imprint=w.sequence(w.sequence(w.oid(oids.SM3)), w.null())),
    "serial endless": _info(serial=w.tlv(2, b"\x01" * 65)),
    "time as UTCTime": _info(time=b"\x17\x0d261201083015Z"),
    "accuracy negative": _info(more=w.sequence(w.integer(-1))),
    "accuracy beyond a year": _info(more=w.sequence(w.integer(10**9))),
    "accuracy of no milliseconds": _info(more=w.sequence(w.implicit(0, w.integer(0)))),
    "accuracy of 1000 microseconds": _info(more=w.sequence(w.implicit(1, w.integer(1000)))),
    "accuracy with surplus": _info(more=w.sequence(w.null())),
    "critical extension": _info(more=w.implicit(1, w.sequence(_extension(critical=True)))),
    "extension twice": _info(more=w.implicit(1, w.sequence(_extension(critical=False) * 2))),
    "no extensions": _info(more=w.implicit(1, w.sequence())),
    "extension of another kind": _info(more=w.implicit(1, w.sequence(w.null()))),
    "surplus": _info(more=w.null()),
    "order": _info(more=w.integer(5) + w.boolean(value=True)),
}
REFUSED_INFO = {name: (info, ErrorCode.TIMESTAMP_MALFORMED) for name, info in MALFORMED.items()} | {
    "SHA-1": (
        _info(imprint=w.sequence(w.sequence(w.oid("1.3.14.3.2.26")), w.octet_string(bytes(20)))),
        ErrorCode.ALGORITHM_WEAK,
    ),
    "unknown digest": (
        _info(imprint=w.sequence(w.sequence(w.oid("1.2.3")), w.octet_string(bytes(20)))),
        ErrorCode.ALGORITHM_UNKNOWN,
    ),
    "BOOLEAN of BER": (_info(more=b"\x01\x01\x01"), ErrorCode.DER_NOT_DER),
    "BER": (b"\x30\x80\0\0", ErrorCode.DER_NOT_DER),
    "trailing octet": (_info() + b"\0", ErrorCode.DER_MALFORMED),
    "time without a zone": (_info(time=b"\x18\x0e20261201083015"), ErrorCode.DER_MALFORMED),
    "time of the 13th month": (_info(time=b"\x18\x0f20261301083015Z"), ErrorCode.DER_MALFORMED),
    "fraction with a trailing zero": (_info(time=b"\x18\x1220261201083015.10Z"), ErrorCode.DER_MALFORMED),
    "too large": (_info(more=w.implicit(1, w.sequence(w.octet_string(bytes(70_000))))), ErrorCode.INPUT_TOO_LARGE),
}


@pytest.mark.parametrize(("info", "code"), REFUSED_INFO.values(), ids=REFUSED_INFO.keys())
def test_info_refused(world: PkiWorld, info: bytes, code: Code) -> None:
    octets = _around(world.tsa, info)
    with pytest.raises(TrustError) as refusal:
        parse_token(octets)
    assert refusal.value.code is code


def test_info_accepted(world: PkiWorld) -> None:
    name = w.explicit(0, w.explicit(4, world.tsa.certificate.subject_der))
    more = w.boolean(value=False) + w.integer(-7) + name + w.implicit(1, w.sequence(_extension(critical=False)))
    token = parse_token(_around(world.tsa, _info(time=b"\x18\x1220261201083015.25Z", more=more)))
    assert token.extensions == ("1.2.3",)
    assert token.nonce == -7
    assert token.gen_time.microsecond == 250_000
    assert verify_token(token, data=DATA).notes == (TokenDeviation.DEFAULT_WRITTEN,)


@pytest.mark.parametrize(
    ("names", "notes"),
    [
        (lambda world: w.explicit(4, world.signer.certificate.subject_der), (TokenDeviation.AUTHORITY_NAME_DIFFERS,)),
        (lambda _: w.tlv(0x86, b"http://tsa.example"), ()),
    ],
)
def test_authority_name_is_a_hint(world: PkiWorld, names: Callable[[PkiWorld], bytes], notes: tuple[str, ...]) -> None:
    octets = _around(world.tsa, _info(more=w.explicit(0, names(world))))
    assert verify_token(parse_token(octets), data=DATA).notes == notes


def test_shape_of_the_message(world: PkiWorld) -> None:
    forge = MessageForge(world.tsa, _info())
    attributes = tuple(forge.good_attributes(content_type=oids.TST_INFO).values())
    signer = forge.signer_info(attributes=attributes)
    for octets in (
        forge.message(),
        forge.message(inner=oids.TST_INFO, content=None, signers=(signer,)),
        forge.message(inner=oids.TST_INFO, signers=(signer, signer)),
    ):
        with pytest.raises(TrustError) as refusal:
            parse_token(octets)
        assert refusal.value.code is ErrorCode.TIMESTAMP_MALFORMED
    foreign = forge.message(outer=oids.GBT_SIGNED_DATA, inner=oids.TST_INFO, signers=(signer,))
    assert TokenDeviation.OUTER_TYPE_FOREIGN in verify_token(parse_token(foreign), data=DATA).notes
    forgetful = forge.message(version=3, inner=oids.TST_INFO, signers=(forge.signer_info(attributes=attributes[:2]),))
    assert verify_token(parse_token(forgetful), data=DATA).notes == (TokenDeviation.NO_SIGNING_CERTIFICATE,)


def _usage(*purposes: str, critical: bool) -> bytes:
    value = w.sequence(*map(w.oid, purposes))
    return w.sequence(w.oid("2.5.29.37"), w.boolean(value=True) if critical else b"", w.octet_string(value))


TIME_STAMPING, CODE_SIGNING = "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.3"
PURPOSES: dict[str, Callable[[PkiWorld], Member]] = {
    "not at all": lambda world: world.signer,
    "not alone": lambda world: world.issue(
        "TSA", exact_extensions=(_usage(TIME_STAMPING, CODE_SIGNING, critical=True),)
    ),
    "another": lambda world: world.issue("TSA", exact_extensions=(_usage(CODE_SIGNING, critical=True),)),
    "not critically": lambda world: world.issue("TSA", exact_extensions=(_usage(TIME_STAMPING, critical=False),)),
    "for encryption": lambda world: world.issue("TSA", usage=("keyEncipherment",), purposes=("timeStamping",)),
}


@pytest.mark.parametrize("make", PURPOSES.values(), ids=PURPOSES.keys())
def test_purpose(world: PkiWorld, make: Callable[[PkiWorld], Member]) -> None:
    member = make(world)
    token = parse_token(_around(member, _info()))
    with pytest.raises(TrustError) as refusal:
        verify_token(token, data=DATA)
    assert refusal.value.code is ErrorCode.TIMESTAMP_PURPOSE
    with pytest.raises(TrustError) as refusal:
        _token(member)
    assert refusal.value.code is ErrorCode.TIMESTAMP_PURPOSE


@pytest.mark.parametrize(
    "bent",
    [
        {"serial": 0},
        {"serial": 1 << 160},
        {"gen_time": NOW.replace(tzinfo=None)},
        {"imprint": bytes(20)},
        {"accuracy": timedelta(0)},
    ],
)
def test_misuse(world: PkiWorld, bent: dict[str, object]) -> None:
    with pytest.raises(TrustError) as refusal:
        _token(world.tsa, **bent)
    assert refusal.value.code is ErrorCode.USAGE


def test_weak_imprint_is_not_stamped(world: PkiWorld) -> None:
    with pytest.raises(TrustError) as refusal:
        _token(world.tsa, imprint=bytes(20), imprint_algorithm=DigestAlgorithm.SHA1)
    assert refusal.value.code is ErrorCode.ALGORITHM_WEAK


def test_bent_values_do_not_verify(world: PkiWorld) -> None:
    """The token's fields are a reading of the signed octets; verifying another reading of them must not be possible."""
    token = parse_token(_token(world.tsa))
    other = parse_token(_token(world.tsa, serial=18))
    bent = replace(token, message=replace(token.message, signers=other.message.signers))
    with pytest.raises(TrustError) as refusal:
        verify_token(bent, data=DATA)
    assert refusal.value.code is ErrorCode.CMS_DIGEST_MISMATCH


@pytest.mark.parametrize("kind", [AuthenticToken, VerifiedToken])
def test_verified_values_are_made_by_verifying_only(world: PkiWorld, kind: type) -> None:
    token = parse_token(_token(world.tsa))
    value = verify_token(token, data=DATA) if kind is VerifiedToken else authenticate_token(token)
    fields = {name: getattr(value, name) for name in kind.__slots__}  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="comes from"):
        kind(**fields, made_here=None)


def test_old_writers_attribute(world: PkiWorld) -> None:
    forge = MessageForge(world.tsa, _info())
    old = attribute(
        oids.SIGNING_CERTIFICATE,
        w.sequence(
            w.sequence(w.sequence(w.octet_string(digest(DigestAlgorithm.SHA1, world.tsa.der, allow_weak=True))))
        ),
    )
    good = forge.good_attributes(content_type=oids.TST_INFO)
    signer = forge.signer_info(attributes=(good["content type"], good["digest"], old))
    notes = verify_token(parse_token(forge.message(version=3, inner=oids.TST_INFO, signers=(signer,))), data=DATA).notes
    assert "signing-certificate-v1" in notes
