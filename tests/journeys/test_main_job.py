"""The main job through the real composition: issue, verify, tamper, revoke, and what everybody can see of it."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from esign.licence.identifier import parse_identifier
from esign.status.read import parse_status_list
from tests.support import postgres
from tests.support.authority import NAME, SAMPLE, make_home, passphrase
from tests.support.pki import BendableClock
from tests.support.web import Visitor
from trustkit.app.cosigning import MessageOrder
from trustkit.app.keys import KeyName
from trustkit.app.logs import configure_logs
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.clock import FixedClock, SystemClock, parse_rfc3339
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.store.certificates import serial_text
from trustkit.x509.crl import parse_crl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys

FILE_NAME = "张示例的执照.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An authority at work, seen from its desk and from its door."""

    authority: Authority
    keys: Keys
    visitor: Visitor

    def issue(self) -> tuple[str, bytes]:
        issued = self.authority.licences(self.keys).issue(
            "business-licence", SAMPLE.read_bytes(), actor=self.authority.operator
        )
        return issued.identifier, issued.document

    def revoke(self, identifier: str) -> None:
        self.authority.licences(self.keys).revoke(identifier, reason="cancelled", actor=self.authority.operator)

    def revoke_seal(self, reason: str = "keyCompromise") -> None:
        serial = serial_text(self.authority.certificate(KeyName.SEAL).serial)
        self.authority.revoke_certificate(self.keys, serial, reason=reason)

    def trail(self) -> list[trail.TrailEntry]:
        with self.authority.database.reading() as unit:
            return list(trail.list_events(unit, after=0, limit=500))


def _open(authority: Authority) -> Office:
    return Office(authority=authority, keys=authority.unlock(passphrase()), visitor=Visitor.of(authority))


@pytest.fixture
def office(authority: Authority) -> Office:
    return _open(authority)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    if request.param == "sqlite":
        yield request.getfixturevalue("office")
        return
    for url in postgres.fresh_url(migrated=False):
        monkeypatch.setenv("TRUSTKIT_DATABASE_URL", url)
        home = make_home(tmp_path / "home")
        assert not list(home.glob("*.sqlite*"))
        with open_authority(home) as authority:
            yield _open(authority)


def _checks(verdict: dict[str, Any]) -> dict[str, str]:
    inside = [check for signature in verdict["signatures"] for check in signature["checks"]]
    return {check["id"]: check["status"] for check in (*inside, *verdict["checks"])}


def _told(verdict: dict[str, Any]) -> tuple[str, str | None]:
    return verdict["indication"], verdict["sub_indication"]


def test_issue_verify_revoke_and_the_trail_agrees(any_office: Office) -> None:
    office = any_office
    before = SystemClock().now()
    made = len(office.trail())
    identifier, document = office.issue()
    verdict = office.visitor.verify(document)
    assert _told(verdict) == ("TOTAL-PASSED", None)
    (signature,) = verdict["signatures"]
    assert NAME in signature["signer"]
    assert signature["time_proved"]
    assert before <= parse_rfc3339(signature["signed_at"]) <= SystemClock().now()
    assert signature["covers"] == "the whole file"
    assert verdict["uncovered"] == []
    assert verdict["licence"]["identifier"] == identifier
    assert verdict["licence"]["status"] == "valid"
    assert verdict["licence"]["type"] == parse_identifier(identifier).type_code
    assert set(_checks(verdict).values()) == {"PASSED"}

    status = office.visitor.get(f"/v1/licences/{identifier}/status")
    assert status.json()["status"] == "issued"
    assert status.json()["revoked_at"] is None
    assert status.headers["cache-control"] == "no-store"

    office.revoke(identifier)
    verdict = office.visitor.verify(document)
    assert _told(verdict) == ("TOTAL-FAILED", "LICENCE_REVOKED")
    assert verdict["signatures"][0]["indication"] == "TOTAL-PASSED"  # the signature is as good as it was
    assert verdict["licence"]["status"] == "revoked"
    status = office.visitor.get(f"/v1/licences/{identifier}/status").json()
    assert status["status"] == "revoked"
    assert before <= parse_rfc3339(status["revoked_at"]) <= SystemClock().now()

    told = office.trail()
    assert [entry.type for entry in told[made:]] == [
        "esign:licence:intended",
        "ca:timestamp:issued",
        "esign:licence:issued",
        "verifier:file:verified",
        "esign:licence:revoked",
        "esign:status-list:published",
        "verifier:file:verified",
    ]
    assert [entry.sequence for entry in told] == list(range(1, len(told) + 1))
    assert {entry.object_id for entry in told[made:] if entry.object_type == "licence"} == {identifier}
    issued, first, second = told[made + 2], told[made + 3], told[made + 6]
    assert first.object_id == second.object_id == f"sm3:{issued.facts['document_sm3']}"
    assert (first.facts["indication"], second.facts["indication"]) == ("TOTAL-PASSED", "TOTAL-FAILED")


