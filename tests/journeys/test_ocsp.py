"""OCSP as relying parties meet it: both doors of one authority, a revocation, an answer played again."""

from __future__ import annotations

import base64
import subprocess
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import update

from ca.list_publication import ListPublisher
from ca.ocsp_responder import OcspResponder
from tests.support.acme_world import make_request
from tests.support.authority import passphrase
from tests.support.register import latest_list
from tests.support.web import Visitor
from trustkit.app.asgi import application
from trustkit.app.ca_asgi import ca_application
from trustkit.app.hierarchy import Hierarchy
from trustkit.app.issue_desk import CertificateDesk
from trustkit.app.keys import KeyName, Keys
from trustkit.app.ocsp_certificates import renew_responder
from trustkit.app.revocations import resume, suspend
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import FixedClock
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import ocsp_answers
from trustkit.store.schema import certificates
from trustkit.x509.crl import parse_crl
from trustkit.x509.ocsp_cert_id import make_cert_id
from trustkit.x509.ocsp_request import build_ocsp_request
from trustkit.x509.ocsp_response import CertStatus, parse_ocsp_response
from trustkit.x509.ocsp_verify import VerifiedOcspAnswer, require_nonce, verify_ocsp_answer, verify_ocsp_response
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus
from verifier.ocsp_evidence import ask_responder

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from trustkit.app.authority import Authority
    from trustkit.x509.certificate import Certificate

POST = {"content-type": "application/ocsp-request"}
TRY_LATER = bytes.fromhex("30030a0103")
UNAUTHORIZED = bytes.fromhex("30030a0106")


@pytest.fixture
def keys(authority: Authority) -> Keys:
    return authority.unlock(passphrase())


def ask(authority: Authority, *, serial: int | None = None, nonce: bytes | None = None) -> bytes:
    issuing = authority.certificate(KeyName.ISSUING)
    number = authority.certificate(KeyName.SEAL).serial if serial is None else serial
    wanted = make_cert_id(issuing.subject_der, issuing.public_key, number, DigestAlgorithm.SM3)
    return build_ocsp_request((wanted,), nonce=nonce)


def proved(
    authority: Authority, octets: bytes, *, at: datetime | None = None, nonce: bytes | None = None
) -> VerifiedOcspAnswer:
    moment = at or authority.clock.now()
    if nonce is not None:
        require_nonce(parse_ocsp_response(octets), nonce)
    response = verify_ocsp_response(
        parse_ocsp_response(octets),
        authority.certificate(KeyName.ISSUING),
        at=moment,
        standing=lambda _: RevocationStatus(state=RevocationState.UNKNOWN, detail=""),
    )
    return verify_ocsp_answer(response, authority.certificate(KeyName.SEAL), at=moment)


def test_certificates_say_where_to_ask(authority: Authority) -> None:
    url = f"{authority.settings.server.base_url}/v1/ocsp"
    assert authority.certificate(KeyName.SEAL).aia.ocsp_urls == (url,)
    for name in (KeyName.ROOT, KeyName.ISSUING, KeyName.OCSP):
        assert authority.certificate(name).aia.ocsp_urls == ()


def test_good_then_revoked_at_both_doors(authority: Authority, keys: Keys) -> None:
    keyless, keyed = Visitor(application(authority)), Visitor(ca_application(authority, keys))
    nonce = b"0123456789abcdef0123456789abcdef"
    path = f"/v1/ocsp/{quote(base64.b64encode(ask(authority)), safe='')}"
    for _ in range(2):  # from the store, then from memory
        assert proved(authority, keyless.get(path).content).status is CertStatus.GOOD
        live = keyed.post("/v1/ocsp", content=ask(authority, nonce=nonce), headers=POST).content
        assert proved(authority, live, nonce=nonce).status is CertStatus.GOOD
        assert parse_ocsp_response(live).nonce == nonce
    old = keyless.get(path).content
    serial = authority.certificate(KeyName.SEAL).serial
    authority.revoke_certificate(keys, f"{serial:x}", reason="keyCompromise")
    for octets in (keyless.get(path).content, keyed.post("/v1/ocsp", content=ask(authority), headers=POST).content):
        found = proved(authority, octets)
        assert (found.status, found.answer.reason) == (CertStatus.REVOKED, RevocationReason.KEY_COMPROMISE)
    with authority.database.reading() as unit:
        told = trail.list_events(unit, type=EventType.OCSP_PUBLISHED)
    assert dict(told[-1].facts)["revoked"] == 1
    # Answers from before, played again: a prepared one is believed until it ends, a live one by nobody who asks for himself.
    assert proved(authority, old, nonce=nonce).status is CertStatus.GOOD
    with pytest.raises(TrustError) as caught:
        proved(authority, live, nonce=bytes(32))
    assert caught.value.code is ErrorCode.OCSP_NONCE
    with pytest.raises(TrustError) as caught:
        proved(authority, old, at=authority.clock.now() + timedelta(hours=25))
    assert caught.value.code is ErrorCode.OCSP_EXPIRED


