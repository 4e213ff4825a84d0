"""Seals and seal signatures through the verification service: GM/T 0031-2014 6.1.2 and 6.2.3, and what v4 and v5 change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.seal.model import SealDeviation, SealVersion
from tests.support import ses
from tests.support.pki import ENCRYPTION_USAGE, PkiWorld
from tests.support.signed_pdf import stamper
from tests.unit.verifier import licences
from tests.unit.verifier.licences import NOW, found, told
from trustkit.cms.model import Deviation
from trustkit.crypto.sm2 import parse_sm2_signature
from trustkit.encoding import der_write as write
from trustkit.errors import ErrorCode
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication, Verdict
from trustkit.x509.reason import RevocationReason
from trustkit.x509.trust_store import TrustStore
from verifier.policy import Need, ValidationPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.pki import Member

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
VERSIONS = list(SealVersion)
CONTENT = b"what the seal was put on"
DAY = timedelta(days=1)
_S = SubIndication


class Desk(licences.Desk):
    """A desk that has the issuing authority's certificate at hand, which seals do not bring."""

    def verify(self, data: bytes, *evidence: bytes, content: bytes | None = None) -> Verdict:
        return super().verify(data, self.world.issuing.der, *evidence, content=content)


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def signature(world: PkiWorld, seal: bytes | None = None, **changes: object) -> bytes:
    version = changes.get("version", SealVersion.V4)
    own = seal or ses.make_seal(world, version=version)  # type: ignore[arg-type]
    return ses.make_seal_signature(world, own, CONTENT, **changes)  # type: ignore[arg-type]


def stamped(world: PkiWorld, bare: bytes) -> bytes:
    """Return a v4 or v5 signature with a time stamp over its value."""
    from esign.seal.read import parse_seal_signature  # noqa: PLC0415 - beside its use

    token = stamper(world)(parse_seal_signature(bare).signature)
    body = bare[4:] if bare[1] == 0x82 else bare[3:]
    return write.sequence(body, write.explicit(0, write.bit_string(token)))


