"""Forged lists, answers and responders that a file brings: a revocation never becomes good by them, nor is it pushed out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.ocsp import DAY, answer, make_responder
from tests.support.pki import Member, PkiWorld
from trustkit.x509.ocsp_response import CertStatus, OcspResponse, parse_ocsp_response
from trustkit.x509.path import validate_path
from trustkit.x509.path_revocation import MAX_PATH_ANSWERS, MAX_PATH_LISTS, OwnEvidence, revocation_of_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus
from trustkit.x509.revocation_ocsp import MAX_RESPONSES

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList

NOW = PkiWorld.START
GOOD, REVOKED, UNKNOWN = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN
HEAPS = (1, MAX_PATH_ANSWERS - 1, MAX_PATH_ANSWERS, MAX_PATH_ANSWERS + 1, MAX_RESPONSES + 2)


def said(world: PkiWorld, *, hours: float = 3, status: CertStatus = CertStatus.REVOKED) -> OcspResponse:
    """A true answer of the issuer itself."""
    moment = NOW - timedelta(hours=hours)
    return parse_ocsp_response(
        answer(world, world.signer, by=world.issuing, status=status, this_update=moment, certificates=())
    )


def forged(world: PkiWorld, count: int) -> tuple[OcspResponse, ...]:
    """Answers under the issuer's name by another key, newer than any true one."""
    forger = Member(world.issuing.certificate, world.tsa.signer)
    return tuple(
        parse_ocsp_response(
            answer(
                world, world.signer, by=forger, by_name=True, this_update=NOW - timedelta(minutes=n), certificates=()
            )
        )
        for n in range(count)
    )


def forged_lists(world: PkiWorld, count: int) -> tuple[CertificateList, ...]:
    return tuple(
        world.crl(signer=world.tsa.signer, number=n + 9, this_update=NOW - timedelta(minutes=n)) for n in range(count)
    )


def listed(world: PkiWorld, **changes: object) -> CertificateList:
    """A true list that tells of the signer's revocation."""
    return world.crl(revoked={world.signer: RevocationReason.SUPERSEDED}, **changes)  # type: ignore[arg-type]


def judged(
    world: PkiWorld,
    *,
    lists: tuple[CertificateList, ...] = (),
    answers: tuple[OcspResponse, ...] = (),
    pool: tuple[Certificate, ...] = (),
    own: OwnEvidence | None = None,
) -> RevocationStatus:
    """What is known of the signer; lists, answers and pool are the file's, `own` is not."""
    path = validate_path(
        world.signer.certificate, anchors=world.anchors, pool=world.pool, at=NOW, purpose=Purpose.DOCUMENT_SIGNING
    )
    ours = own or OwnEvidence()
    return revocation_of_path(
        path,
        (*ours.crls, *lists),
        answers=(*ours.answers, *answers),
        pool=(*ours.pool, *pool),
        at=NOW,
        own=ours,
    )[0]


@pytest.mark.parametrize("count", HEAPS)
@pytest.mark.parametrize("with_list", [False, True])
def test_forged_answers_before_a_true_one(world: PkiWorld, count: int, *, with_list: bool) -> None:
    """The list is fresh, older than the revocation, and does not know of it."""
    lists = (world.crl(),) if with_list else ()
    heap = forged(world, count)
    inside = judged(world, lists=lists, answers=(*heap, said(world)))
    starved = count >= MAX_PATH_ANSWERS
    assert (inside.state, inside.unread) == ((UNKNOWN, True) if starved else (REVOKED, False))
    for ours in (OwnEvidence(answers=(said(world),)), OwnEvidence(answers=(said(world),), crls=lists)):
        assert judged(world, lists=lists, answers=heap, own=ours).state is REVOKED
    good = judged(world, answers=heap, own=OwnEvidence(crls=lists, answers=(said(world, status=CertStatus.GOOD),)))
    assert (good.state, good.unread) == ((UNKNOWN, True) if count > MAX_PATH_ANSWERS - 1 else (GOOD, False))


@pytest.mark.parametrize("count", [1, MAX_PATH_LISTS - 1, MAX_PATH_LISTS, MAX_PATH_LISTS + 1, 70])
def test_forged_lists_before_a_true_one(world: PkiWorld, count: int) -> None:
    """The answer is older than the revocation, and good."""
    heap, good = forged_lists(world, count), said(world, hours=30, status=CertStatus.GOOD)
    for answers in ((), (good,)):
        inside = judged(world, lists=(*heap, listed(world)), answers=answers)
        starved = count >= MAX_PATH_LISTS
        assert (inside.state, inside.unread) == ((UNKNOWN, True) if starved else (REVOKED, False))
        assert judged(world, lists=heap, answers=answers, own=OwnEvidence(crls=(listed(world),))).state is REVOKED