@dataclass
class Wire:
    """The network of our verifier, with one of our doors at the other end."""

    visitor: Visitor
    drawn: bytes = bytes(range(32))
    replay: bytes = b""

    def fetch(self, uri: str) -> bytes:
        raise AssertionError(uri)

    def post(self, uri: str, body: bytes, *, media_type: str) -> bytes:
        found = self.visitor.post(urlsplit(uri).path, content=body, headers={"content-type": media_type})
        return self.replay or found.content

    def nonce(self, question: str) -> bytes:
        assert question
        return self.drawn


def test_our_verifier_asks_both_doors_with_a_nonce(authority: Authority, keys: Keys) -> None:
    """The process with keys repeats it, the one without hands out what is prepared; what was answered to another is refused."""
    seal, issuing = authority.certificate(KeyName.SEAL), authority.certificate(KeyName.ISSUING)
    keyed, keyless = Wire(Visitor(ca_application(authority, keys))), Wire(Visitor(application(authority)))
    live = ask_responder(keyed, seal, issuing)
    assert live.nonce == keyed.drawn
    assert live.answers[0].status is CertStatus.GOOD
    assert ask_responder(keyless, seal, issuing).nonce is None
    body = keyed.visitor.post("/v1/ocsp", content=ask(authority, nonce=bytes(32)), headers=POST).content
    for wire in (replace(keyed, replay=body), replace(keyless, replay=body)):
        with pytest.raises(TrustError) as caught:
            ask_responder(wire, seal, issuing)
        assert caught.value.code is ErrorCode.OCSP_NONCE


def test_serials_nobody_issued(authority: Authority, keys: Keys) -> None:
    keyless, keyed = Visitor(application(authority)), Visitor(ca_application(authority, keys))
    request = ask(authority, serial=4711)
    assert keyless.post("/v1/ocsp", content=request, headers=POST).content == UNAUTHORIZED
    live = keyed.post("/v1/ocsp", content=request, headers=POST).content
    assert parse_ocsp_response(live).answers[0].status is CertStatus.UNKNOWN
    publication = replace(authority.settings.publication, ocsp_unissued="revoked")
    authority.settings = replace(authority.settings, publication=publication)
    strict = Visitor(ca_application(authority, keys))
    answer = parse_ocsp_response(strict.post("/v1/ocsp", content=request, headers=POST).content)
    assert (answer.answers[0].status, answer.extended_revoke) == (CertStatus.REVOKED, True)


def test_a_revocation_nobody_signed_about_is_not_good(authority: Authority, keys: Keys) -> None:
    keyless = Visitor(application(authority))
    request = ask(authority)
    assert proved(authority, keyless.post("/v1/ocsp", content=request, headers=POST).content).status is CertStatus.GOOD
    serial = authority.certificate(KeyName.SEAL).serial
    authority.revocation(keys, "issuing").revoke(f"{serial:x}", reason="superseded", actor=authority.operator)
    assert keyless.post("/v1/ocsp", content=request, headers=POST).content == TRY_LATER
    authority.publish(keys, only_due=True)
    found = proved(authority, keyless.post("/v1/ocsp", content=request, headers=POST).content)
    assert found.answer.reason is RevocationReason.SUPERSEDED


