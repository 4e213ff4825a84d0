"""Revocation: good and revoked only with a fresh list of the issuer's own; everything else unknown, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.pki import CA_USAGE, Member, PkiWorld
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509 import oids
from trustkit.x509.crl import parse_crl
from trustkit.x509.crl_scope import points_of, require_in_scope
from trustkit.x509.path import validate_path
from trustkit.x509.path_revocation import revocation_of_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus, revocation_from_crls

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList

NOW = PkiWorld.START
DAY = timedelta(days=1)
GOOD, REVOKED, UNKNOWN = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN


def status_of(
    world: PkiWorld,
    member: Member,
    *crls: CertificateList,
    at: datetime = NOW,
    signers: tuple[Certificate, ...] = (),
    present: datetime | None = None,
) -> RevocationStatus:
    return revocation_from_crls(
        member.certificate, world.issuing.certificate, crls, at=at, signers=signers, present=present
    )


def test_good_and_revoked(world: PkiWorld) -> None:
    crl = world.crl()
    good = status_of(world, world.signer, crl)
    assert (good.state, good.revoked_at, good.reason, good.produced_at) == (GOOD, None, None, crl.this_update)
    revoked = status_of(world, world.revoked, crl)
    assert (revoked.state, revoked.revoked_at) == (REVOKED, NOW - 2 * DAY)
    assert (revoked.reason, revoked.produced_at) == (RevocationReason.KEY_COMPROMISE, crl.this_update)
    assert "lists it" in revoked.detail


def point(*parts: bytes) -> dict[str, Any]:
    return {"more_extensions": (ext.extension(oids.ISSUING_DISTRIBUTION_POINT, w.sequence(*parts), critical=True),)}


def url(text: str) -> bytes:
    return w.explicit(0, w.explicit(0, w.tlv(0x86, text.encode())))


def flag(number: int, octet: bytes = b"\xff") -> bytes:
    return w.tlv(0x80 | number, octet)


def raw(extension: bytes) -> dict[str, Any]:
    return {"more_extensions": (extension,)}


# A list with this about it leaves the signer's state unknown, and says so
DOUBTS: list[tuple[str, Callable[[PkiWorld], dict[str, Any]], str]] = [
    ("out of date", lambda _: {"next_update": NOW - timedelta(seconds=1)}, "out of date since 2026-11-30"),
    ("of the future", lambda _: {"this_update": NOW + DAY, "next_update": NOW + 9 * DAY}, "not issued yet"),
    ("another key", lambda wd: {"signer": wd.root.signer}, "SM2 signature"),
    ("attribute certificates", lambda _: point(flag(5)), "attribute"),
    ("authorities alone", lambda _: point(flag(2)), "authorities alone"),
    ("another point", lambda _: point(url("http://elsewhere/")), "distribution point"),
    ("a point relative to the issuer", lambda _: point(w.explicit(0, w.explicit(1, b""))), "distribution point"),
    ("unreadable point", lambda _: raw(ext.extension(oids.ISSUING_DISTRIBUTION_POINT, b"x", critical=True)), "issuingDist"),
    ("unknown part of a point", lambda _: point(w.tlv(0x86, b"\xff")), "unknown"),
    ("a flag twice", lambda _: point(flag(1), flag(1)), "repeated"),
    ("delta", lambda _: raw(ext.extension(oids.DELTA_CRL_INDICATOR, w.integer(1), critical=True)), "delta"),
    ("delta not critical", lambda _: raw(ext.extension(oids.DELTA_CRL_INDICATOR, w.integer(1))), "delta"),
    ("unknown critical extension", lambda _: raw(ext.extension("1.2.3", b"", critical=True)), "unknown critical"),
]  # fmt: skip


@pytest.mark.parametrize(("how", "word"), [row[1:] for row in DOUBTS], ids=[row[0] for row in DOUBTS])
def test_doubt_is_unknown_for_good_ones(world: PkiWorld, how: Callable[[PkiWorld], dict[str, Any]], word: str) -> None:
    status = status_of(world, world.signer, world.crl(**how(world)))
    assert status.state is UNKNOWN
    assert word in status.detail
    assert (status.revoked_at, status.reason, status.produced_at) == (None, None, None)


@pytest.mark.parametrize("how", [row[1] for row in DOUBTS[1:]], ids=[row[0] for row in DOUBTS[1:]])
def test_doubt_is_unknown_for_revoked_ones_too(world: PkiWorld, how: Callable[[PkiWorld], dict[str, Any]]) -> None:
    assert status_of(world, world.revoked, world.crl(**how(world))).state is UNKNOWN


def test_no_list_at_all(world: PkiWorld) -> None:
    for crls in ((), (world.crl(issuer=world.root),)):
        status = status_of(world, world.signer, *crls)
        assert (status.state, status.detail) == (UNKNOWN, "no revocation list of the issuer at hand")


def test_scope_asks_for_the_issuer_itself(world: PkiWorld) -> None:
    with pytest.raises(TrustError) as caught:
        require_in_scope(world.crl(issuer=world.root), world.signer.certificate, points_of(world.signer.certificate))
    assert caught.value.code is ErrorCode.CRL_SCOPE


def test_points_in_scope(world: PkiWorld) -> None:
    own = world.signer.certificate.crl_urls[0]
    for how in (
        point(url(own)),
        point(flag(1)),
        point(),
        point(url(own), flag(1)),
        point(flag(4)),
        point(flag(4, b"\x00")),
    ):
        assert status_of(world, world.signer, world.crl(**how)).state is GOOD


def test_a_list_of_end_certificates_does_not_clear_an_authority(world: PkiWorld) -> None:
    crl = world.crl(issuer=world.root, **point(flag(1)))
    status = revocation_from_crls(world.issuing.certificate, world.root.certificate, (crl,), at=NOW)
    assert status.state is UNKNOWN
    assert "end certificates alone" in status.detail


def test_a_list_without_an_end_is_no_proof(world: PkiWorld) -> None:
    by = world.issuing
    tbs = w.sequence(
        w.integer(1), by.signer.suite.algorithm_identifier(), by.certificate.subject_der, w.time(NOW - DAY)
    )
    octets = w.sequence(tbs, by.signer.suite.algorithm_identifier(), w.bit_string(by.signer.sign(tbs)))
    status = status_of(world, world.signer, parse_crl(octets))
    assert (status.state, status.detail) == (UNKNOWN, "list of 2026-11-30: does not say when it ends")


def test_the_newest_usable_list_decides(world: PkiWorld) -> None:
    hold = {world.signer: RevocationReason.CERTIFICATE_HOLD}
    older = world.crl(revoked=hold, this_update=NOW - 3 * DAY, number=1)
    newer = world.crl(revoked={}, this_update=NOW - DAY, number=2)
    forged = world.crl(revoked=hold, this_update=NOW, number=3, signer=world.tsa.signer)
    for crls in ((older, newer, forged), (forged, newer, older)):
        assert status_of(world, world.signer, *crls).state is GOOD
    held = status_of(world, world.signer, older)
    assert (held.state, held.reason) == (REVOKED, RevocationReason.CERTIFICATE_HOLD)


def test_a_stale_list_proves_a_lasting_revocation_and_nothing_else(world: PkiWorld) -> None:
    late = NOW + 30 * DAY
    crl = world.crl()
    assert status_of(world, world.revoked, crl, at=late).state is REVOKED
    assert status_of(world, world.signer, crl, at=late).state is UNKNOWN
    held = world.crl(revoked={world.signer: RevocationReason.CERTIFICATE_HOLD})
    assert status_of(world, world.signer, held, at=late).state is UNKNOWN


def test_a_fresh_list_speaks_before_a_stale_one(world: PkiWorld) -> None:
    stale = world.crl(revoked={world.signer: RevocationReason.SUPERSEDED}, next_update=NOW - timedelta(hours=1))
    fresh = world.crl(revoked={}, this_update=NOW - timedelta(hours=2))
    assert status_of(world, world.signer, stale, fresh).state is GOOD


def test_clocks_may_differ_a_little(world: PkiWorld) -> None:
    crl = world.crl(this_update=NOW + timedelta(minutes=4))
    assert status_of(world, world.signer, crl).state is GOOD
    assert status_of(world, world.signer, world.crl(this_update=NOW + timedelta(minutes=6))).state is UNKNOWN


def test_lists_issued_since_count_when_judging_the_past(world: PkiWorld) -> None:
    crl = world.crl()
    past = NOW - 10 * DAY
    assert status_of(world, world.signer, crl, at=past).state is UNKNOWN
    assert status_of(world, world.signer, crl, at=past, present=NOW).state is GOOD
    revoked = status_of(world, world.revoked, crl, at=past, present=NOW)
    assert revoked.state is REVOKED  # later than `past`: that is for the caller to compare
    assert revoked.revoked_at is not None
    assert revoked.revoked_at > past


def test_expired_certificates_may_have_left_the_list(world: PkiWorld) -> None:
    before = NOW - 50 * DAY
    gone = status_of(world, world.expired, world.crl(this_update=NOW), at=before, present=NOW)
    assert gone.state is UNKNOWN
    assert "had expired" in gone.detail
    for since, state in ((NOW - 365 * DAY, GOOD), (NOW, UNKNOWN)):
        kept = raw(ext.extension(oids.EXPIRED_CERTS_ON_CRL, w.generalized_time(since)))
        assert (
            status_of(world, world.expired, world.crl(this_update=NOW, **kept), at=before, present=NOW).state is state
        )
    broken = raw(ext.extension(oids.EXPIRED_CERTS_ON_CRL, b""))
    assert (
        status_of(world, world.expired, world.crl(this_update=NOW, **broken), at=before, present=NOW).state is UNKNOWN
    )
    listed = world.crl(revoked={world.expired: RevocationReason.SUPERSEDED}, this_update=NOW)
    assert status_of(world, world.expired, listed, at=before, present=NOW).state is REVOKED


def test_remove_from_crl_outside_a_delta_is_no_answer(world: PkiWorld) -> None:
    by = world.issuing
    code = ext.extension(oids.REASON_CODE, w.tlv(0x0A, b"\x08"))
    entry = w.sequence(w.integer(world.signer.certificate.serial), w.time(NOW - DAY), w.sequence(code))
    algorithm = by.signer.suite.algorithm_identifier()
    tbs = w.sequence(
        w.integer(1), algorithm, by.certificate.subject_der, w.time(NOW - DAY), w.time(NOW + DAY), w.sequence(entry)
    )
    crl = parse_crl(w.sequence(tbs, algorithm, w.bit_string(by.signer.sign(tbs))))
    assert status_of(world, world.signer, crl).state is UNKNOWN
    assert status_of(world, world.tsa, crl).state is GOOD
    assert status_of(world, world.signer, crl, at=NOW + 9 * DAY).state is UNKNOWN


def test_unreadable_entries_are_unknown(world: PkiWorld) -> None:
    by = world.issuing
    algorithm = by.signer.suite.algorithm_identifier()
    entries = w.sequence(w.sequence(w.integer(5)))
    tbs = w.sequence(w.integer(1), algorithm, by.certificate.subject_der, w.time(NOW - DAY), w.time(NOW + DAY), entries)
    crl = parse_crl(w.sequence(tbs, algorithm, w.bit_string(by.signer.sign(tbs))))
    assert status_of(world, world.signer, crl).state is UNKNOWN


def test_a_list_signed_by_another_proved_key_of_the_issuer(world: PkiWorld) -> None:
    name = world.issuing.certificate.subject_der
    list_signer = world.issue("x", issuer=world.root, subject_der=name, usage=("cRLSign",))
    crl = world.crl(signer=list_signer.signer)
    assert status_of(world, world.signer, crl).state is UNKNOWN
    assert status_of(world, world.signer, crl, signers=(list_signer.certificate,)).state is GOOD
    powerless = world.issue("x", issuer=world.root, subject_der=name, usage=("keyCertSign",), signer=list_signer.signer)
    assert status_of(world, world.signer, crl, signers=(powerless.certificate,)).state is UNKNOWN


def test_many_lists_are_limited_in_work_and_words(world: PkiWorld) -> None:
    forged = [world.crl(signer=world.tsa.signer, this_update=NOW - timedelta(minutes=n)) for n in range(70)]
    status = status_of(world, world.signer, *forged, world.crl())
    assert status.state is UNKNOWN
    assert status.detail.count(";") == 2


def test_every_certificate_of_a_path_but_the_anchor(world: PkiWorld) -> None:
    path = validate_path(
        world.revoked.certificate, anchors=world.anchors, pool=world.pool, at=NOW, purpose=Purpose.DOCUMENT_SIGNING
    )
    of_root = world.crl(issuer=world.root)
    assert [s.state for s in revocation_of_path(path, (world.crl(), of_root), at=NOW)] == [REVOKED, GOOD]
    assert [s.state for s in revocation_of_path(path, (of_root,), at=NOW)] == [UNKNOWN, GOOD]
    fallen = world.crl(issuer=world.root, revoked={world.issuing: RevocationReason.CA_COMPROMISE})
    found = revocation_of_path(path, (world.crl(), fallen), at=NOW)
    assert found[1].reason is RevocationReason.CA_COMPROMISE
    name = world.issuing.certificate.subject_der
    list_signer = world.issue("x", issuer=world.root, subject_der=name, ca=True, usage=CA_USAGE)
    crl = world.crl(signer=list_signer.signer)
    pool = (list_signer.certificate, world.tsa.certificate)
    assert [s.state for s in revocation_of_path(path, (crl, of_root), at=NOW, pool=pool)] == [REVOKED, GOOD]