def test_forged_lists_and_answers_of_authorities_above(world: PkiWorld) -> None:
    """Those are judged before the leaf, within the same bounds."""
    by_root = Member(world.root.certificate, world.tsa.signer)
    heap = tuple(
        parse_ocsp_response(
            answer(
                world,
                world.issuing,
                issuer=world.root,
                by=by_root,
                by_name=True,
                this_update=NOW - timedelta(minutes=n),
                certificates=(),
            )
        )
        for n in range(MAX_PATH_ANSWERS)
    )
    inside = judged(world, lists=(world.crl(),), answers=(*heap, said(world)))
    assert (inside.state, inside.unread) == (UNKNOWN, True)
    assert judged(world, lists=(world.crl(),), answers=heap, own=OwnEvidence(answers=(said(world),))).state is REVOKED


def test_forged_responders(world: PkiWorld) -> None:
    """Certificates that came along under the name of the true responder, and beside answers of others, use up no search of ours."""
    true = make_responder(world)
    fakes = tuple(
        make_responder(
            world,
            subject_der=true.certificate.subject_der,
            issuer=Member(world.issuing.certificate, world.tsa.signer),
        ).certificate
        for _ in range(12)
    )
    octets = answer(world, world.signer, by=true, by_name=True, status=CertStatus.REVOKED)
    bare = parse_ocsp_response(
        answer(world, world.signer, by=true, by_name=True, status=CertStatus.REVOKED, certificates=())
    )
    for response in (replace(parse_ocsp_response(octets), certificates=tuple(each.der for each in fakes)), bare):
        inside = judged(world, lists=(world.crl(),), answers=(response,), pool=(*fakes, true.certificate))
        assert (inside.state, inside.unread) == (UNKNOWN, True)
    ours = OwnEvidence(answers=(bare,), pool=(true.certificate,))
    assert judged(world, lists=(world.crl(),), pool=fakes, own=ours).state is REVOKED


def test_what_could_decide_nothing_uses_nothing_up(world: PkiWorld) -> None:
    forger = Member(world.issuing.certificate, world.tsa.signer)

    def heap(**changes: object) -> tuple[OcspResponse, ...]:
        return tuple(
            parse_ocsp_response(
                answer(world, world.signer, by=forger, by_name=True, certificates=(), nonce=bytes([n] * 8), **changes)  # type: ignore[arg-type]
            )
            for n in range(1, MAX_RESPONSES + 2)
        )

    for useless in (
        heap(this_update=NOW + DAY, next_update=NOW + 2 * DAY),
        heap(this_update=NOW - timedelta(hours=2), next_update=NOW - timedelta(minutes=1)),
        heap(status=CertStatus.UNKNOWN),
        heap(issuer=world.root),
    ):
        assert judged(world, answers=(*useless, said(world))).state is REVOKED
    late = tuple(
        world.crl(signer=world.tsa.signer, number=n, this_update=NOW + DAY, next_update=NOW + 2 * DAY)
        for n in range(MAX_PATH_LISTS + 1)
    )
    stale = tuple(
        world.crl(signer=world.tsa.signer, number=n, next_update=NOW - timedelta(hours=1), revoked={})
        for n in range(MAX_PATH_LISTS + 1)
    )
    for heap_of_lists in (late, stale):
        assert judged(world, lists=(*heap_of_lists, listed(world))).state is REVOKED


def test_an_older_good_answer_that_lasts_longer_undoes_no_revocation(world: PkiWorld) -> None:
    newer = parse_ocsp_response(
        answer(
            world,
            world.signer,
            by=world.issuing,
            status=CertStatus.REVOKED,
            this_update=NOW - timedelta(hours=2),
            next_update=NOW - timedelta(hours=1),
            certificates=(),
        )
    )
    older = said(world, hours=9, status=CertStatus.GOOD)
    assert judged(world, answers=(older, newer)).state is REVOKED
    stale = listed(world, this_update=NOW - timedelta(hours=2), next_update=NOW - timedelta(hours=1))
    assert judged(world, lists=(world.crl(), stale)).state is REVOKED


def test_a_hold_of_our_own_is_not_hidden(world: PkiWorld) -> None:
    held = world.crl(revoked={world.signer: RevocationReason.CERTIFICATE_HOLD})
    status = judged(world, lists=forged_lists(world, MAX_PATH_LISTS), own=OwnEvidence(crls=(held,)))
    assert (status.state, status.reason) == (REVOKED, RevocationReason.CERTIFICATE_HOLD)
