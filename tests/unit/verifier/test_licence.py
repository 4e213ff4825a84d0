"""Licences: what metadata and status lists do to the verdict. Nothing unknown is ever valid, and nothing unknown revoked."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic

from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sign_sample, update
from tests.unit.verifier.licences import (
    IDENTIFIER,
    NOW,
    URI,
    Desk,
    found,
    metadata,
    page,
    status_token,
    told,
)
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from verifier.policy import Need, ValidationPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
UNKNOWN = (OPEN, SubIndication.LICENCE_STATUS_UNKNOWN)
START = PkiWorld.START


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def licence(world: PkiWorld, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sign_sample(world, page(tmp_path_factory.mktemp("licence"), metadata()))


def _licence(world: PkiWorld, folder: Path, octets: bytes) -> bytes:
    return sign_sample(world, page(folder, octets))


@pytest.mark.parametrize(
    ("status", "expected", "word"),
    [
        (0, (PASSED, None), "valid"),
        (1, (FAILED, SubIndication.LICENCE_REVOKED), "revoked"),
        (2, (OPEN, SubIndication.LICENCE_SUSPENDED), "suspended"),
    ],
)
def test_the_list_decides(
    world: PkiWorld, licence: bytes, status: int, expected: tuple[Indication, SubIndication | None], word: str
) -> None:
    verdict = Desk(world).verify(licence, status_token(world, status=status))
    assert told(verdict) == expected
    assert dict(verdict.subject)["licence.status"] == word
    assert dict(verdict.subject)["licence.identifier"] == IDENTIFIER
    assert verdict.signatures[0].conclusion.indication is PASSED


def test_no_list_at_hand_is_unknown_and_not_revoked(world: PkiWorld, licence: bytes) -> None:
    verdict = Desk(world).verify(licence)
    assert told(verdict) == UNKNOWN
    lenient = Desk(world, policy=ValidationPolicy(licence_status=Need.WHEN_AVAILABLE))
    assert told(lenient.verify(licence)) == (PASSED, None)
    assert told(lenient.verify(licence, status_token(world, status=1))) == (FAILED, SubIndication.LICENCE_REVOKED)


def _useless(world: PkiWorld) -> dict[str, bytes]:
    stranger = PkiWorld()
    # revoked in every one of them: a list that does not count must not revoke either
    return {
        "not-issued-yet": status_token(world, status=1, issued_at=NOW + timedelta(days=1)),
        "another-address": status_token(world, status=1, uri="https://status.example/lists/2"),
        "another-root": status_token(stranger, status=1),
        "another-organisation": status_token(
            world, status=1, member=world.issue("x", subject_der=PkiWorld(organisation="别的单位").name("状态服务"))
        ),
        "revoked-publisher": status_token(world, status=1, member=world.revoked),
        "expired-publisher": status_token(world, status=1, member=world.expired),
        "encryption-certificate": status_token(world, status=1, member=world.encryption),
        "too-short": status_token(world, entries=4),
        "tampered": status_token(world, status=1)[:-4] + b"AAAA",
        "junk": b"e30.e30.e30",
    }


@pytest.mark.parametrize("name", sorted(_useless(PkiWorld())))
def test_a_list_that_does_not_count_says_nothing(world: PkiWorld, licence: bytes, name: str) -> None:
    useless = _useless(world)[name]
    assert told(Desk(world).verify(licence, useless)) == UNKNOWN
    assert told(Desk(world).verify(licence, useless, status_token(world))) == (PASSED, None)


@pytest.mark.parametrize("need", list(Need))
def test_a_list_that_is_past_its_time_still_revokes_and_vouches_for_nothing(
    world: PkiWorld, licence: bytes, need: Need
) -> None:
    """Revocation is final: who shows only an old list that tells it must not pass, however lenient the policy."""
    desk = Desk(world, policy=ValidationPolicy(licence_status=need))
    revoked, valid, suspended = (
        status_token(world, status=status, issued_at=START - timedelta(days=9)) for status in (1, 0, 2)
    )
    lenient = need is not Need.REQUIRED
    assert told(desk.verify(licence, revoked)) == (FAILED, SubIndication.LICENCE_REVOKED)
    for stale in (valid, suspended):
        assert told(desk.verify(licence, stale)) == ((PASSED, None) if lenient else UNKNOWN)
    assert told(desk.verify(licence, revoked, status_token(world))) == (PASSED, None)


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_time_are_times_like_any_other(world: PkiWorld, licence: bytes, at: datetime) -> None:
    policy = ValidationPolicy(evidence_max_age=timedelta(days=2))
    for desk in (Desk(world, at=at), Desk(world, at=at, policy=policy)):
        assert told(desk.verify(licence, status_token(world, status=1)))[0] is not PASSED


def test_the_newest_list_decides(world: PkiWorld, licence: bytes) -> None:
    older = status_token(world, status=0, issued_at=START - timedelta(days=1))
    newer = status_token(world, status=1)
    for order in ((older, newer), (newer, older)):
        assert told(Desk(world).verify(licence, *order)) == (FAILED, SubIndication.LICENCE_REVOKED)
    young = ValidationPolicy(evidence_max_age=timedelta(days=2))
    assert told(Desk(world, policy=young).verify(licence, older)) == (PASSED, None)
    younger = ValidationPolicy(evidence_max_age=timedelta(minutes=30))
    assert told(Desk(world, policy=younger).verify(licence, older))[0] is OPEN


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"not json",
        b"[]",
        b'{"ZZBS": "x", "ZZBS": "y"}',
        metadata(ZZBS=None),
        metadata(ZZBS=7),
        metadata(status=None),
        metadata(status="valid"),
        metadata(status={"status_list": {}}),
        metadata(status={"status_list": {"uri": 1, "idx": 1}}),
        metadata(status={"status_list": {"uri": URI, "idx": -1}}),
        metadata(status={"status_list": {"uri": URI, "idx": True}}),
        metadata(status={"status_list": {"uri": URI, "idx": "5"}}),
    ],
    ids=range(13),
)
def test_metadata_that_cannot_be_read_are_reported(world: PkiWorld, tmp_path: Path, octets: bytes) -> None:
    assert told(Desk(world).verify(_licence(world, tmp_path, octets), status_token(world))) == UNKNOWN


def test_an_index_beyond_the_list_is_unknown(world: PkiWorld, tmp_path: Path) -> None:
    octets = metadata(status={"status_list": {"uri": URI, "idx": 10**6}})
    assert told(Desk(world).verify(_licence(world, tmp_path, octets), status_token(world))) == UNKNOWN


def test_a_wrong_check_character_is_found(world: PkiWorld, tmp_path: Path) -> None:
    wrong = IDENTIFIER[:-1] + ("0" if IDENTIFIER[-1] != "0" else "1")
    verdict = Desk(world).verify(_licence(world, tmp_path, metadata(ZZBS=wrong)), status_token(world))
    assert found(verdict, CheckId.LICENCE_IDENTIFIER).code is ErrorCode.LICENCE_IDENTIFIER
    assert verdict.conclusion.indication is not PASSED


def test_a_tampered_licence_fails_whatever_the_list_says(world: PkiWorld, licence: bytes) -> None:
    tampered = (
        licence.replace(b"/Type /Page", b"/Type /Pagf", 1)
        if b"/Type /Page" in licence
        else licence[:900] + licence[901:]
    )
    assert Desk(world).verify(tampered, status_token(world)).conclusion.indication is FAILED


def test_an_unsigned_licence_is_not_signed(world: PkiWorld, tmp_path: Path) -> None:
    assert told(Desk(world).verify(page(tmp_path, metadata()), status_token(world))) == (OPEN, SubIndication.NOT_SIGNED)


def _second_metadata(writer: IncrementalPdfFileWriter) -> None:
    stream = generic.StreamObject(stream_data=metadata())
    specification = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Filespec"),
            generic.pdf_name("/F"): generic.pdf_string("licence.json"),
            generic.pdf_name("/UF"): generic.pdf_string("licence.json"),
            generic.pdf_name("/EF"): generic.DictionaryObject({generic.pdf_name("/F"): writer.add_object(stream)}),
        }
    )
    writer.root["/AF"].append(writer.add_object(specification))
    writer.update_container(writer.root["/AF"])


def _broken_attachments(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/AF"] = generic.ArrayObject([generic.NumberObject(7)])
    writer.update_root()


@pytest.mark.parametrize("change", [_second_metadata, _broken_attachments])
def test_metadata_in_doubt_never_pass_for_no_licence(
    world: PkiWorld, tmp_path: Path, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    """Before signing, so that nothing but the metadata is in doubt: the status must not be passed over."""
    doubtful = update(page(tmp_path, metadata()), change)
    verdict = Desk(world).verify(sign_sample(world, doubtful), status_token(world, status=1))
    assert verdict.signatures[0].conclusion.indication is PASSED
    assert told(verdict) == UNKNOWN


def test_metadata_no_signature_covers_leave_the_status_open(
    world: PkiWorld, licence: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comparing revisions refuses metadata added later; should it ever let them by, they still prove nothing."""
    monkeypatch.setattr("esign.pdf.model.PdfAttachment.is_signed_by", lambda _attachment, _signature: False)
    assert told(Desk(world).verify(licence, status_token(world))) == UNKNOWN


