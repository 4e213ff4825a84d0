"""Authorities beside those of `init`: made, renewed with either key, linked and cross-certified; requests served by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ca.enrolment_port import Wish
from tests.support.authority import passphrase
from tests.support.web import Visitor
from trustkit.app import revocations
from trustkit.app.ca_issuing import HomeIssues
from trustkit.app.hierarchy import CA_KEY_KINDS, Hierarchy
from trustkit.app.issue_desk import CertificateDesk
from trustkit.app.keys import KeyName, Keys
from trustkit.app.registration import RegistrationDesk
from trustkit.cms.bag import read_bag
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import authorities, certificates
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.certificate_signature import verify_certificate_signature
from trustkit.x509.crl import parse_crl, verify_crl
from trustkit.x509.general_name_build import alternative_names, dns_name
from trustkit.x509.request import parse_request, verify_request
from trustkit.x509.request_build import RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.authority import Authority
    from trustkit.error_family import Code
    from trustkit.x509.certificate import Certificate

SUBJECT = {"O": "示范局", "CN": "示范 CA"}


def keys_of(authority: Authority) -> Keys:
    return Keys(authority.settings.home, passphrase(), iterations=MIN_ITERATIONS)


def make(authority: Authority, name: str, *, parent: str | None, profile: str, kind: str = "ecdsa-p256") -> Certificate:
    hierarchy = Hierarchy(home=authority)
    subject = SUBJECT | {"CN": f"示范 {name}"}
    plan = hierarchy.plan(name, parent=parent, profile=profile, kind=kind, subject=subject)
    return hierarchy.create(plan, keys_of(authority))


def request(kind: KeyKind = KeyKind.EC_P256, *, name: str = "a.example.cn") -> bytes:
    key = generate_key(kind).signer()
    wish = (alternative_names((dns_name(name),)),)
    info = build_request_info(RequestSpec(subject_der=b"\x30\x00", spki=key.public_key.spki, extensions=wish))
    return assemble_request(info, key.suite, key.sign(info))


def test_a_hierarchy_of_three_levels_serves_requests(authority: Authority) -> None:
    root = make(authority, "web-root", parent=None, profile="root")
    middle = make(authority, "web-middle", parent="web-root", profile="intermediate")
    issuing = make(authority, "web-issuing", parent="web-middle", profile="subordinate-ca")
    for certificate, issuer in ((root, root), (middle, root), (issuing, middle)):
        verify_certificate_signature(certificate, issuer)
    desk = CertificateDesk(home=authority)
    plan = desk.plan(request(), profile="tls-server", ca="web-issuing", days=30)
    assert ("names", "a.example.cn") in plan.rows()
    (leaf,) = desk.issue((plan,), keys_of(authority))
    verify_certificate_signature(leaf, issuing)
    assert leaf.crl_urls == (f"{authority.settings.server.base_url}/v1/crls/web-issuing.crl",)
    crl = authority.publications().crl("web-issuing")
    assert crl is not None
    verify_crl(parse_crl(crl), issuing)
    tree = [(line.row.name, line.depth) for line in authority.register.authority_tree()]
    assert tree == [("root", 0), ("issuing", 1), ("web-root", 0), ("web-middle", 1), ("web-issuing", 2)]
    files = dict(authority.publications().files())
    assert files["web-issuing.cer"] == issuing.der


@pytest.mark.parametrize("kind", CA_KEY_KINDS)
def test_each_kind_of_key_makes_an_authority(authority: Authority, kind: str) -> None:
    certificate = make(authority, "other", parent=None, profile="root", kind=kind)
    assert certificate.public_key.kind is CA_KEY_KINDS[kind]
    verify_certificate_signature(certificate, certificate)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "Root"}, ErrorCode.USAGE),
        ({"name": "../x"}, ErrorCode.USAGE),
        ({"name": "x" * 32}, ErrorCode.USAGE),
        ({"name": "issuing"}, ErrorCode.CA_AUTHORITY_EXISTS),
        ({"parent": "nobody"}, ErrorCode.CA_AUTHORITY_MISSING),
        ({"parent": None}, ErrorCode.USAGE),
        ({"profile": "root"}, ErrorCode.USAGE),
        ({"profile": "seal"}, ErrorCode.USAGE),
        ({"profile": "../seal"}, ErrorCode.CA_PROFILE),
        ({"profile": "nothing"}, ErrorCode.CA_PROFILE),
        ({"kind": "dsa"}, ErrorCode.USAGE),
        ({"subject": {"CN": "x"}}, ErrorCode.CA_SUBJECT),
    ],
)
def test_what_cannot_be_an_authority_is_refused(authority: Authority, change: dict[str, object], code: Code) -> None:
    plan = {"name": "more", "parent": "root", "profile": "subordinate-ca", "kind": "sm2", "subject": SUBJECT} | change
    with pytest.raises(TrustError) as caught:
        Hierarchy(home=authority).plan(**plan)  # type: ignore[arg-type]
    assert caught.value.code is code


def test_an_authority_below_one_that_has_no_room_is_refused_by_the_lint(authority: Authority) -> None:
    with pytest.raises(TrustError) as caught:
        make(authority, "deep", parent="issuing", profile="subordinate-ca")
    assert caught.value.code is ErrorCode.CA_LINT
    assert "path-length" in caught.value.detail
    assert authority.authorities.find("deep") is None
    with pytest.raises(
        TrustError
    ) as caught:  # the home's own root has room for one level, and this profile wants another
        make(authority, "deep", parent="root", profile="intermediate")
    assert caught.value.code is ErrorCode.CA_LINT
    assert dict(caught.value.facts) == {"authority": "root", "allowed": 1, "needed": 2, "profile": "intermediate"}
    with authority.database.reading() as unit:
        assert authorities.find(unit, "deep") is None  # neither the name nor a key is left
    assert not list((authority.settings.home / "keys").glob("*deep*"))


def test_a_root_with_a_new_key_is_linked_both_ways(authority: Authority) -> None:
    hierarchy = Hierarchy(home=authority)
    old = authority.authorities.certificate("root")
    new, new_by_old, old_by_new = hierarchy.renew(hierarchy.plan_renewal("root", new_key=True), keys_of(authority))
    assert authority.authorities.certificate("root") == new
    assert new.spki != old.spki
    assert new.subject_der == old.subject_der
    for certificate, issuer in ((new, new), (new_by_old, old), (old_by_new, new)):
        verify_certificate_signature(certificate, issuer)
    assert (new_by_old.spki, old_by_new.spki) == (new.spki, old.spki)
    issuing = authority.authorities.certificate("issuing")
    verify_certificate_signature(issuing, old)
    crl = authority.publications().crl("root")
    assert crl is not None
    verify_crl(parse_crl(crl), new)


def test_an_issuing_authority_is_renewed_with_either_key_and_its_holders_keep_their_chain(authority: Authority) -> None:
    hierarchy = Hierarchy(home=authority)
    first = authority.authorities.certificate("issuing")
    root_plan = hierarchy.plan_renewal("root", new_key=False)
    hierarchy.renew(root_plan, keys_of(authority))
    (same,) = hierarchy.renew(hierarchy.plan_renewal("issuing", new_key=False), keys_of(authority))
    assert same.spki == first.spki
    visitor = Visitor.of(authority)
    alone = visitor.get("/v1/certificates/issuing.cer")
    assert (alone.content, alone.headers["content-type"]) == (same.der, "application/pkix-cert")
    (other,) = hierarchy.renew(hierarchy.plan_renewal("issuing", new_key=True), keys_of(authority))
    both = visitor.get(
        "/v1/certificates/issuing.cer"
    )  # what the earlier key certified names this address (RFC 5280 4.2.2.1)
    assert both.headers["content-type"] == "application/pkcs7-mime; smime-type=certs-only"
    assert set(read_bag(both.content).certificates) == {other.der, same.der}
    assert other.spki != first.spki
    seal = authority.certificate(KeyName.SEAL)
    assert authority.authorities.issuer_of(seal) == same
    verify_certificate_signature(seal, same)
    known = authority.publications().certificates()  # what the home verifies with: the holders of the old key too
    assert known[0] == authority.authorities.certificate("root").der
    assert {other.der, same.der} <= set(known)
    assert first.der not in known  # the same key has a newer one


def test_a_cross_certificate_bridges_two_hierarchies(authority: Authority) -> None:
    other = make(authority, "other", parent=None, profile="root")
    bridge = Hierarchy(home=authority).cross_certify("other", "root", keys_of(authority))
    verify_certificate_signature(bridge, authority.authorities.certificate("root"))
    assert (bridge.subject_der, bridge.spki) == (other.subject_der, other.spki)
    assert authority.authorities.certificate("other") == other
    with authority.database.reading() as unit:
        row = certificates.get(unit, certificates.serial_text(bridge.serial))
    assert (row.issuer, row.authority, row.role) == ("root", "other", "cross")


def test_requests_are_refused_before_any_key_is_asked_for(authority: Authority) -> None:
    desk = CertificateDesk(home=authority)
    rows: list[tuple[dict[str, object], Code]] = [
        ({"ca": "nobody"}, ErrorCode.CA_AUTHORITY_MISSING),
        ({"profile": "subordinate-ca", "subject": SUBJECT, "names": ["dns:a.cn"]}, ErrorCode.CA_ORDER),
        ({"names": ["phone:1"]}, ErrorCode.USAGE),
        ({"names": ["dns:a b"]}, ErrorCode.NAME_MALFORMED),
        ({"days": 398}, ErrorCode.CA_VALIDITY),
        ({"profile": "../tls-server"}, ErrorCode.CA_PROFILE),
    ]
    for change, code in rows:
        with pytest.raises(TrustError) as caught:
            desk.plan(request(), **({"profile": "tls-server", "ca": "issuing"} | change))  # type: ignore[arg-type]
        assert caught.value.code is code


def test_an_authority_that_was_revoked_gives_no_certificate_by_any_door(authority: Authority) -> None:
    keys, desk = keys_of(authority), CertificateDesk(home=authority)
    planned = desk.plan(request(), profile="tls-server", ca="issuing")
    wish = Wish(request=verify_request(parse_request(request())), profile="tls-server")
    doors = HomeIssues(home=authority, keys=keys, ca="issuing")
    serial = f"{authority.certificate(KeyName.ISSUING).serial:x}"
    authority.revoke_certificate(keys, serial, reason="cACompromise")
    acts: tuple[Callable[[], object], ...] = (
        lambda: desk.plan(request(), profile="tls-server", ca="issuing"),
        lambda: desk.issue((planned,), keys),
        lambda: doors.issue(doors.order(wish), actor=authority.operator, together=lambda _, __: None),
        lambda: RegistrationDesk(home=authority).certificate_work(keys),
    )
    for act in acts:
        with pytest.raises(TrustError) as caught:
            act()
        assert caught.value.code is ErrorCode.CA_ENDS_FIRST


def test_nothing_is_made_below_or_by_an_authority_that_was_revoked(authority: Authority) -> None:
    make(authority, "other", parent=None, profile="root")
    serial = certificates.serial_text(authority.authorities.certificate("issuing").serial)
    keys = keys_of(authority)
    authority.revoke_certificate(keys, serial, reason="cACompromise")
    hierarchy = Hierarchy(home=authority)
    for act in (
        lambda: hierarchy.plan("more", parent="issuing", profile="subordinate-ca", kind="sm2", subject=SUBJECT),
        lambda: hierarchy.cross_certify("other", "issuing", keys),
    ):
        with pytest.raises(TrustError) as caught:
            act()
        assert caught.value.code is ErrorCode.CA_ENDS_FIRST


def test_suspension_is_ended_or_made_final_and_nothing_else(authority: Authority) -> None:
    desk = CertificateDesk(home=authority)
    keys = keys_of(authority)
    (leaf,) = desk.issue((desk.plan(request(), profile="tls-server", ca="issuing"),), keys)
    serial = f"{leaf.serial:x}"

    def listed() -> bool:
        crl = authority.publications().crl("issuing")
        assert crl is not None
        return parse_crl(crl).revoked_entry(leaf.serial) is not None

    def refused(act: str, code: Code) -> None:
        with pytest.raises(TrustError) as caught:
            getattr(revocations, act)(authority, keys, serial, actor=authority.operator)
        assert caught.value.code is code

    refused("resume", ErrorCode.CA_STATE)
    revocations.suspend(authority, keys, serial, actor=authority.operator)
    assert listed()
    assert authority.register.show_certificate(serial).row.standing == "suspended"
    refused("suspend", ErrorCode.CA_STATE)
    revocations.resume(authority, keys, serial, actor=authority.operator)
    assert not listed()
    assert authority.register.show_certificate(serial).row.standing == "valid"
    revocations.suspend(authority, keys, serial, actor=authority.operator)
    authority.revoke_certificate(keys, serial, reason="superseded")
    assert listed()
    for act in ("resume", "suspend"):
        refused(act, ErrorCode.CA_SERIAL_REVOKED)
    assert parse_certificate(leaf.der) == leaf


def test_what_was_begun_is_gone_on_with_as_what_it_was_begun_alone(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise TrustError(ErrorCode.SIGNING_FAILED, "stopped")

    make(authority, "web", parent=None, profile="root")
    hierarchy = Hierarchy(home=authority)
    other = hierarchy.plan("begun", parent="web", profile="subordinate-ca", kind="sm2", subject=SUBJECT)
    with monkeypatch.context() as patch:
        patch.setattr(Hierarchy, "_issue", stop)
        with pytest.raises(TrustError, match="stopped"):
            make(authority, "begun", parent="root", profile="subordinate-ca")
    for parent, profile in (("web", "subordinate-ca"), (None, "root"), ("root", "intermediate")):
        with pytest.raises(TrustError) as caught:
            make(authority, "begun", parent=parent, profile=profile)
        assert caught.value.code is ErrorCode.CA_AUTHORITY_EXISTS
        assert dict(caught.value.facts) == {"name": "begun", "under": "root", "profile": "subordinate-ca"}
    with pytest.raises(TrustError) as caught:  # planned before the other was begun
        hierarchy.create(other, keys_of(authority))
    assert caught.value.code is ErrorCode.CA_AUTHORITY_EXISTS
    assert authority.authorities.find("begun") is None
    made = make(authority, "begun", parent="root", profile="subordinate-ca")
    verify_certificate_signature(made, authority.authorities.certificate("root"))
