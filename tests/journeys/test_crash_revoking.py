"""kill -9 at any moment of a revocation: what was acknowledged is in register, trail, list and OCSP, and nothing is in one alone."""

from __future__ import annotations

import base64
import multiprocessing
import os
import random  # noqa: TID251 - seeded, so that a failure can be seen again
import signal
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.support.acme_world import make_request
from tests.support.authority import passphrase
from tests.support.killing import READY, run_and_kill
from tests.support.web import Visitor
from trustkit.app.asgi import application
from trustkit.app.ca_asgi import ca_application
from trustkit.app.issue_desk import CertificateDesk
from trustkit.app.keys import KeyName
from trustkit.app.revocations import resume, suspend
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.store import certificates, crls, revocations
from trustkit.store.certificates import Standing
from trustkit.x509.crl import parse_crl
from trustkit.x509.ocsp_cert_id import make_cert_id
from trustkit.x509.ocsp_request import build_ocsp_request
from trustkit.x509.ocsp_response import CertStatus, parse_ocsp_response
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys

KILLS = 60
EACH = 5
SEED = 20261202
HELD = [EventType.CERTIFICATE_SUSPENDED]
STANDINGS = {
    Standing.VALID: ([], [*HELD, EventType.CERTIFICATE_RESUMED]),
    Standing.SUSPENDED: (HELD,),
    Standing.REVOKED: ([EventType.CERTIFICATE_REVOKED], [*HELD, EventType.CERTIFICATE_REVOKED]),
}
TOLD = {
    Standing.SUSPENDED: RevocationReason.CERTIFICATE_HOLD,
    Standing.REVOKED: RevocationReason.SUPERSEDED,
}


def _revoke_until_killed(home: Path, keys: Keys, serials: list[str], write_end: int) -> None:
    """Run in a child: end certificates in every way, saying each only when the act was acknowledged."""
    with open_authority(home) as authority:
        actor = authority.operator
        authority.revocation(keys, "issuing")
        revoke = partial(authority.revoke_certificate, keys, reason="superseded", actor=actor)
        hold, release = (partial(act, authority, keys, actor=actor) for act in (suspend, resume))
        first, second, third, fourth, fifth = serials
        acts: list[tuple[Callable[[str], object], str]] = [
            (revoke, first),
            (hold, second),
            (hold, third),
            (release, third),
        ]
        acts += [(revoke, fourth), (hold, fifth), (revoke, second)]
        os.write(write_end, READY)
        for act, serial in acts:
            act(serial)
            with authority.database.reading() as unit:
                row = certificates.find(unit, serial)
            os.write(write_end, f"{serial} {row.standing if row else ''}\n".encode())
        signal.pause()


def _kill_again_and_again(home: Path) -> tuple[list[str], list[str], int]:
    """Run in a process of its own, which has no threads to lose.

    Return the serials, what was acknowledged, and how often a kill left a revocation that no list told of yet.
    """
    delays = random.Random(SEED)
    with open_authority(home) as authority:
        keys = authority.unlock(passphrase())
        desk = CertificateDesk(home=authority)
        plans = [
            desk.plan(make_request(f"d{n}.example", cn=f"d{n}.example"), profile="tls-server", ca="issuing")
            for n in range(KILLS * EACH)
        ]
        serials = [certificates.serial_text(each.serial) for each in desk.issue(plans, keys)]
        authority.publish(keys)
    said: list[str] = []
    untold = 0
    for n in range(KILLS):
        work = partial(_revoke_until_killed, home, keys, serials[n * EACH : (n + 1) * EACH])
        said += run_and_kill(work, delays.uniform(0.0, 0.6))
        with open_authority(home) as authority, authority.database.reading() as unit:
            head = crls.find_head(unit, "issuing")
            untold += head is not None and head.change < revocations.last_change(unit, "issuing")
    return serials, said, untold


@pytest.mark.slow
def test_kills_while_revoking_lose_nothing_and_leave_nothing_untold(home: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        serials, said, untold = fresh.submit(_kill_again_and_again, home).result()
    with open_authority(home) as authority:
        keys = authority.unlock(passphrase())
        standings = _standings(authority, serials)
        acknowledged = dict(line.split() for line in said)
        for serial, standing in acknowledged.items():
            # What came after the last acknowledged act of a certificate may have been done, and not said.
            assert standings[serial] == standing or standing == Standing.SUSPENDED, serial
        assert acknowledged, "no revocation was fast enough to be acknowledged: the test proved nothing"
        keyless = Visitor(application(authority))
        for serial, standing in standings.items():
            if standing is not Standing.VALID:
                assert _answer(authority, keyless, serial) in {None, TOLD[standing]}, "never good of what was revoked"
        expected = {serial: TOLD[standing] for serial, standing in standings.items() if standing in TOLD}
        assert untold, "no kill fell between register and list: the test proved nothing"
        authority.publish(keys, only_due=True)
        assert _listed(authority, serials) == expected
        for visitor in (keyless, Visitor(ca_application(authority, keys))):
            assert {serial: _answer(authority, visitor, serial) for serial in serials} == {
                serial: expected.get(serial, CertStatus.GOOD) for serial in serials
            }


def _standings(authority: Authority, serials: list[str]) -> dict[str, Standing]:
    """Return what the register says, which the trail must say as well."""
    told: dict[str, list[EventType]] = {serial: [] for serial in serials}
    kinds = {EventType.CERTIFICATE_SUSPENDED, EventType.CERTIFICATE_RESUMED, EventType.CERTIFICATE_REVOKED}
    with authority.database.reading() as unit:
        after = 0
        while page := trail.list_events(unit, after=after, limit=500):
            after = page[-1].sequence
            for entry in page:
                if entry.type in kinds and entry.object_id in told:
                    told[entry.object_id].append(EventType(entry.type))
        rows = {serial: certificates.find(unit, serial) for serial in serials}
    standings = {serial: Standing(row.standing) for serial, row in rows.items() if row is not None}
    for serial, standing in standings.items():
        assert told[serial] in STANDINGS[standing], (serial, standing)
    assert len(standings) == len(serials)
    return standings


def _listed(authority: Authority, serials: list[str]) -> dict[str, RevocationReason]:
    """Return what the newest complete list says of some certificates."""
    der = authority.publications().crl("issuing")
    assert der is not None
    crl, issuer = parse_crl(der), authority.certificate(KeyName.ISSUING)
    entries = {serial: crl.revoked_entry(int(serial, 16), issuer.subject_der) for serial in serials}
    return {serial: entry.reason for serial, entry in entries.items() if entry is not None}


def _answer(authority: Authority, visitor: Visitor, serial: str) -> RevocationReason | CertStatus | None:
    """Return the reason a certificate is revoked for, GOOD, or None where the responder has nothing to say for now."""
    issuing = authority.certificate(KeyName.ISSUING)
    wanted = make_cert_id(issuing.subject_der, issuing.public_key, int(serial, 16), DigestAlgorithm.SM3)
    asked = quote(base64.b64encode(build_ocsp_request((wanted,))).decode(), safe="")
    octets = visitor.get(f"/v1/ocsp/{asked}").content
    if octets == bytes.fromhex("30030a0103"):  # tryLater
        return None
    (found,) = {each.reason or each.status for each in parse_ocsp_response(octets).answers}
    return found