class _Publications:
    """A home authority that has published one list."""

    def __init__(self, world: PkiWorld, token: bytes) -> None:
        self.world = world
        self.token = token

    def certificates(self) -> tuple[bytes, ...]:
        return (self.world.root.der, self.world.issuing.der)

    def crls(self) -> tuple[bytes, ...]:
        return (self.world.crl().der, self.world.crl(issuer=self.world.root).der)

    def status_token(self, uri: str) -> str | None:
        return self.token.decode() if uri == URI else None


def test_the_home_authority_is_asked_first(world: PkiWorld, licence: bytes) -> None:
    network = _Network({})
    home = _Publications(world, status_token(world, status=1))
    verdict = Desk(world, publications=home, fetcher=network, lists=False).verify(licence)
    assert told(verdict) == (FAILED, SubIndication.LICENCE_REVOKED)
    assert network.asked == []


class _Network:
    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def fetch(self, uri: str) -> bytes:
        self.asked.append(uri)
        if uri not in self.answers:
            raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "timed out")
        return self.answers[uri]

    def post(self, uri: str, body: bytes, *, media_type: str) -> bytes:
        del body, media_type
        return self.fetch(uri)

    def nonce(self, question: str) -> bytes:
        return question.encode()[:32]


def test_the_status_list_is_fetched_for_a_trusted_signer(world: PkiWorld, licence: bytes) -> None:
    network = _Network({URI: status_token(world)})
    assert told(Desk(world, fetcher=network).verify(licence)) == (PASSED, None)
    assert network.asked == [URI]
    silent = _Network({})
    assert told(Desk(world, fetcher=silent).verify(licence)) == UNKNOWN


