"""ACME as a client meets it: the way to a certificate, and what a crash leaves (RFC 8555)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ca.acme.caa import CaaRecord
from tests.support.acme import AcmeClient, AcmeKey
from tests.support.authority import make_home, passphrase
from trustkit.app.hierarchy import Hierarchy
from trustkit.app.wiring import open_authority
from trustkit.clock import FixedClock, parse_rfc3339
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import acme_orders
from trustkit.store.acme_orders import AuthorizationState, OrderState

if TYPE_CHECKING:
    from pathlib import Path

    from ca.enrolment_port import Together, Wish
    from ca.order import CertificateOrder
    from trustkit.identity import Principal
    from trustkit.x509.certificate import Certificate
from tests.support.acme_world import World, acme_world, csr, make_request, opened, require_problem, world

__all__ = ["opened", "world"]


def test_the_way_to_a_certificate(world: World) -> None:
    client, order = world.client, world.ready("a.example.test", "*.b.example.test")
    assert client.post(order).json()["status"] == "ready"
    finalized = client.post(
        order + "/finalize", csr(make_request("*.b.example.test", "A.example.test", cn="a.example.test"))
    )
    assert finalized.json()["status"] == "valid", finalized.text
    chain = client.post(finalized.json()["certificate"])
    assert chain.headers["content-type"] == "application/pem-certificate-chain"
    certificates = x509.load_pem_x509_certificates(chain.content)
    assert len(certificates) == 2
    leaf, issuing = certificates
    leaf.verify_directly_issued_by(issuing)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    assert sorted(names) == ["*.b.example.test", "a.example.test"]
    again = client.post(order + "/finalize", csr(make_request("a.example.test")))
    require_problem(again, "orderNotReady", 403)
    account = client.post(client.kid).json()
    assert order in client.post(account["orders"]).json()["orders"]
    _judge_renewal(world, leaf)


def test_certificates_come_from_the_authority_of_the_settings(tmp_path: Path) -> None:
    """The authority's own keys are SM2; web servers get certificates that clients of today can check."""
    place = make_home(tmp_path / "home")
    with (place / "settings.toml").open("a", encoding="utf-8") as file:
        file.write('\n[acme]\nenabled = true\nauthority = "tls"\ndomains = ["example.test"]\n')
    with open_authority(place) as home:
        keys = home.unlock(passphrase())
        with pytest.raises(TrustError) as caught:
            acme_world(home, keys)
        assert caught.value.code is ErrorCode.CA_AUTHORITY_MISSING
        hierarchy = Hierarchy(home=home)
        subject = {"O": "示范局", "CN": "示范 TLS"}
        plan = hierarchy.plan("tls", parent="root", profile="subordinate-ca", kind="ecdsa-p256", subject=subject)
        authority = hierarchy.create(plan, keys)
        world = acme_world(home, keys)
        order = world.ready("a.example.test")
        finalized = world.client.post(order + "/finalize", csr(make_request("a.example.test")))
        assert finalized.json()["status"] == "valid", finalized.text
        leaf, issuer = x509.load_pem_x509_certificates(world.client.post(finalized.json()["certificate"]).content)
        assert issuer.public_bytes(Encoding.DER) == authority.der
        leaf.verify_directly_issued_by(issuer)
        told = {"certificate": encode_base64url(leaf.public_bytes(Encoding.DER))}
        assert world.client.post("/revoke-cert", told).status_code == 200
        crl = home.publications().crl("tls")
        assert crl is not None
        assert x509.load_der_x509_crl(crl).get_revoked_certificate_by_serial_number(leaf.serial_number) is not None


def _judge_renewal(world: World, leaf: x509.Certificate) -> None:
    identifier = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier or b""
    serial = leaf.serial_number.to_bytes(20, "big")
    place = f"/acme/renewal-info/{encode_base64url(identifier)}.{encode_base64url(serial)}"
    window = world.client.visitor.get(place)
    assert window.status_code == 200
    said = window.json()["suggestedWindow"]
    start, end = parse_rfc3339(said["start"]), parse_rfc3339(said["end"])
    assert leaf.not_valid_before_utc < start < end < leaf.not_valid_after_utc
    assert world.client.visitor.get("/acme/renewal-info/AA.AQ").status_code == 404
    assert world.client.visitor.get("/acme/renewal-info/x").status_code == 400


def test_a_wildcard_is_proved_by_dns_alone(world: World) -> None:
    answer = world.client.order("*.w.example.test")
    authorization = world.client.post(answer.json()["authorizations"][0]).json()
    assert [each["type"] for each in authorization["challenges"]] == ["dns-01"]
    assert authorization["wildcard"] is True