def notes(verdict: Verdict, check: CheckId = CheckId.SIGNATURE_FORM) -> set[str]:
    return {
        each.detail
        for signed in verdict.signatures
        for each in signed.checks
        if each.id is check and each.status is CheckStatus.WARNING
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_a_seal_passes(world: PkiWorld, version: SealVersion) -> None:
    verdict = Desk(world).verify(ses.make_seal(world, version=version))
    assert told(verdict) == (PASSED, None)
    (signed,) = verdict.signatures
    assert (verdict.format, signed.form) == ("seal", f"seal-v{int(version)}")
    assert world.seal_maker.certificate.common_name in signed.signer
    assert dict(verdict.subject)["seal"] == "示例市政务服务管理局"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_signature_passes_over_its_content(world: PkiWorld, version: SealVersion) -> None:
    data = signature(world, version=version)
    verdict = Desk(world).verify(data, content=CONTENT)
    assert told(verdict) == (PASSED, None)
    (signed,) = verdict.signatures
    assert (verdict.format, signed.form, signed.time_proved) == ("seal-signature", f"ses-v{int(version)}", False)
    assert world.signer.certificate.common_name in signed.signer
    assert told(Desk(world).verify(data)) == (OPEN, _S.SIGNED_DATA_NOT_FOUND)
    assert told(Desk(world).verify(data, content=b"else")) == (FAILED, _S.HASH_FAILURE)


def test_the_checks_stand_in_the_order_of_the_letters(world: PkiWorld) -> None:
    (signed,) = Desk(world).verify(stamped(world, signature(world)), content=CONTENT).signatures
    order = [each.id for each in signed.checks if each.status is CheckStatus.PASSED]
    letters = (
        CheckId.SIGNATURE_VALUE,  # b
        CheckId.SEAL_SIGNER,
        CheckId.CERTIFICATE_PATH,  # c
        CheckId.SIGNATURE_TIME,  # d
        CheckId.CONTENT_DIGEST,  # e
        CheckId.SEAL,  # f, which is 6.1.2
        CheckId.SEAL_MAKER,
        CheckId.SEAL_VALIDITY,
    )
    assert [each for each in order if each in letters] == list(letters)
    assert signed.time_proved


def test_a_failure_stops_and_a_doubt_does_not(world: PkiWorld) -> None:
    """Without anchor nobody is trusted, and yet changed content is told; a wrong signature value hides the rest."""
    nobody = Desk(world, anchors=TrustStore.none())
    verdict = nobody.verify(signature(world), content=b"else")
    assert told(verdict) == (FAILED, _S.HASH_FAILURE)
    assert found(verdict, CheckId.CERTIFICATE_PATH).status is CheckStatus.UNKNOWN
    assert CheckId.SEAL not in {each.id for each in verdict.signatures[0].checks}
    forged = nobody.verify(signature(world, certificate=world.tsa.der), content=CONTENT)
    assert [each.id for each in forged.signatures[0].checks] == [CheckId.SIGNATURE_VALUE]


def _expired_maker(world: PkiWorld) -> Member:
    ended = world.START - DAY
    return world.issue("制章人", purposes=("sealMaking",), not_before=ended - 99 * DAY, not_after=ended)


SEALS: dict[str, tuple[Callable[[PkiWorld], bytes], tuple[Indication, SubIndication | None]]] = {
    "b: signed over something else": (
        lambda w: ses.make_seal(w, signed_octets=b"x"),
        (FAILED, _S.SIG_CRYPTO_FAILURE),
    ),
    "c: encryption certificate": (
        lambda w: ses.make_seal(w, maker=w.encryption),
        (FAILED, _S.CHAIN_CONSTRAINTS_FAILURE),
    ),
    "c: time-stamp authority": (lambda w: ses.make_seal(w, maker=w.tsa), (FAILED, _S.CHAIN_CONSTRAINTS_FAILURE)),
    "c: expired maker": (lambda w: ses.make_seal(w, maker=w.expired), (OPEN, _S.OUT_OF_BOUNDS_NO_POE)),
    "c: maker revoked after it was made": (lambda w: ses.make_seal(w, maker=w.revoked), (OPEN, _S.REVOKED_NO_POE)),
    "c: maker revoked before it was made": (
        lambda w: ses.make_seal(w, maker=w.revoked, created=w.START - DAY),
        (FAILED, _S.REVOKED),
    ),
    "d: not yet": (
        lambda w: ses.make_seal(w, valid_from=NOW + DAY, valid_until=NOW + 2 * DAY),
        (FAILED, _S.NOT_YET_VALID),
    ),
    "d: no longer": (lambda w: ses.make_seal(w, valid_until=NOW - DAY), (OPEN, _S.OUT_OF_BOUNDS_NO_POE)),
    "d: backwards": (
        lambda w: ses.make_seal(w, valid_from=NOW, valid_until=NOW - DAY),
        (FAILED, _S.SIG_CONSTRAINTS_FAILURE),
    ),
    "v5: junk for a time stamp": (
        lambda w: ses.make_seal(w, version=SealVersion.V5, timestamp=b"\x01\x02\x03"),
        (PASSED, None),
    ),
    "v5: made before the maker's certificate": (
        lambda w: ses.make_seal(w, version=SealVersion.V5, created=w.START - 31 * DAY),
        (FAILED, _S.SIG_CONSTRAINTS_FAILURE),
    ),
    "v5: made after the maker's certificate": (
        lambda w: ses.make_seal(w, version=SealVersion.V5, maker=w.expired, created=w.START),
        (OPEN, _S.OUT_OF_BOUNDS_NO_POE),
    ),
    "v5: maker expired since": (
        lambda w: ses.make_seal(w, version=SealVersion.V5, maker=_expired_maker(w)),
        (PASSED, None),
    ),
    "v5: maker revoked before": (
        lambda w: ses.make_seal(w, version=SealVersion.V5, maker=w.revoked, created=w.START - DAY),
        (FAILED, _S.REVOKED),
    ),
    "v5: maker's key compromised since": (
        lambda w: ses.make_seal(w, version=SealVersion.V5, maker=w.revoked),
        (OPEN, _S.REVOKED_NO_POE),
    ),
    "a: cut": (lambda w: ses.make_seal(w)[:-1], (FAILED, _S.FORMAT_FAILURE)),
}


@pytest.mark.parametrize(("make", "expected"), SEALS.values(), ids=SEALS.keys())
def test_what_becomes_of_seals(
    world: PkiWorld,
    make: Callable[[PkiWorld], bytes],
    expected: tuple[Indication, SubIndication | None],
) -> None:
    assert told(Desk(world).verify(make(world))) == expected


def _revoked(world: PkiWorld, member: Member, reason: RevocationReason, ago: timedelta = DAY) -> bytes:
    return world.crl(revoked={member: reason}, revoked_at=NOW - ago, number=9, this_update=NOW - timedelta(hours=2)).der


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (RevocationReason.SUPERSEDED, PASSED),
        (RevocationReason.CESSATION_OF_OPERATION, PASSED),
        (RevocationReason.KEY_COMPROMISE, OPEN),
    ],
)
def test_a_v5_maker_revoked_later_is_a_notice_unless_his_key_was_compromised(
    world: PkiWorld, reason: RevocationReason, expected: Indication
) -> None:
    later = _revoked(world, world.seal_maker, reason)
    v5 = Desk(world).verify(ses.make_seal(world, version=SealVersion.V5), later)
    assert v5.conclusion.indication is expected
    assert told(Desk(world).verify(ses.make_seal(world), later)) == (OPEN, _S.REVOKED_NO_POE)
    if expected is PASSED:
        assert any("certificate:revocation" in each for each in notes(v5, CheckId.SEAL_MAKER))