def test_a_suspension_is_told_and_taken_back(authority: Authority, keys: Keys) -> None:
    keyless, keyed = Visitor(application(authority)), Visitor(ca_application(authority, keys))
    serial, request = f"{authority.certificate(KeyName.SEAL).serial:x}", ask(authority)

    def told(visitor: Visitor) -> VerifiedOcspAnswer:
        return proved(authority, visitor.post("/v1/ocsp", content=request, headers=POST).content)

    suspend(authority, keys, serial, actor=authority.operator)
    for visitor in (keyless, keyed):
        held = told(visitor)
        assert (held.status, held.answer.reason) == (CertStatus.REVOKED, RevocationReason.CERTIFICATE_HOLD)
    resume(authority, keys, serial, actor=authority.operator)
    for visitor in (keyless, keyed):
        assert told(visitor).status is CertStatus.GOOD


def test_an_authority_made_later_has_a_responder_of_its_own(authority: Authority, keys: Keys) -> None:
    hierarchy = Hierarchy(home=authority)
    subject = {"O": "示范局", "CN": "示范 TLS"}
    own = hierarchy.create(
        hierarchy.plan("tls", parent="root", profile="subordinate-ca", kind="ecdsa-p256", subject=subject), keys
    )
    desk = CertificateDesk(home=authority)
    (leaf,) = desk.issue((desk.plan(make_request("a.example.cn"), profile="tls-server", ca="tls", days=30),), keys)
    assert leaf.aia.ocsp_urls == (f"{authority.settings.server.base_url}/v1/ocsp",)
    asked = build_ocsp_request((make_cert_id(own.subject_der, own.public_key, leaf.serial, DigestAlgorithm.SHA1),))
    keyless, keyed = Visitor(application(authority)), Visitor(ca_application(authority, keys))

    def answer(visitor: Visitor) -> VerifiedOcspAnswer:
        octets = visitor.post("/v1/ocsp", content=asked, headers=POST).content
        moment = authority.clock.now()
        nobody = RevocationStatus(state=RevocationState.UNKNOWN, detail="")
        response = verify_ocsp_response(parse_ocsp_response(octets), own, at=moment, standing=lambda _: nobody)
        return verify_ocsp_answer(response, leaf, at=moment)

    authority.publish(keys, only_due=True)
    assert answer(keyless).status is answer(keyed).status is CertStatus.GOOD
    assert answer(keyed).response.responder.public_key.kind is own.public_key.kind
    authority.revoke_certificate(keys, f"{leaf.serial:x}", reason="superseded")
    for visitor in (keyless, keyed):
        assert answer(visitor).answer.reason is RevocationReason.SUPERSEDED
    found = proved(authority, keyed.post("/v1/ocsp", content=ask(authority), headers=POST).content)
    assert found.status is CertStatus.GOOD  # the issuing CA's own responder answers as before
    assert found.response.responder == authority.certificate(KeyName.OCSP)
    before = answer(keyed).response.responder
    authority.clock = FixedClock(before.not_after - timedelta(days=29))
    authority.publish(keys, only_due=True)
    renewed = authority.authorities.responder("tls")
    assert renewed is not None
    assert renewed[1] != before
    authority.clock = FixedClock(before.not_after - timedelta(days=28))
    (new, *_) = hierarchy.renew(hierarchy.plan_renewal("tls", new_key=True), keys)
    after = authority.authorities.responder("tls")
    assert after is not None
    assert after[1].authority_key_id == new.subject_key_id


def rekeyed(authority: Authority, keys: Keys, name: str) -> tuple[tuple[Certificate, Certificate], ...]:
    """Give an authority a new key; return (its certificate, a certificate by it) of the old key and of the new one."""
    desk, hierarchy = CertificateDesk(home=authority), Hierarchy(home=authority)
    found = []
    for host in ("old.example.cn", "new.example.cn"):
        (leaf,) = desk.issue((desk.plan(make_request(host), profile="tls-server", ca=name, days=30),), keys)
        found.append((authority.authorities.certificate(name), leaf))
        if host == "old.example.cn":
            hierarchy.renew(hierarchy.plan_renewal(name, new_key=True), keys)
    authority.publish(keys, only_due=True)
    return tuple(found)


def answered(authority: Authority, visitor: Visitor, by: Certificate, leaf: Certificate) -> VerifiedOcspAnswer:
    wanted = make_cert_id(by.subject_der, by.public_key, leaf.serial, DigestAlgorithm.SHA1)
    octets = visitor.post("/v1/ocsp", content=build_ocsp_request((wanted,)), headers=POST).content
    nobody = RevocationStatus(state=RevocationState.UNKNOWN, detail="")
    moment = authority.clock.now()
    response = verify_ocsp_response(parse_ocsp_response(octets), by, at=moment, standing=lambda _: nobody)
    return verify_ocsp_answer(response, leaf, at=moment)