def test_a_key_changes_hands_and_the_old_one_is_out(world: World) -> None:
    client, new = world.client, AcmeKey()
    url = client.url("/key-change")

    def inner(key: AcmeKey, **payload: Any) -> dict[str, str]:
        body = {"account": client.kid, "oldKey": client.key.jwk, **payload}
        return key.sign({"alg": "ES256", "jwk": key.jwk, "url": url}, body)

    require_problem(client.post("/key-change", inner(new, account="https://elsewhere/")), "malformed", 400)
    require_problem(client.post("/key-change", inner(new, oldKey=new.jwk)), "malformed", 400)
    taken = client.post("/key-change", inner(world.newcomer().key))
    assert taken.status_code == 409
    assert client.post("/key-change", inner(new)).status_code == 200
    require_problem(client.post(client.kid), "malformed", 400)
    client.key = new
    assert client.post(client.kid).json()["status"] == "valid"


def test_revocation_by_account_by_key_and_by_nobody_else(world: World) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificates = []
    for name in ("a.example.test", "b.example.test"):
        order = world.ready(name)
        finalized = world.client.post(order + "/finalize", csr(make_request(name, key=key if name[0] == "a" else None)))
        certificates.append(
            x509.load_pem_x509_certificates(world.client.post(finalized.json()["certificate"]).content)[0]
        )
    first, second = ({"certificate": encode_base64url(each.public_bytes(Encoding.DER))} for each in certificates)
    other = world.newcomer()
    require_problem(other.post("/revoke-cert", first), "unauthorized", 403)
    require_problem(other.post("/revoke-cert", first, kid=None, jwk=other.key.jwk), "unauthorized", 403)
    require_problem(world.client.post("/revoke-cert", {**first, "reason": 2}), "badRevocationReason", 400)
    require_problem(world.client.post("/revoke-cert", {"certificate": "AAAA"}), "malformed", 400)
    holder = AcmeClient(world.client.visitor, world.client.base, key=AcmeKey(key))
    replace(world, client=other).ready(
        "a.example.test"
    )  # who has the name now may revoke, and knows nothing of the key
    require_problem(other.post("/revoke-cert", {**first, "reason": 1}), "badRevocationReason", 400)
    assert holder.post("/revoke-cert", {**first, "reason": 1}).status_code == 200
    require_problem(holder.post("/revoke-cert", first), "alreadyRevoked", 400)
    assert world.client.post("/revoke-cert", second).status_code == 200
    own = {"certificate": encode_base64url(world.home.publications().certificates()[1])}
    require_problem(world.client.post("/revoke-cert", own), "unauthorized", 403)


def test_a_closed_account_stays_closed(world: World) -> None:
    client = world.newcomer()
    assert client.post(client.kid, {"contact": ["mailto:b@example.test"]}).json()["contact"] == [
        "mailto:b@example.test"
    ]
    assert client.post(client.kid, {"status": "deactivated"}).json()["status"] == "deactivated"
    require_problem(client.post(client.kid), "unauthorized", 403)
    require_problem(client.register(), "unauthorized", 403)


def test_a_given_up_authorization_takes_the_order_with_it(world: World) -> None:
    answer = world.client.order("a.example.test")
    place = answer.json()["authorizations"][0]
    assert world.client.post(place, {"status": "deactivated"}).json()["status"] == "deactivated"
    assert world.client.post(answer.headers["location"]).json()["status"] == "invalid"


@dataclass(frozen=True, kw_only=True)
class _Dies:
    """Issues, and the process is gone before or after."""

    inner: Any
    after: bool

    @property
    def ca(self) -> str:
        return str(self.inner.ca)

    def order(self, wish: Wish) -> CertificateOrder:
        made: CertificateOrder = self.inner.order(wish)
        return made

    def issue(self, order: CertificateOrder, *, actor: Principal, together: Together) -> Certificate:
        if self.after:
            self.inner.issue(order, actor=actor, together=together)
        raise KeyboardInterrupt


