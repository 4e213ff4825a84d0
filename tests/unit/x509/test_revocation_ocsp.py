"""Revocation by OCSP answers, alone and beside lists: the newest sound evidence decides, a lasting revocation always."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.ocsp import DAY, answer, make_responder
from tests.support.pki import Member, PkiWorld
from trustkit.encoding import der_write as w
from trustkit.x509 import extensions as ext
from trustkit.x509 import oids
from trustkit.x509.answer_proofs import AnswerProofs
from trustkit.x509.ocsp_build import NEVER_ISSUED_AT, assemble_ocsp_response, responder_by_key
from trustkit.x509.ocsp_response import CertStatus, OcspResponse, parse_ocsp_response
from trustkit.x509.path import validate_path
from trustkit.x509.path_revocation import MAX_PATH_ANSWERS, revocation_of_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus, revocation_from_crls
from trustkit.x509.revocation_ocsp import joined_status, revocation_from_ocsp

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.x509.certificate import Certificate

NOW = PkiWorld.START
GOOD, REVOKED, UNKNOWN = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN
SAYS_REVOKED = CertStatus.REVOKED


def status_of(world: PkiWorld, *answers: bytes, member: Member | None = None, at: datetime = NOW) -> RevocationStatus:
    def standing(responder: Certificate) -> RevocationStatus:
        return revocation_from_crls(responder, world.issuing.certificate, (world.crl(),), at=at)

    return revocation_from_ocsp(
        (member or world.signer).certificate,
        world.issuing.certificate,
        tuple(parse_ocsp_response(each) for each in answers),
        at=at,
        standing=standing,
    )


def test_good_and_revoked(world: PkiWorld) -> None:
    good = status_of(world, answer(world, world.signer))
    assert (good.state, good.produced_at, good.reason) == (GOOD, NOW, None)
    revoked = status_of(world, answer(world, world.revoked, status=SAYS_REVOKED), member=world.revoked)
    assert (revoked.state, revoked.reason) == (REVOKED, RevocationReason.KEY_COMPROMISE)
    assert revoked.revoked_at == NOW - 2 * DAY
    assert "says revoked" in revoked.detail


def test_none_and_those_of_others(world: PkiWorld) -> None:
    for answers in ((), (answer(world, world.tsa),), (answer(world, world.signer, issuer=world.root),)):
        status = status_of(world, *answers)
        assert (status.state, status.detail) == (UNKNOWN, "no OCSP answer at hand")


def test_what_is_not_sound_is_unknown_in_words(world: PkiWorld) -> None:
    for octets, word in (
        (answer(world, world.signer, status=CertStatus.UNKNOWN), "does not know it"),
        (answer(world, world.signer, next_update=NOW - timedelta(seconds=1), this_update=NOW - DAY), "out of date"),
        (answer(world, world.signer, this_update=NOW + DAY, next_update=NOW + 2 * DAY), "not given yet"),
        (answer(world, world.signer, by=world.tsa), "OCSPSigning"),
        (answer(world, world.signer, by=make_responder(world, issuer=world.root)), "another authority"),
    ):
        status = status_of(world, octets)
        assert status.state is UNKNOWN
        assert word in status.detail


def test_the_newest_sound_answer_decides(world: PkiWorld) -> None:
    hold = RevocationReason.CERTIFICATE_HOLD
    older = answer(world, world.signer, status=SAYS_REVOKED, reason=hold, this_update=NOW - timedelta(hours=2))
    newer = answer(world, world.signer, this_update=NOW - timedelta(hours=1))
    forged = answer(world, world.signer, status=SAYS_REVOKED, reason=hold, by=world.tsa)
    for answers in ((older, newer, forged), (forged, newer, older)):
        assert status_of(world, *answers).state is GOOD
    assert status_of(world, older).reason is hold


def test_a_stale_answer_proves_a_lasting_revocation_and_nothing_else(world: PkiWorld) -> None:
    late = NOW + 30 * DAY
    revoked = answer(world, world.revoked, status=SAYS_REVOKED)
    assert status_of(world, revoked, member=world.revoked, at=late).state is REVOKED
    hold = answer(world, world.signer, status=SAYS_REVOKED, reason=RevocationReason.CERTIFICATE_HOLD)
    for octets in (hold, answer(world, world.signer)):
        assert status_of(world, octets, at=late).state is UNKNOWN


def test_never_issued_is_revoked_for_good(world: PkiWorld) -> None:
    octets = answer(
        world,
        world.signer,
        status=SAYS_REVOKED,
        revoked_at=NEVER_ISSUED_AT,
        reason=RevocationReason.CERTIFICATE_HOLD,
        extended_revoke=True,
    )
    status = status_of(world, octets)
    assert (status.state, status.reason, status.revoked_at) == (
        REVOKED,
        RevocationReason.UNSPECIFIED,
        NEVER_ISSUED_AT,
    )
    assert "never issued" in status.detail


def test_a_responders_own_revocation_comes_from_lists(world: PkiWorld) -> None:
    octets = answer(world, world.signer, by=make_responder(world, no_check=False))
    assert status_of(world, octets).state is GOOD
    assert status_of(world, octets, at=NOW + timedelta(hours=1)).state is GOOD
    assert status_of(world, answer(world, world.signer, by=make_responder(world)), at=NOW).state is GOOD


def test_the_suspected_compromise_counts(world: PkiWorld) -> None:
    """An invalidityDate among the singleExtensions (RFC 6960 4.4.5)."""
    suspected = NOW - 9 * DAY
    responder = make_responder(world)
    named = parse_ocsp_response(answer(world, world.revoked)).answers[0].cert_id.der
    element = ext.extension(oids.INVALIDITY_DATE, w.generalized_time(suspected))
    single = w.sequence(
        named,
        w.tlv(0xA1, w.generalized_time(NOW - DAY) + w.explicit(0, w.tlv(0x0A, b"\x01"))),
        w.generalized_time(NOW),
        w.explicit(0, w.generalized_time(NOW + DAY)),
        w.explicit(1, w.sequence(element)),
    )
    tbs = w.sequence(responder_by_key(responder.signer.public_key), w.generalized_time(NOW), w.sequence(single))
    octets = assemble_ocsp_response(
        tbs, responder.signer.suite, responder.signer.sign(tbs), certificates=(responder.der,)
    )
    assert status_of(world, octets, member=world.revoked).invalid_since == suspected


def test_many_answers_are_limited_in_work_and_words(world: PkiWorld) -> None:
    forged = answer(world, world.signer, by=world.tsa)
    response = parse_ocsp_response(forged)
    heap = (*tuple(response for _ in range(64)), parse_ocsp_response(answer(world, world.signer)))
    status = revocation_from_ocsp(
        world.signer.certificate,
        world.issuing.certificate,
        heap,
        at=NOW,
        standing=lambda _: RevocationStatus(state=UNKNOWN, detail=""),
    )
    assert status.state is UNKNOWN
    assert status.detail.count(";") == 2


def test_signatures_of_answers_are_checked_once_and_so_many(world: PkiWorld) -> None:
    """Forged answers under the issuer's own name, newer than the true one: so many are tried, for all certificates together.

    The true one is then read only where the file did not bring it; else nobody knows, whatever a list says.
    """
    forger = Member(world.issuing.certificate, world.tsa.signer)

    def forged(count: int) -> tuple[OcspResponse, ...]:
        octets = (
            answer(
                world, world.signer, by=forger, by_name=True, this_update=NOW - timedelta(minutes=n), certificates=()
            )
            for n in range(count)
        )
        return tuple(parse_ocsp_response(each) for each in octets)

    true = parse_ocsp_response(answer(world, world.signer, this_update=NOW - timedelta(hours=1)))
    path = validate_path(
        world.signer.certificate, anchors=world.anchors, pool=world.pool, at=NOW, purpose=Purpose.DOCUMENT_SIGNING
    )
    heap = forged(MAX_PATH_ANSWERS)
    for answers, state in (((*heap[1:], true), GOOD), ((*heap, true), UNKNOWN)):
        proofs = AnswerProofs()
        found = revocation_of_path(path, (), answers=answers, at=NOW, answered=proofs)
        assert (found[0].state, len(proofs)) == (state, MAX_PATH_ANSWERS)
        assert found[0].unread is (state is UNKNOWN)
    again = revocation_of_path(path, (), answers=heap, at=NOW, answered=proofs)
    assert (again[0].state, len(proofs)) == (UNKNOWN, MAX_PATH_ANSWERS)  # what was refused is not tried again


def known(state: RevocationState, hours: int, reason: RevocationReason | None = None) -> RevocationStatus:
    revoked_at = NOW - DAY + timedelta(hours=hours) if state is REVOKED else None
    return RevocationStatus(
        state=state,
        detail=f"{state} {hours}",
        revoked_at=revoked_at,
        reason=reason,
        produced_at=None if state is UNKNOWN else NOW + timedelta(hours=hours),
    )


_S, _H = RevocationReason.SUPERSEDED, RevocationReason.CERTIFICATE_HOLD


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        (known(UNKNOWN, 0), known(GOOD, 1), "good 1"),
        (known(GOOD, 1), known(UNKNOWN, 0), "good 1"),
        (known(UNKNOWN, 0), known(UNKNOWN, 1), "unknown 0; unknown 1"),
        (known(GOOD, 2), known(REVOKED, 1, _S), "revoked 1"),
        (known(GOOD, 1), known(REVOKED, 2, _S), "revoked 2"),
        (known(GOOD, 2), known(REVOKED, 1, _H), "good 2"),
        (known(GOOD, 1), known(REVOKED, 2, _H), "revoked 2"),
        (known(REVOKED, 1, _S), known(REVOKED, 2, _S), "revoked 1"),
        (known(REVOKED, 2, _S), known(REVOKED, 1, _S), "revoked 1"),
        (known(REVOKED, 1, _S), known(REVOKED, 2, _H), "revoked 1"),
    ],
)
def test_lists_and_answers_together(one: RevocationStatus, other: RevocationStatus, wins: str) -> None:
    assert joined_status(one, other).detail == wins


def test_what_either_says_of_a_compromise_stays_said() -> None:
    """Else a list without the extensions an answer has would let pass what was signed after the key was lost."""
    bare = known(REVOKED, 1, RevocationReason.UNSPECIFIED)
    told = replace(known(REVOKED, 1, RevocationReason.KEY_COMPROMISE), invalid_since=NOW - 2 * DAY)
    for one, other in ((bare, told), (told, bare)):
        joined = joined_status(one, other)
        assert (joined.reason, joined.invalid_since) == (told.reason, told.invalid_since)
        assert joined.revoked_at == told.revoked_at


def test_every_certificate_of_a_path_but_the_anchor(world: PkiWorld) -> None:
    path = validate_path(
        world.signer.certificate, anchors=world.anchors, pool=world.pool, at=NOW, purpose=Purpose.DOCUMENT_SIGNING
    )

    def joined(*answers: OcspResponse) -> list[RevocationState]:
        lists = (world.crl(),)  # none of the root's
        return [each.state for each in revocation_of_path(path, lists, answers=answers, at=NOW)]

    of_root = parse_ocsp_response(answer(world, world.issuing, issuer=world.root, by=world.root, certificates=()))
    assert joined() == [GOOD, UNKNOWN]
    assert joined(of_root) == [GOOD, GOOD]
    assert joined(of_root, parse_ocsp_response(answer(world, world.signer, status=SAYS_REVOKED))) == [REVOKED, GOOD]