def test_a_v5_stamp_keeps_the_seal_of_a_maker_whose_key_was_compromised_later(world: PkiWorld) -> None:
    from esign.seal.read import parse_seal  # noqa: PLC0415 - beside its use

    seal = ses.make_seal(world, version=SealVersion.V5)
    token = stamper(world)(parse_seal(seal).signature)
    body = seal[4:] if seal[1] == 0x82 else seal[3:]
    data = write.sequence(body, write.explicit(0, write.bit_string(token)))
    later = _revoked(world, world.seal_maker, RevocationReason.KEY_COMPROMISE, ago=timedelta(minutes=30))
    assert told(Desk(world).verify(data, later)) == (PASSED, None)


SIGNATURES: dict[str, tuple[Callable[[PkiWorld], bytes], tuple[Indication, SubIndication | None]]] = {
    "b: another's certificate": (
        lambda w: signature(w, certificate=w.tsa.der),
        (FAILED, _S.SIG_CRYPTO_FAILURE),
    ),
    "b: not listed": (
        lambda w: signature(w, ses.make_seal(w, users=(w.tsa.der,))),
        (FAILED, _S.SIG_CONSTRAINTS_FAILURE),
    ),
    "c: encryption certificate": (
        lambda w: signature(w, ses.make_seal(w, users=(w.encryption.der,)), signer=w.encryption),
        (FAILED, _S.CHAIN_CONSTRAINTS_FAILURE),
    ),
    "c: expired since": (
        lambda w: signature(w, ses.make_seal(w, users=(w.expired.der,)), signer=w.expired, at=w.START - 2 * DAY),
        (OPEN, _S.OUT_OF_BOUNDS_NO_POE),
    ),
    "c, d: revoked after signing, unproved": (
        lambda w: signature(w, ses.make_seal(w, users=(w.revoked.der,)), signer=w.revoked, at=w.START - 3 * DAY),
        (OPEN, _S.REVOKED_NO_POE),
    ),
    "c, d: revoked before signing": (
        lambda w: signature(w, ses.make_seal(w, users=(w.revoked.der,)), signer=w.revoked),
        (FAILED, _S.REVOKED),
    ),
    "d: outside the certificate's period": (
        lambda w: signature(
            w, ses.make_seal(w, valid_from=w.START - 60 * DAY, created=w.START - 20 * DAY), at=w.START - 40 * DAY
        ),
        (FAILED, _S.SIG_CONSTRAINTS_FAILURE),
    ),
    "d: junk for a time stamp": (lambda w: signature(w, timestamp=b"\x01\x02\x03"), (PASSED, None)),
    "f: seal forged": (
        lambda w: signature(w, ses.make_seal(w, signed_octets=b"x")),
        (FAILED, _S.SIG_CRYPTO_FAILURE),
    ),
    "f: maker not for signing": (
        lambda w: signature(w, ses.make_seal(w, maker=w.encryption)),
        (FAILED, _S.CHAIN_CONSTRAINTS_FAILURE),
    ),
    "f: before the seal's period": (
        lambda w: signature(w, at=w.START - 11 * DAY),
        (FAILED, _S.SIG_CONSTRAINTS_FAILURE),
    ),
    "f: after the seal's period": (
        lambda w: signature(w, ses.make_seal(w, valid_until=w.START - DAY)),
        (FAILED, _S.SIG_CONSTRAINTS_FAILURE),
    ),
    "f: the period has ended, and nothing proves when": (
        lambda w: signature(w, ses.make_seal(w, valid_until=w.START + timedelta(minutes=1))),
        (OPEN, _S.OUT_OF_BOUNDS_NO_POE),
    ),
    "f: the period has ended, and a stamp proves when": (
        lambda w: stamped(w, signature(w, ses.make_seal(w, valid_until=w.START + timedelta(minutes=1)))),
        (PASSED, None),
    ),
}