@pytest.mark.parametrize("name", ["issuing", "tls"])
def test_after_a_new_key_certificates_of_either_key_are_answered_for(
    authority: Authority, keys: Keys, name: str
) -> None:
    if name == "tls":
        hierarchy, subject = Hierarchy(home=authority), {"O": "示范局", "CN": "示范 TLS"}
        plan = hierarchy.plan("tls", parent="root", profile="subordinate-ca", kind="ecdsa-p256", subject=subject)
        hierarchy.create(plan, keys)
    (old, first), (new, second) = rekeyed(authority, keys, name)
    assert old.spki != new.spki
    doors = Visitor(application(authority)), Visitor(ca_application(authority, keys))
    for visitor in doors:
        for by, leaf in ((old, first), (new, second)):
            found = answered(authority, visitor, by, leaf)
            assert found.status is CertStatus.GOOD
            assert found.response.responder.authority_key_id == by.subject_key_id
    # What one key never issued is not good under it, whatever the other did.
    for by, leaf in ((old, second), (new, first)):
        wanted = build_ocsp_request((make_cert_id(by.subject_der, by.public_key, leaf.serial, DigestAlgorithm.SM3),))
        assert doors[0].post("/v1/ocsp", content=wanted, headers=POST).content == UNAUTHORIZED
        live = parse_ocsp_response(doors[1].post("/v1/ocsp", content=wanted, headers=POST).content)
        assert live.answers[0].status is CertStatus.UNKNOWN
    for _, leaf in ((old, first), (new, second)):
        authority.revoke_certificate(keys, f"{leaf.serial:x}", reason="superseded")
    for visitor in doors:
        for by, leaf in ((old, first), (new, second)):
            assert answered(authority, visitor, by, leaf).answer.reason is RevocationReason.SUPERSEDED
    # Neither disturbs the other.
    assert not [line for line in authority.publish(keys, only_due=True) if line.kind == "ocsp"]


def test_what_an_earlier_trustkit_issued_beside_this_one_is_answered_for(authority: Authority, keys: Keys) -> None:
    pairs = rekeyed(authority, keys, "issuing")
    with authority.database.unit_of_work() as uow:
        uow.write(update(certificates).values(authority_key=None))  # a row of before does not say by which key
    keyless = Visitor(application(authority))
    with pytest.raises(TrustError):
        answered(authority, keyless, *pairs[0])
    authority.publish(keys, only_due=True)
    for by, leaf in pairs:
        for visitor in (keyless, Visitor(ca_application(authority, keys))):
            assert answered(authority, visitor, by, leaf).status is CertStatus.GOOD


def test_the_responder_of_an_earlier_key_is_renewed_until_that_key_is_revoked(authority: Authority, keys: Keys) -> None:
    (old, first), (new, _) = rekeyed(authority, keys, "issuing")
    before = authority.authorities.responder("issuing", under=old)
    assert before is not None
    authority.clock = FixedClock(before[1].not_after - timedelta(days=29))
    authority.publish(keys, only_due=True)
    after = authority.authorities.responder("issuing", under=old)
    assert after is not None
    assert after[1].serial != before[1].serial
    assert authority.certificate(KeyName.OCSP).authority_key_id == new.subject_key_id
    assert first.authority_key_id == after[1].authority_key_id
    authority.revoke_certificate(keys, f"{old.serial:x}", reason="keyCompromise")
    authority.clock = FixedClock(after[1].not_after - timedelta(days=1))
    authority.publish(keys, only_due=True)
    assert authority.authorities.responder("issuing", under=old) == after