@pytest.mark.parametrize("answer", [b"", b"\xff\xfe", b"<html>", b"a.b.c"])
def test_a_publisher_that_answers_nonsense_revokes_nothing(world: PkiWorld, licence: bytes, answer: bytes) -> None:
    assert told(Desk(world, fetcher=_Network({URI: answer})).verify(licence)) == UNKNOWN


def test_a_stranger_cannot_send_us_anywhere(world: PkiWorld, tmp_path: Path) -> None:
    """A certificate of a trusted authority is public: carrying one along must not buy a request to an address of choice."""
    stranger = PkiWorld()
    network = _Network({})
    evidence = (stranger.root.der, stranger.signer.der, world.signer.der, world.issuing.der)
    octets = metadata(status={"status_list": {"uri": "https://victim.example/", "idx": 0}})
    forged = sign_sample(stranger, page(tmp_path, octets), evidence_certificates=evidence)
    verdict = Desk(world, fetcher=network).verify(forged)
    assert verdict.conclusion.indication is not PASSED
    unsigned = Desk(world, fetcher=network).verify(page(tmp_path, octets))
    assert unsigned.conclusion.indication is not PASSED
    assert "https://victim.example/" not in network.asked


def test_status_checks_speak_of_the_licence(world: PkiWorld, licence: bytes) -> None:
    verdict = Desk(world).verify(licence, status_token(world, status=2))
    assert found(verdict, CheckId.LICENCE_STATUS).status is CheckStatus.UNKNOWN
    assert found(verdict, CheckId.LICENCE_IDENTIFIER).status is CheckStatus.PASSED