@pytest.mark.parametrize(("make", "expected"), SIGNATURES.values(), ids=SIGNATURES.keys())
def test_what_becomes_of_signatures(
    world: PkiWorld,
    make: Callable[[PkiWorld], bytes],
    expected: tuple[Indication, SubIndication | None],
) -> None:
    assert told(Desk(world).verify(make(world), content=CONTENT)) == expected


def test_a_signer_revoked_after_a_proved_time_goes_on(world: PkiWorld) -> None:
    data = stamped(world, signature(world))
    later = _revoked(world, world.signer, RevocationReason.KEY_COMPROMISE, ago=timedelta(minutes=30))
    assert told(Desk(world).verify(data, later, content=CONTENT)) == (PASSED, None)
    assert told(Desk(world).verify(signature(world), later, content=CONTENT)) == (OPEN, _S.REVOKED_NO_POE)


def test_a_maker_revoked_after_a_proved_time_of_use_goes_on(world: PkiWorld) -> None:
    later = _revoked(world, world.seal_maker, RevocationReason.KEY_COMPROMISE, ago=timedelta(minutes=30))
    assert told(Desk(world).verify(stamped(world, signature(world)), later, content=CONTENT)) == (PASSED, None)


def test_a_stamp_may_be_demanded(world: PkiWorld) -> None:
    strict = Desk(world, policy=ValidationPolicy(signature_timestamp=Need.REQUIRED))
    assert told(strict.verify(signature(world), content=CONTENT)) == (OPEN, _S.NO_POE)
    assert told(strict.verify(stamped(world, signature(world)), content=CONTENT)) == (PASSED, None)


def test_who_made_his_own_seal_is_told(world: PkiWorld) -> None:
    verdict = Desk(world).verify(signature(world, ses.make_seal(world, maker=world.signer)), content=CONTENT)
    assert "who signed with the seal made it himself" in notes(verdict, CheckId.SEAL_MAKER)