@pytest.mark.parametrize("after", ["before", "after"])
def test_what_a_crash_leaves_is_gone_on_with_and_issues_once(
    world: World, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    order_url = world.ready("a.example.test")
    identifier = order_url.rsplit("/", 1)[1]
    account = world.accounts.find(world.client.kid.rsplit("/", 1)[1])
    dying = replace(world.service.orders, issues=_Dies(inner=world.service.orders.issues, after=after == "after"))
    with pytest.raises(KeyboardInterrupt):
        dying.finalize(account, dying.find(account, identifier), make_request("a.example.test"))
    state = world.client.post(order_url).json()["status"]
    assert state == ("valid" if after == "after" else "processing")
    assert world.service.orders.resume() == 0  # whoever claimed it may still be at it
    monkeypatch.setattr("ca.acme.orders.STUCK", timedelta(0))
    assert world.service.orders.resume() == (0 if after == "after" else 1)
    with world.home.database.reading() as unit:
        row = acme_orders.find(unit, identifier)
    assert row is not None
    assert row.state is OrderState.VALID
    assert world.client.post(order_url + "/certificate").status_code == 200
    assert world.service.orders.resume() == 0


@pytest.mark.parametrize("closed", ["account", "external"])
def test_nothing_is_issued_to_an_account_that_was_closed_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    service = world.service
    order_url = world.ready("a.example.test")
    identifier = order_url.rsplit("/", 1)[1]
    account = world.accounts.find(world.client.kid.rsplit("/", 1)[1])
    dying = replace(service.orders, issues=_Dies(inner=service.orders.issues, after=False))
    with pytest.raises(KeyboardInterrupt):
        dying.finalize(account, dying.find(account, identifier), make_request("a.example.test"))
    waiting = world.client.order("b.example.test").json()["authorizations"][0]
    challenge = world.client.post(waiting).json()["challenges"][-1]
    assert world.client.post(challenge["url"], {}).json()["status"] == "processing"
    if closed == "account":
        assert world.client.post(world.client.kid, {"status": "deactivated"}).status_code == 200
    else:
        assert account.external is not None
        world.accounts.revoke_external(account.external, actor=world.home.operator)
    monkeypatch.setattr("ca.acme.orders.STUCK", timedelta(0))
    assert service.orders.resume() == 1
    assert service.orders.resume() == 0
    with world.home.database.reading() as unit:
        row = acme_orders.find(unit, identifier)
    assert row is not None
    assert (row.state, row.serial) == (OrderState.INVALID, None)
    assert "unauthorized" in (row.problem or "")
    service.worker.work()
    with world.home.database.reading() as unit:
        authorization = acme_orders.find_authorization(unit, waiting.rsplit("/", 1)[1])
    assert authorization is not None
    assert authorization.state is AuthorizationState.INVALID  # without asking anybody's web server


def test_an_order_whose_zone_stays_silent_ends_with_its_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.client
    silent = world.ready("a.example.test")
    monkeypatch.setattr("ca.acme.orders.CAA_FRESH", timedelta(0))
    world.network.silent = True
    assert client.post(silent + "/finalize", csr(make_request("a.example.test"))).json()["status"] == "processing"
    orders = world.service.orders
    in_a_day, in_a_month = (FixedClock(world.home.clock.now() + timedelta(days=days)) for days in (1, 30))
    assert replace(orders, clock=in_a_day).resume() == 0
    assert client.post(silent).json()["status"] == "processing"
    assert replace(orders, clock=in_a_month).resume() == 1
    assert client.post(silent).json()["status"] == "invalid"


def test_caa_decides_before_a_name_is_proved_and_again_when_the_proof_is_old(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    zones, client = world.network.zones, world.client
    zones["example.test"] = (CaaRecord(flags=0, tag="issue", value=b"other.test"),)
    monkeypatch.setattr("ca.acme.worker.MAX_ATTEMPTS", 1)
    answer = client.order("a.example.test")
    world.prove(answer.json()["authorizations"][0])
    refused = client.post(answer.json()["authorizations"][0]).json()
    (challenge,) = [each for each in refused["challenges"] if "error" in each]
    assert (refused["status"], challenge["error"]["type"]) == ("invalid", "urn:ietf:params:acme:error:caa")
    zones["example.test"] = (CaaRecord(flags=0, tag="issue", value=b"ca.example.test"),)
    fresh, old, silent = (world.ready("a.example.test") for _ in range(3))
    zones["example.test"] = (CaaRecord(flags=0, tag="issue", value=b";"),)
    valid = client.post(fresh + "/finalize", csr(make_request("a.example.test")))
    assert valid.json()["status"] == "valid"  # the zone was asked a moment ago
    monkeypatch.setattr("ca.acme.orders.CAA_FRESH", timedelta(0))
    invalid = client.post(old + "/finalize", csr(make_request("a.example.test"))).json()
    assert (invalid["status"], invalid["error"]["type"]) == ("invalid", "urn:ietf:params:acme:error:caa")
    world.network.silent = True
    waits = client.post(silent + "/finalize", csr(make_request("a.example.test"))).json()
    assert waits["status"] == "processing"  # no answer is no permission, and no refusal
    world.network.silent, zones["example.test"] = False, ()
    monkeypatch.setattr("ca.acme.orders.STUCK", timedelta(0))
    assert world.service.orders.resume() == 1
    assert client.post(silent).json()["status"] == "valid"
    assert client.visitor.get("/acme/directory").json()["meta"]["caaIdentities"] == ["ca.example.test"]


def test_the_directory_says_what_there_is(world: World) -> None:
    body = world.client.visitor.get("/acme/directory").json()
    assert body["meta"]["externalAccountRequired"] is True
    assert body["newOrder"] == world.client.url("/new-order")
    assert world.client.visitor.get("/acme/new-nonce").status_code == 204
    assert world.client.visitor.get("/acme/new-order").status_code == 405