def _altered(document: bytes) -> Iterator[tuple[str, bytes, str]]:
    yield "one bit of the page", _flip(document, len(document) // 3), "TOTAL-FAILED"
    start = document.rindex(b"/ByteRange")
    length = document.index(b"]", start) - 2
    yield "the range of what is signed", _flip(document, length), "TOTAL-FAILED"
    signature = document.rindex(b"/Contents") + len(b"/Contents <")
    yield "the signature", document[: signature + 3000] + b"00" * 16 + document[signature + 3032 :], "TOTAL-FAILED"
    yield "a comment at the end", document + b"% added\n", "TOTAL-FAILED"
    yield "the end cut off", document[:-200], "not TOTAL-PASSED"


def _flip(document: bytes, place: int) -> bytes:
    changed = bytearray(document)
    changed[place] ^= 0x01
    return bytes(changed)


def test_no_altered_copy_passes(office: Office) -> None:
    _, document = office.issue()
    for what, copy, told in _altered(document):
        verdict = office.visitor.verify(copy)
        assert verdict["indication"] != "TOTAL-PASSED", what
        if told == "TOTAL-FAILED":
            assert verdict["indication"] == told, (what, verdict["sub_indication"])


def test_a_metadata_swap_between_two_licences_does_not_pass(office: Office) -> None:
    _, first = office.issue()
    _, second = office.issue()
    cut = first.index(b"/ByteRange")
    mixed = second[:cut] + first[cut:]
    assert office.visitor.verify(mixed)["indication"] != "TOTAL-PASSED"


@pytest.mark.parametrize("reason", ["keyCompromise", "superseded", "cessationOfOperation"])
def test_a_revoked_seal_certificate_leaves_what_was_stamped_before(home: Path, reason: str) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        _revoke_seal_after_signing(_open(authority), clock, reason)


def _revoke_seal_after_signing(office: Office, clock: BendableClock, reason: str) -> None:
    _, document = office.issue()
    cancelled, cancelled_document = office.issue()
    revoked_after, revoked_after_document = office.issue()
    office.revoke(cancelled)
    content = b"minutes of a meeting"
    stamped = office.authority.messages(office.keys).make(
        MessageOrder(content=content, dialect=Dialect.RFC5652, attached=True), actor=office.authority.operator
    )
    unstamped = _unstamped(office, content)
    assert office.visitor.verify(stamped)["indication"] == "TOTAL-PASSED"
    assert office.visitor.verify(unstamped)["indication"] == "TOTAL-PASSED"
    clock.advance(timedelta(minutes=1))
    office.revoke_seal(reason)
    office.revoke(revoked_after)
    for each in (cancelled_document, revoked_after_document):
        assert _told(office.visitor.verify(each)) == ("TOTAL-FAILED", "LICENCE_REVOKED")
    verdict = office.visitor.verify(document)
    assert _told(verdict) == ("TOTAL-PASSED", None), verdict
    assert verdict["licence"]["status"] == "valid"
    assert verdict["signatures"][0]["indication"] == "TOTAL-PASSED", verdict["signatures"][0]
    assert verdict["signatures"][0]["time_proved"]
    assert office.visitor.verify(stamped)["indication"] == "TOTAL-PASSED"
    for message in (unstamped, _unstamped(office, content)):
        verdict = office.visitor.verify(message)
        assert verdict["indication"] != "TOTAL-PASSED"
        assert "REVOKED" in (verdict["sub_indication"] or "")
        assert not verdict["signatures"][0]["time_proved"]


def _unstamped(office: Office, content: bytes) -> bytes:
    """Return what somebody with the key makes without asking the time-stamp authority."""
    return sign_message(
        content=content,
        signer=office.keys.signer(KeyName.SEAL, office.authority.certificate(KeyName.SEAL)),
        certificate=office.authority.certificate(KeyName.SEAL),
        chain=(office.authority.certificate(KeyName.ISSUING),),
        dialect=Dialect.RFC5652,
        detached=False,
        attributes=SignedAttributes(signing_time=office.authority.clock.now() - timedelta(days=1)),
    )


def test_published_things_have_tags_and_change_with_revocation(office: Office) -> None:
    identifier, _ = office.issue()
    paths = ("/v1/crls/issuing.crl", "/v1/crls/root.crl", "/v1/certificates/root.cer", "/v1/status-lists/1")
    tags = {}
    for path in paths:
        answer = office.visitor.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"].startswith("public, max-age=")
        tags[path] = answer.headers["etag"]
        again = office.visitor.get(path, headers={"If-None-Match": tags[path]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tags[path]
        for listed in (f'"other", {tags[path]}', f"W/{tags[path]}", "*"):  # RFC 9110 13.1.2: a list, compared weakly
            assert office.visitor.get(path, headers={"If-None-Match": listed}).status_code == 304, listed
        assert office.visitor.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    as_cwt = office.visitor.get(paths[3], headers={"Accept": "application/statuslist+cwt"})
    assert (as_cwt.headers["content-type"], as_cwt.headers["vary"]) == ("application/statuslist+cwt", "Accept")
    assert as_cwt.headers["etag"] != tags[paths[3]]
    cwt, jwt = (parse_status_list(each) for each in (as_cwt.content, office.visitor.get(paths[3]).content))
    assert (cwt.uri, cwt.issued_at, cwt.entries) == (jwt.uri, jwt.issued_at, jwt.entries)
    for token in (as_cwt.content, office.visitor.get(paths[3]).content):
        verdict = office.visitor.verify(token)
        assert (verdict["format"], verdict["indication"]) == ("status-list", "TOTAL-PASSED")
    assert parse_crl(office.visitor.get(paths[0]).content).revoked_entry(1) is None
    office.revoke(identifier)
    office.revoke_seal()
    changed = {path: office.visitor.get(path, headers={"If-None-Match": tags[path]}).status_code for path in paths}
    assert changed == {paths[0]: 200, paths[1]: 304, paths[2]: 304, paths[3]: 200}
    crl = parse_crl(office.visitor.get(paths[0]).content)
    serial = office.authority.certificate(KeyName.SEAL).serial
    entry = crl.revoked_entry(serial)
    assert entry is not None
    for path in ("/v1/crls/other.crl", "/v1/status-lists/2", "/v1/certificates/seal.cer"):
        assert office.visitor.get(path).status_code == 404


def test_a_stale_status_list_leaves_the_licence_open(home: Path) -> None:
    with open_authority(home) as authority:
        _, document = _open(authority).issue()
    later = SystemClock().now() + timedelta(days=30)
    with open_authority(home, FixedClock(later)) as authority:
        office = _open(authority)
        assert office.visitor.verify(document)["indication"] == "INDETERMINATE"  # the CRLs are out of date as well
        for name in authority.publications().names():
            authority.revocation(office.keys, name).publish(authority.operator)
        verdict = office.visitor.verify(document)
        assert _told(verdict) == ("INDETERMINATE", "LICENCE_STATUS_UNKNOWN")
        assert verdict["signatures"][0]["indication"] == "TOTAL-PASSED"
        assert verdict["licence"]["status"] == "unknown"
        authority.publish(office.keys)
        assert _told(office.visitor.verify(document)) == ("TOTAL-PASSED", None)


def test_a_strangers_licence_is_indeterminate_until_its_root_is_trusted(office: Office, tmp_path: Path) -> None:
    foreign = make_home(tmp_path / "other", port=8441)
    with open_authority(foreign) as authority:
        stranger = _open(authority)
        _, document = stranger.issue()
        publications = dict(authority.publications().files())
    assert office.visitor.verify(document)["indication"] == "INDETERMINATE"
    trust = office.authority.settings.home / "trust"
    (trust / "other.cer").write_bytes(publications["root.cer"])
    with open_authority(office.authority.settings.home) as reopened:
        visitor = Visitor.of(reopened)
        evidence = [("evidence", (name, data)) for name, data in publications.items()]
        answer = visitor.post("/v1/verify", files=[("file", ("a.pdf", document)), *evidence])
    assert answer.json()["indication"] == "TOTAL-PASSED", answer.json()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Send the logs of this process to a file, as the server does, and put things back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    path = tmp_path / "log"
    with path.open("w", encoding="utf-8", buffering=1) as stream:
        configure_logs(SystemClock(), stream)
        yield path
    root.handlers[:] = handlers
    root.setLevel(level)


def test_nothing_of_anybody_reaches_trail_logs_or_addresses(office: Office, log: Path) -> None:
    told = json.loads(SAMPLE.read_bytes())
    personal = {told[key] for key in ("name", "legal_representative", "credit_code", "address")} | {FILE_NAME}
    identifier, document = office.issue()
    for name in (FILE_NAME, told["credit_code"] + ".pdf"):
        assert office.visitor.verify(document, name=name)["indication"] == "TOTAL-PASSED"
    assert office.visitor.get(f"/v1/licences/{told['legal_representative']}/status").status_code == 400
    assert office.visitor.get("/" + FILE_NAME).status_code == 404
    office.revoke(identifier)
    lines = log.read_text("utf-8").splitlines()
    assert len(lines) >= 4
    assert all(json.loads(line)["event"] == "request.served" for line in lines)
    links = document[: document.index(b"/ByteRange")].decode("latin-1").split("http://")[1:]
    seen = [identifier, *lines, *links, *(repr(entry) for entry in office.trail())]
    assert digest(DigestAlgorithm.SM3, document).hex() in "".join(seen)
    for secret in personal:
        written = {secret, json.dumps(secret)[1:-1], quote(secret)}
        assert not any(form in text for form in written for text in seen), secret


@pytest.mark.parametrize("keys", ["ecdsa-p256", pytest.param("rsa-3072", marks=pytest.mark.slow)])
def test_an_authority_of_another_algorithm_does_the_same_job(tmp_path: Path, keys: str) -> None:
    with open_authority(make_home(tmp_path / "home", keys=keys)) as authority:
        office = _open(authority)
        identifier, document = office.issue()
        assert _told(office.visitor.verify(document)) == ("TOTAL-PASSED", None)
        office.revoke(identifier)
        assert _told(office.visitor.verify(document)) == ("TOTAL-FAILED", "LICENCE_REVOKED")