DEVIATIONS: dict[str, tuple[Callable[[PkiWorld], bytes], SealDeviation]] = {
    "critical FALSE written out": (
        lambda w: ses.make_seal(w, extensions=write.sequence(ses.extension("1.2.3", b"x", critical=False))),
        SealDeviation.CRITICAL_WRITTEN,
    ),
    "extensions tagged": (
        lambda w: ses.make_seal(w, extensions=write.explicit(0, write.sequence(ses.extension("1.2.3", b"x")))),
        SealDeviation.EXTENSIONS_TAGGED,
    ),
    "header of another number": (lambda w: ses.make_seal(w, header_version=3), SealDeviation.HEADER_VERSION),
    "type 15": (lambda w: ses.make_seal(w, seal_type=15), SealDeviation.KIND),
    "png in small letters": (lambda w: ses.make_seal(w, picture_type=b"png"), SealDeviation.PICTURE_TYPE),
    "a nested document": (lambda w: ses.make_seal(w, picture_type=b"ofd"), SealDeviation.PICTURE_TYPE),
    "UTF-8 in an IA5String": (
        lambda w: ses.make_seal(w, vendor=write.tlv(0x16, "厂商".encode())),
        SealDeviation.STRING_OCTETS,
    ),
    "UTF8String for IA5String": (lambda w: ses.make_seal(w, vendor=write.utf8_string("x")), SealDeviation.STRING_TYPE),
    "UTCTime in v4": (lambda w: ses.make_seal(w, time=write.time), SealDeviation.TIME_TYPE),
    "GeneralizedTime in v1": (
        lambda w: ses.make_seal(w, version=SealVersion.V1, time=write.generalized_time),
        SealDeviation.TIME_TYPE,
    ),
    "certListType in v1": (
        lambda w: ses.make_seal(w, version=SealVersion.V1, list_type=1),
        SealDeviation.LIST_TYPE,
    ),
}


@pytest.mark.parametrize(("make", "deviation"), DEVIATIONS.values(), ids=DEVIATIONS.keys())
def test_deviations_are_read_and_named(
    world: PkiWorld, make: Callable[[PkiWorld], bytes], deviation: SealDeviation
) -> None:
    seal = make(world)
    verdict = Desk(world).verify(seal)
    assert told(verdict) == (PASSED, None)
    assert notes(verdict) == {deviation.value}
    version = SealVersion(int(verdict.signatures[0].form[-1]))
    inside = Desk(world).verify(signature(world, seal, version=version), content=CONTENT)
    assert notes(inside) == {deviation.value}


def test_deviations_of_signatures_are_named(world: PkiWorld) -> None:
    listed = write.sequence(ses.extension("1.2.3", b"x"))
    bare = Desk(world).verify(signature(world, extensions=listed), content=CONTENT)
    assert (told(bare), notes(bare)) == ((PASSED, None), {"signature-extensions-untagged"})
    tagged = Desk(world).verify(signature(world, extensions=write.explicit(0, listed)), content=CONTENT)
    assert (told(tagged), notes(tagged)) == ((PASSED, None), set())
    numbered = Desk(world).verify(signature(world, ses.make_seal(world), version=SealVersion.V5), content=CONTENT)
    assert (told(numbered), notes(numbered)) == ((PASSED, None), {"signature-version"})
    utc = Desk(world).verify(signature(world, time_info=write.time(world.clock.now())), content=CONTENT)
    assert (told(utc), notes(utc)) == ((PASSED, None), {"time-type"})


def test_a_raw_signature_value_is_accepted_on_request_and_named(world: PkiWorld) -> None:
    data = signature(world, value=lambda der: b"".join(_halves(der)))
    refused = Desk(world).verify(data, content=CONTENT)
    assert told(refused) == (FAILED, _S.SIG_CRYPTO_FAILURE)
    assert found(refused, CheckId.SIGNATURE_VALUE).code is ErrorCode.SIGNATURE_MALFORMED
    policy = replace(ValidationPolicy(), accepted_dialects=frozenset({Deviation.RAW_SIGNATURE}))
    accepted = Desk(world, policy=policy).verify(data, content=CONTENT)
    assert (told(accepted), notes(accepted)) == ((PASSED, None), {"raw-signature-value"})


def _halves(der: bytes) -> tuple[bytes, bytes]:
    parsed = parse_sm2_signature(der)
    return parsed.r, parsed.s


def test_an_encryption_certificate_listed_by_a_seal_does_not_spoil_it(world: PkiWorld) -> None:
    other = world.issue("加密", usage=ENCRYPTION_USAGE)
    data = signature(world, ses.make_seal(world, users=(other.der, world.signer.der)))
    assert told(Desk(world).verify(data, content=CONTENT)) == (PASSED, None)