@pytest.mark.parametrize("broken", ["answer", "list"])
def test_what_cannot_be_signed_keeps_nothing_else_of_a_revocation_back(
    authority: Authority, keys: Keys, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    hierarchy, desk = Hierarchy(home=authority), CertificateDesk(home=authority)
    subject = {"O": "示范局", "CN": "示范 TLS"}
    plan = hierarchy.plan("tls", parent="root", profile="subordinate-ca", kind="ecdsa-p256", subject=subject)
    hierarchy.create(plan, keys)
    request, names = make_request("a.example.cn"), ("issuing", "tls")
    leaves = [desk.issue((desk.plan(request, profile="tls-server", ca=ca, days=30),), keys)[0] for ca in names]
    authority.publish(keys)

    def fail(*_: object) -> None:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the token is out")

    prepare, publish = OcspResponder.prepare, ListPublisher.publish_changes
    if broken == "answer":
        monkeypatch.setattr(
            OcspResponder,
            "prepare",
            lambda own, word, *, at: fail() if own.authority.name == "issuing" else prepare(own, word, at=at),
        )
    else:
        monkeypatch.setattr(
            ListPublisher,
            "publish_changes",
            lambda own, *args: fail() if own.builder.name == "issuing" else publish(own, *args),
        )
    with pytest.raises(TrustError) as caught:
        authority.revoke_certificate(keys, f"{leaves[0].serial:x}", reason="keyCompromise")
    assert caught.value.code is ErrorCode.SIGNING_FAILED
    with authority.database.reading() as unit:
        answers = [ocsp_answers.find_standing(unit, f"{leaf.serial:x}") for leaf in leaves]
        lists = [parse_crl(latest_list(unit, name)[1]) for name in names]
    told = [standing is not None and standing.answer is not None for standing in answers]
    listed = [crl.revoked_entry(leaf.serial) is not None for crl, leaf in zip(lists, leaves, strict=True)]
    assert (told, listed) == (([False, True], [True, True]) if broken == "answer" else ([True, True], [False, True]))
    monkeypatch.undo()
    authority.publish(keys, only_due=True)  # makes up for the rest
    with authority.database.reading() as unit:
        standing = ocsp_answers.find_standing(unit, f"{leaves[0].serial:x}")
        assert parse_crl(latest_list(unit, "issuing")[1]).revoked_entry(leaves[0].serial) is not None
    assert standing is not None
    assert standing.answer is not None


@pytest.mark.interop
def test_openssl_believes_the_responder_of_either_key(authority: Authority, keys: Keys, tmp_path: Path) -> None:
    hierarchy = Hierarchy(home=authority)
    for name, parent, profile in (("web", None, "root"), ("tls", "web", "subordinate-ca")):
        subject = {"O": "示范局", "CN": f"示范 {name}"}
        hierarchy.create(hierarchy.plan(name, parent=parent, profile=profile, kind="ecdsa-p256", subject=subject), keys)
    root = authority.authorities.certificate("web")
    keyless = Visitor(application(authority))
    for number, (by, leaf) in enumerate(rekeyed(authority, keys, "tls")):
        files = {"root": root, "issuer": by, "leaf": leaf}
        for label, certificate in files.items():
            (tmp_path / f"{label}.pem").write_bytes(encode_pem("CERTIFICATE", certificate.der))
        wanted = make_cert_id(by.subject_der, by.public_key, leaf.serial, DigestAlgorithm.SHA1)
        octets = keyless.post("/v1/ocsp", content=build_ocsp_request((wanted,)), headers=POST).content
        (tmp_path / "answer.der").write_bytes(octets)
        command = (
            "openssl ocsp -respin answer.der -no_nonce -issuer issuer.pem -sha1 -cert leaf.pem -CAfile root.pem "
            "-verify_other issuer.pem"
        )
        done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
        assert "Response verify OK" in done.stderr, (number, done.stderr)
        assert "leaf.pem: good" in done.stdout


def test_the_responder_is_renewed_by_itself(authority: Authority, keys: Keys) -> None:
    first = authority.certificate(KeyName.OCSP)
    assert renew_responder(authority, keys) is None
    authority.clock = FixedClock(first.not_after - timedelta(days=29))
    authority.publish(keys, only_due=True)
    second = authority.certificate(KeyName.OCSP)
    assert second.serial != first.serial
    assert second.spki != first.spki
    answer = Visitor(application(authority)).post("/v1/ocsp", content=ask(authority), headers=POST).content
    assert proved(authority, answer).response.responder == second
    authority.clock = FixedClock(authority.certificate(KeyName.ISSUING).not_after + timedelta(days=1))
    assert renew_responder(authority, keys) is None
