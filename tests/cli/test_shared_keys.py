"""Keys that custodians share: of a root, and of any authority, and what they then do together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.authority import passphrase
from tests.support.machine_doors import Skewed
from tests.support.registration_desk import Desk, people_at, shared, staff
from trustkit.app.diagnosis import diagnose
from trustkit.app.keys import KeyName
from trustkit.app.ocsp_certificates import renew_responder, waiting_responders
from trustkit.app.responder_profile import SHARED_DAYS
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal


@pytest.fixture
def desk(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> Desk:
    return people_at(terminal, home, passphrase_file, tmp_path / "people")


def test_a_shared_root_key_signs_when_enough_custodians_sit_together(desk: Desk) -> None:
    custodians = staff(desk)
    shares = shared(desk, ("split", "root-ca"), custodians, 2)
    assert not (desk.home / "keys" / "root-ca.key.pem").exists()
    listed = {line["name"]: line["kind"] for line in desk.ca("publish", keys=True).objects()}
    assert listed["root"] == "waiting"  # everything else is published without custodians
    again = desk.ca(
        *("ceremony", "split", "root-ca", "--custodian", custodians["kim"], "--custodian", custodians["lan"]),
        *("--threshold", "2", "--out", desk.folder / "more", "--yes"),
        keys=True,
    )
    again.require_refusal("custody:key:shared", 73)

    together = desk.sitting("root-ca", shares, "lan", "min")
    published = desk.ca("publish", *together, keys=True).objects()
    assert [line["kind"] for line in published if line["name"] == "root"] == ["crl"]
    replayed = desk.ca("publish", *together, keys=True)
    replayed.require_refusal("custody:sitting:over", 73)

    issuing = next(line for line in desk.ca("list").objects() if line["profile"] == "issuing-ca")
    alone = desk.ca("revoke", str(issuing["serial"]), "--reason", "superseded", keys=True)
    alone.require_refusal("custody:key:shared", 73)
    assert (
        desk.told("ceremony", "rehearse", *desk.sitting("root-ca", shares, "kim", "min"), keys=True)["opened"] is True
    )

    fresh = {name: custodians[name] for name in ("kim", "lan")}
    out = desk.folder / "anew"
    options = [word for each in fresh.values() for word in ("--custodian", each)]
    desk.told(
        *("ceremony", "reshare", *desk.sitting("root-ca", shares, "kim", "lan", purpose="reshare"), *options),
        *("--threshold", "2", "--out", out, "--yes"),
        keys=True,
    )
    begun = desk.folder / "after.json"
    sitting = desk.told("ceremony", "begin", "root-ca", "--purpose", "test-it", "--out", begun, keys=True)
    old = desk.run(
        *("ca", "ceremony", "contribute", begun, "--share", shares["kim"], *desk.by("kim")),
        *("--fingerprint", str(sitting["fingerprint"]), "--out", desk.folder / "x.json"),
    )
    old.require_refusal("custody:share:foreign", 65)
    assert desk.told("ceremony", "end", str(sitting["sitting"]))["state"] == "over"


def test_a_shared_key_of_any_authority_issues_and_renews_with_its_custodians(desk: Desk) -> None:
    custodians = {name: desk.enrol(name, "custodian") for name in ("kim", "lan")}
    subject = ("--subject", "O=示例局", "--subject", "CN=示例签发")
    desk.told("create", "tls", "--profile", "subordinate-ca", "--under", "root", *subject, "--yes", keys=True)
    unknown = desk.ca(
        *("ceremony", "split", "nobody", "--custodian", custodians["kim"], "--custodian", custodians["lan"]),
        *("--threshold", "2", "--out", desk.folder / "none", "--yes"),
        keys=True,
    )
    unknown.require_refusal("ca:authority:missing", 66)
    out = desk.folder / "shares-tls"
    options = [word for each in custodians.values() for word in ("--custodian", each)]
    told = desk.told("ceremony", "split", "tls", *options, "--threshold", "2", "--out", out, "--yes", keys=True)
    key = str(told["key"])
    shares = {name: out / f"{key}-share-{n}-{custodians[name]}.json" for n, name in enumerate(custodians, 1)}
    csr = desk.folder / "device.csr"
    made = desk.run(
        *("ca", "holder", "request", "--subject", "C=CN", "--subject", "O=示例局", "--subject", "CN=设备一"),
        *("--key", desk.key("device"), "--out", csr, "--passphrase-file", desk.secret),
    )
    assert made.status == 0, made.err
    words = (
        "issue",
        "--ca",
        "tls",
        "--profile",
        "device",
        "--request",
        csr,
        "--out",
        desk.folder / "device.cer",
        "--yes",
    )
    alone = desk.ca(*words, keys=True)
    alone.require_refusal("custody:key:shared", 73)
    desk.told(*words, *desk.sitting(key, shares, "kim", "lan"), keys=True)
    renewed = desk.told("renew", "tls", "--same-key", "--yes", *desk.sitting(key, shares, "lan", "kim"), keys=True)
    assert renewed["name"] == "tls"
    again = desk.ca("cross-certify", "issuing", "--by", "tls", "--yes", keys=True)
    again.require_refusal("custody:key:shared", 73)


def test_a_responder_under_a_shared_key_lives_a_year_and_its_renewal_is_told_of_well_ahead(desk: Desk) -> None:
    custodians = staff(desk)
    shares = shared(desk, ("split", "issuing-ca"), custodians, 2)
    soon = Skewed(by=timedelta(days=65))  # in the last third of its 90 days: due
    with open_authority(desk.home) as authority:
        authority.clock = soon
        keys = authority.unlock(passphrase())
        assert waiting_responders(authority, keys) == ("issuing",)
        assert renew_responder(authority, keys) is None  # nothing fails for want of it
    (told,) = (each for each in diagnose(desk.home, soon) if each.what == "certificate ocsp")
    assert told.broken
    assert "`trustkit ca renew ocsp --contribution FILE…` makes the next" in told.found
    assert "`trustkit ca ceremony begin issuing-ca`" in told.found

    alone = desk.ca("renew", "ocsp", "--yes", keys=True)
    alone.require_refusal("custody:key:shared", 73)
    desk.told("renew", "ocsp", "--yes", *desk.sitting("issuing-ca", shares, "kim", "lan"), keys=True)
    late = Skewed(by=timedelta(days=SHARED_DAYS - SHARED_DAYS // 3 + 1))
    for clock, broken in ((soon, False), (late, True)):
        (told,) = (each for each in diagnose(desk.home, clock) if each.what == "certificate ocsp")
        assert told.broken == broken
    with open_authority(desk.home) as authority:
        made = authority.certificate(KeyName.OCSP)
        assert made.not_after - made.not_before == timedelta(days=SHARED_DAYS)
        authority.clock = late
        lines = [(line.kind, line.name) for line in authority.publish(authority.unlock(passphrase()), only_due=True)]
    assert ("waiting-responder", "issuing") in lines
