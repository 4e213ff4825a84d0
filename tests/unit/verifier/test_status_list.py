"""A status list handed in by itself, and a list as CWT that speaks for a licence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.status.model import CWT_MEDIA_TYPE
from esign.status.sign import ListContent, sign_status_cwt
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sign_sample
from tests.unit.verifier.licences import INDEX, NOW, URI, Desk, found, metadata, page, status_token, told
from trustkit.cose.sign import sign_sign1
from trustkit.encoding.cbor import encode_cbor
from trustkit.verdict import CheckId, Indication, SubIndication
from verifier.policy import ValidationPolicy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pki import Member

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
START = PkiWorld.START


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _cwt(world: PkiWorld, *, status: int = 0, member: Member | None = None) -> bytes:
    by = member or world.signer
    entries = bytearray(64)
    entries[INDEX] = status
    content = ListContent(
        entries=bytes(entries),
        uri=URI,
        issued_at=START,
        expires_at=START + timedelta(days=7),
        ttl=timedelta(minutes=5),
    )
    return sign_status_cwt(content, by.signer, world.chain(by))


@pytest.mark.parametrize("form", ["statuslist+jwt", "statuslist+cwt"])
def test_a_good_list(world: PkiWorld, form: str) -> None:
    octets = _cwt(world) if form.endswith("cwt") else status_token(world)
    verdict = Desk(world).verify(octets)
    assert told(verdict) == (PASSED, None)
    (signature,) = verdict.signatures
    assert (verdict.format, signature.form, signature.signed_at) == ("status-list", form, START)
    assert dict(verdict.subject)["uri"] == URI
    assert dict(verdict.subject)["entries"] == "64"


def test_pasted_with_line_breaks(world: PkiWorld) -> None:
    token = status_token(world)
    assert told(Desk(world).verify(b"\n" + token[:50] + b"\r\n" + token[50:])) == (PASSED, None)


@pytest.mark.parametrize(
    ("after", "oldest", "expected"),
    [
        (timedelta(days=6, hours=23), None, None),
        (timedelta(days=7), None, SubIndication.TRY_LATER),
        (timedelta(hours=-1), None, SubIndication.TRY_LATER),
        (timedelta(hours=2), timedelta(hours=1), SubIndication.TRY_LATER),
    ],
    ids=["young", "over", "not issued yet", "older than the policy allows"],
)
def test_its_time(world: PkiWorld, after: timedelta, oldest: timedelta | None, expected: SubIndication | None) -> None:
    desk = Desk(world, at=START + after, policy=ValidationPolicy(evidence_max_age=oldest))
    verdict = desk.verify(_cwt(world))
    assert found(verdict, CheckId.EVIDENCE).sub_indication is expected
    assert expected is None or told(verdict)[0] is OPEN


def test_bad_lists(world: PkiWorld) -> None:
    good, stranger = _cwt(world), PkiWorld()
    bare = sign_sign1({16: CWT_MEDIA_TYPE}, encode_cbor({2: URI}), world.signer.signer)
    assert told(Desk(world).verify(good[:-1] + bytes((good[-1] ^ 1,)))) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)
    assert told(Desk(world).verify(_cwt(stranger))) == (OPEN, SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE)
    assert told(Desk(world).verify(bare))[0] is not PASSED
    assert told(Desk(world).verify(_cwt(world, member=world.tsa))) == (FAILED, SubIndication.CHAIN_CONSTRAINTS_FAILURE)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0, (PASSED, None)),
        (1, (FAILED, SubIndication.LICENCE_REVOKED)),
        (2, (OPEN, SubIndication.LICENCE_SUSPENDED)),
    ],
)
def test_a_cwt_speaks_for_a_licence(
    world: PkiWorld, tmp_path: Path, status: int, expected: tuple[Indication, SubIndication | None]
) -> None:
    file = sign_sample(world, page(tmp_path, metadata()))
    assert told(Desk(world, at=NOW).verify(file, _cwt(world, status=status))) == expected
