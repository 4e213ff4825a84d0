"""Lists that tell a part: deltas, partitions, some reasons, several issuers; and who may sign them (RFC 5280 5.2, 6.3)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.pki import CA_USAGE, Member, PkiWorld
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import crl_build, oids
from trustkit.x509 import extensions as ext
from trustkit.x509.crl import CertificateList, parse_crl
from trustkit.x509.crl_delta import MAX_DELTAS
from trustkit.x509.distribution_point import ALL_REASONS, read_distribution_points, read_issuing_point
from trustkit.x509.list_proofs import ListProofs
from trustkit.x509.path import validate_path
from trustkit.x509.path_revocation import revocation_of_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus, revocation_from_crls

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate

NOW = PkiWorld.START
DAY = timedelta(days=1)
GOOD, REVOKED, UNKNOWN = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN
HOLD, SUPERSEDED = RevocationReason.CERTIFICATE_HOLD, RevocationReason.SUPERSEDED


def status_of(world: PkiWorld, member: Member, *crls: CertificateList, **how: Any) -> RevocationStatus:
    return revocation_from_crls(member.certificate, world.issuing.certificate, crls, **({"at": NOW} | how))


def delta(
    world: PkiWorld, listed: dict[Member, RevocationReason] | None = None, *, number: int = 2, base: int = 1, **how: Any
) -> CertificateList:
    by = how.get("by", world.issuing)
    signer = how.get("signer", by.signer)
    spec = crl_build.CrlSpec(
        suite=signer.suite,
        issuer_der=by.certificate.subject_der,
        this_update=how.get("this_update", NOW - timedelta(hours=1)),
        next_update=how.get("next_update", NOW + timedelta(hours=1)),
        number=number,
        base=base,
        authority_key_id=how.get("key_id", by.signer.public_key.identifier),
        extensions=how.get("extensions", ()),
        entries=tuple(
            crl_build.CrlEntry(serial=member.certificate.serial, revoked_at=NOW - 2 * timedelta(hours=1), reason=reason)
            for member, reason in (listed or {}).items()
        ),
    )
    tbs = crl_build.build_tbs_crl(spec)
    return parse_crl(crl_build.assemble_crl(tbs, signer.suite, signer.sign(tbs)))


def test_a_delta_brings_a_complete_list_up_to_date(world: PkiWorld) -> None:
    complete = world.crl()
    newly = delta(world, {world.signer: SUPERSEDED})
    assert status_of(world, world.signer, complete).state is GOOD
    revoked = status_of(world, world.signer, complete, newly)
    assert (revoked.state, revoked.reason, revoked.produced_at) == (REVOKED, SUPERSEDED, newly.this_update)
    assert status_of(world, world.tsa, complete, newly).produced_at == newly.this_update
    assert status_of(world, world.revoked, complete, newly).state is REVOKED
    assert newly.base_number == 1


def test_a_hold_is_lifted_by_a_delta(world: PkiWorld) -> None:
    held = world.crl(revoked={world.signer: HOLD})
    assert status_of(world, world.signer, held).state is REVOKED
    lifted = delta(world, {world.signer: RevocationReason.REMOVE_FROM_CRL})
    assert status_of(world, world.signer, held, lifted).state is GOOD


def test_a_stale_complete_list_with_a_fresh_delta_is_fresh(world: PkiWorld) -> None:
    stale = world.crl(this_update=NOW - 9 * DAY, next_update=NOW - DAY)
    assert status_of(world, world.signer, stale).state is UNKNOWN
    assert status_of(world, world.signer, stale, delta(world)).state is GOOD


def test_the_newest_delta_that_is_signed_decides(world: PkiWorld) -> None:
    complete = world.crl()
    first = delta(world, {world.signer: HOLD}, this_update=NOW - timedelta(hours=3))
    second = delta(world, {world.signer: RevocationReason.REMOVE_FROM_CRL}, number=3)
    forged = delta(world, {}, number=4, signer=world.tsa.signer, this_update=NOW)
    assert status_of(world, world.signer, complete, first, forged).reason is HOLD
    assert status_of(world, world.signer, complete, first, second, forged).state is GOOD


# A delta that is passed over: the complete list alone decides
UNFIT: list[tuple[str, dict[str, Any]]] = [
    ("begins later", {"base": 2, "number": 3}),
    ("not newer", {"number": 1}),
    ("out of date", {"next_update": NOW - timedelta(minutes=1)}),
    ("not issued yet", {"this_update": NOW + DAY, "next_update": NOW + 2 * DAY}),
    ("another key's", {"key_id": b"other"}),
    ("another scope", {"extensions": (ext.extension(oids.ISSUING_DISTRIBUTION_POINT, w.sequence(w.tlv(0x81, b"\xff")), critical=True),)}),
]  # fmt: skip


@pytest.mark.parametrize("how", [row[1] for row in UNFIT], ids=[row[0] for row in UNFIT])
def test_deltas_that_do_not_fit(world: PkiWorld, how: dict[str, Any]) -> None:
    unfit = delta(world, {world.signer: SUPERSEDED}, **how)
    assert status_of(world, world.signer, world.crl(), unfit).state is GOOD


@pytest.mark.parametrize("how", [row[1] for row in UNFIT], ids=[row[0] for row in UNFIT])
def test_a_heap_of_deltas_that_do_not_fit_hides_none_that_does(world: PkiWorld, how: dict[str, Any]) -> None:
    heap = [
        delta(world, signer=world.tsa.signer, **{"this_update": NOW - timedelta(minutes=2, seconds=n), **how})
        for n in range(70)
    ]
    true = delta(world, {world.signer: HOLD})
    assert status_of(world, world.signer, world.crl(), *heap, true).reason is HOLD


def test_a_heap_of_forged_deltas_leaves_it_open(world: PkiWorld) -> None:
    heap = [delta(world, number=n + 3, signer=world.tsa.signer, this_update=NOW) for n in range(MAX_DELTAS + 1)]
    status = status_of(world, world.signer, world.crl(), *heap, delta(world, {world.signer: HOLD}))
    assert (status.state, status.unread) == (UNKNOWN, True)
    assert status_of(world, world.revoked, world.crl(), *heap).state is REVOKED


def test_a_forged_delta_makes_no_old_list_newer_than_a_new_one(world: PkiWorld) -> None:
    old = world.crl(revoked={}, this_update=NOW - 5 * DAY)
    new = world.crl(revoked={world.signer: HOLD}, number=5, this_update=NOW - timedelta(hours=3))
    true = delta(world, this_update=NOW - 2 * DAY)
    forged = delta(world, number=3, signer=world.tsa.signer, this_update=NOW)
    for lists in ((old, new), (old, new, forged), (old, new, true, forged)):
        assert status_of(world, world.signer, *lists).reason is HOLD
    genuine = delta(world, number=3, this_update=NOW)  # the issuer's own word, and newer than the hold
    assert status_of(world, world.signer, old, new, genuine).state is GOOD


def test_a_delta_older_than_its_complete_list_is_read_with_it(world: PkiWorld) -> None:
    complete = world.crl(this_update=NOW - timedelta(minutes=5))
    other = world.crl(number=5, this_update=NOW - timedelta(minutes=20))
    assert status_of(world, world.signer, complete, other, delta(world, {world.signer: HOLD})).reason is HOLD


def test_a_delta_alone_proves_nothing(world: PkiWorld) -> None:
    status = status_of(world, world.signer, delta(world, {world.signer: SUPERSEDED}))
    assert status.state is UNKNOWN
    assert "is a delta" in status.detail


def issuing_point(*parts: bytes) -> tuple[bytes, ...]:
    return (ext.extension(oids.ISSUING_DISTRIBUTION_POINT, w.sequence(*parts), critical=True),)


def some_reasons(*numbers: int) -> bytes:
    return w.tlv(0x83, w.named_bits(*numbers)[2:])


def test_reasons_add_up(world: PkiWorld) -> None:
    keys = world.crl(more_extensions=issuing_point(some_reasons(1, 2, 8)))
    rest = world.crl(revoked={world.tsa: SUPERSEDED}, more_extensions=issuing_point(some_reasons(3, 4, 5, 6, 7)))
    for lists in ((keys,), (rest,), (keys, keys)):
        status = status_of(world, world.signer, *lists)
        assert (status.state, status.detail) == (UNKNOWN, "the lists at hand tell only some reasons")
    assert status_of(world, world.signer, keys, rest).state is GOOD
    assert status_of(world, world.tsa, keys, rest).reason is SUPERSEDED
    assert status_of(world, world.revoked, keys).state is REVOKED


def name_point(*parts: bytes) -> bytes:
    return ext.extension(oids.CRL_DISTRIBUTION_POINTS, w.sequence(w.sequence(*parts)))


def full_name(*names: bytes) -> bytes:
    return w.explicit(0, w.tlv(0xA0, b"".join(names)))


def directory(name: bytes) -> bytes:
    return w.explicit(4, name)


PART = w.sequence(w.oid(oids.COMMON_NAME), w.utf8_string("分区一"))
FOLDED = w.sequence(w.oid(oids.COMMON_NAME), w.tlv(0x1E, "分区一 ".encode("utf-16-be")))


@pytest.mark.parametrize(
    ("own", "state"),
    [
        (w.explicit(0, w.tlv(0xA1, PART)), GOOD),
        (w.explicit(0, w.tlv(0xA1, FOLDED)), GOOD),
        (w.explicit(0, w.tlv(0xA1, w.sequence(w.oid(oids.COMMON_NAME), w.utf8_string("分区二")))), UNKNOWN),
        (full_name(w.tlv(0x86, b"http://x/1"), w.tlv(0x86, b"http://x/2")), UNKNOWN),
    ],
)
def test_partitions_by_directory_name(world: PkiWorld, own: bytes, state: RevocationState) -> None:
    leaf = world.issue("分区用户", exact_extensions=(name_point(own),))
    part = world.crl(more_extensions=issuing_point(w.explicit(0, w.tlv(0xA1, PART))))
    assert status_of(world, leaf, part).state is state


def test_a_relative_name_is_the_issuers_and_one_more(world: PkiWorld) -> None:
    whole = world.issuing.certificate.subject_der
    inner = whole[2:] if whole[1] < 128 else whole[3:]
    leaf = world.issue(
        "分区用户", exact_extensions=(name_point(full_name(directory(w.sequence(inner, w.set_of(PART))))),)
    )
    part = world.crl(more_extensions=issuing_point(w.explicit(0, w.tlv(0xA1, PART))))
    assert status_of(world, leaf, part).state is GOOD


def indirect(by: Member, *entries: tuple[int, bytes | None], **how: Any) -> CertificateList:
    """Return an indirect list of serial numbers, each with the name its certificateIssuer gives, if it has one."""
    listed = []
    for serial, issuer in entries:
        own = b""
        if issuer is not None:
            own = w.sequence(ext.extension(oids.CERTIFICATE_ISSUER, w.sequence(directory(issuer)), critical=True))
        listed.append(w.sequence(w.integer(serial), w.time(NOW - DAY), own))
    suite = by.signer.suite
    tbs = w.sequence(
        w.integer(1), suite.algorithm_identifier(), by.certificate.subject_der, w.time(NOW - DAY), w.time(NOW + DAY),
        w.sequence(*listed) if listed else b"",
        w.explicit(0, w.sequence(*how.get("extensions", issuing_point(w.tlv(0x84, b"\xff"))))),
    )  # fmt: skip
    return parse_crl(w.sequence(tbs, suite.algorithm_identifier(), w.bit_string(by.signer.sign(tbs))))


@pytest.fixture(scope="module")
def teller(world: PkiWorld) -> Member:
    return world.issue("吊销发布者", issuer=world.root, usage=("cRLSign",))


@pytest.fixture(scope="module")
def told(world: PkiWorld, teller: Member) -> Member:
    """Somebody whose revocation another than the issuer tells."""
    point = name_point(w.tlv(0xA2, directory(teller.certificate.subject_der)))
    return world.issue("间接用户", more_extensions=(), exact_extensions=(point,))


def test_an_entry_belongs_to_the_issuer_named_last(world: PkiWorld, teller: Member, told: Member) -> None:
    serial, own = told.certificate.serial, world.issuing.certificate.subject_der
    other = world.root.certificate.subject_der
    rows: list[tuple[tuple[tuple[int, bytes | None], ...], RevocationState]] = [
        ((), GOOD),
        (((serial, None),), GOOD),  # the list's own issuer's certificate of that number
        (((serial, own),), REVOKED),
        (((1, own), (serial, None)), REVOKED),
        (((1, own), (2, other), (serial, None)), GOOD),
        (((serial, other), (serial, own)), REVOKED),
        (((serial, other), (1, own)), GOOD),
    ]
    for entries, state in rows:
        crl = indirect(teller, *entries)
        assert status_of(world, told, crl, signers=(teller.certificate,)).state is state
        assert status_of(world, told, crl).state is UNKNOWN  # nobody vouches for its signer


def test_an_indirect_list_counts_only_where_it_is_named(world: PkiWorld, teller: Member, told: Member) -> None:
    signers = (teller.certificate,)
    assert status_of(world, world.signer, indirect(teller), signers=signers).state is UNKNOWN
    plain = indirect(teller, extensions=issuing_point())
    status = status_of(world, told, plain, signers=signers)
    assert (status.state, "not indirect" in status.detail) == (UNKNOWN, True)
    own = status_of(world, told, world.crl())  # the issuer's own complete list counts for everybody
    assert own.state is GOOD


def test_an_issuer_without_a_directory_name_spoils_the_list(teller: Member, told: Member) -> None:
    name = ext.extension(oids.CERTIFICATE_ISSUER, w.sequence(w.tlv(0x86, b"http://x/")), critical=True)
    entry = w.sequence(w.integer(5), w.time(NOW - DAY), w.sequence(name))
    suite = teller.signer.suite
    tbs = w.sequence(
        w.integer(1), suite.algorithm_identifier(), teller.certificate.subject_der, w.time(NOW - DAY), w.time(NOW + DAY),
        w.sequence(entry), w.explicit(0, w.sequence(*issuing_point(w.tlv(0x84, b"\xff")))),
    )  # fmt: skip
    crl = parse_crl(w.sequence(tbs, suite.algorithm_identifier(), w.bit_string(teller.signer.sign(tbs))))
    with pytest.raises(TrustError) as caught:
        crl.revoked_entry(told.certificate.serial)
    assert caught.value.code is ErrorCode.CRL_SCOPE


# --- who may sign


def statuses(
    world: PkiWorld, leaf: Member, *crls: CertificateList, pool: tuple[Member, ...] = ()
) -> list[RevocationState]:
    certificates = (*world.pool, *(member.certificate for member in pool))
    path = validate_path(leaf.certificate, anchors=world.anchors, pool=certificates, at=NOW, purpose=Purpose.ANY)
    return [s.state for s in revocation_of_path(path, (*crls, world.crl(issuer=world.root)), at=NOW, pool=certificates)]


def test_a_signer_of_indirect_lists_leads_to_the_same_anchor(world: PkiWorld, teller: Member, told: Member) -> None:
    crl = indirect(teller)
    assert statuses(world, told, crl, pool=(teller,)) == [GOOD, GOOD]
    stranger = PkiWorld(organisation="外人")
    foreign = stranger.issue("x", issuer=stranger.root, subject_der=teller.certificate.subject_der, usage=("cRLSign",))
    assert statuses(world, told, indirect(foreign), pool=(foreign, stranger.root)) == [UNKNOWN, GOOD]


def test_a_signer_that_is_revoked_or_not_for_lists_tells_nothing(world: PkiWorld, teller: Member, told: Member) -> None:
    fallen = world.crl(issuer=world.root, revoked={teller: SUPERSEDED}, number=9, this_update=NOW - timedelta(hours=1))
    assert statuses(world, told, indirect(teller), fallen, pool=(teller,)) == [UNKNOWN, GOOD]
    name = teller.certificate.subject_der
    for how in ({"usage": ("digitalSignature",)}, {"exact_extensions": (ext.subject_key_identifier(b"x"),)}):
        powerless: Any = how
        other = world.issue("x", issuer=world.root, subject_der=name, **powerless)
        assert statuses(world, told, indirect(other), pool=(other,)) == [UNKNOWN, GOOD]


def test_who_is_revoked_cannot_speak_for_himself(world: PkiWorld) -> None:
    """A key for lists alone, under the issuing authority's name, whose list tells of itself."""
    name = world.issuing.certificate.subject_der
    lister = world.issue("x", subject_der=name, usage=("cRLSign",))
    its_own = world.crl(signer=lister.signer, revoked={}, number=9, this_update=NOW - timedelta(minutes=1))
    assert statuses(world, world.signer, its_own, pool=(lister,)) == [GOOD, GOOD]
    issuers = world.crl(revoked={lister: SUPERSEDED}, next_update=NOW + DAY)
    assert statuses(world, world.revoked, its_own, issuers, pool=(lister,)) == [GOOD, GOOD]  # not listed by the issuer
    stale = world.crl(revoked={lister: SUPERSEDED, world.signer: SUPERSEDED}, next_update=NOW - timedelta(hours=1))
    assert statuses(world, world.signer, its_own, stale, pool=(lister,)) == [REVOKED, GOOD]


def test_an_authority_cannot_be_cleared_by_whom_it_certified(world: PkiWorld) -> None:
    """A revoked authority certifies a signer of lists under its own issuer's name; its list forgets the revocation."""
    fallen = world.issue("失陷CA", issuer=world.root, ca=True, usage=CA_USAGE)
    accomplice = world.issue("x", issuer=fallen, subject_der=world.root.certificate.subject_der, usage=("cRLSign",))
    leaf = world.issue("叶", issuer=fallen)
    forged = world.crl(issuer=world.root, signer=accomplice.signer, revoked={}, number=99, this_update=NOW)
    path = validate_path(
        leaf.certificate, anchors=world.anchors, pool=(fallen.certificate,), at=NOW, purpose=Purpose.ANY
    )
    pool = (fallen.certificate, accomplice.certificate)
    found = revocation_of_path(path, (forged, world.crl(issuer=fallen)), at=NOW, pool=pool)
    assert [status.state for status in found] == [GOOD, UNKNOWN]
    true = world.crl(issuer=world.root, revoked={fallen: RevocationReason.CA_COMPROMISE})
    found = revocation_of_path(path, (forged, true, world.crl(issuer=fallen)), at=NOW, pool=pool)
    assert [status.state for status in found] == [UNKNOWN, REVOKED]  # nothing proves that its own list is older


def test_signatures_of_lists_are_checked_once_and_so_many(world: PkiWorld) -> None:
    proofs = ListProofs(limit=2)
    crl, signers = world.crl(), (world.root.certificate, world.issuing.certificate)
    for _ in range(3):
        assert proofs.signer(crl, signers) == world.issuing.certificate
    forged = world.crl(number=7, signer=world.tsa.signer)
    for _ in range(3):
        with pytest.raises(TrustError) as caught:
            proofs.signer(forged, signers)
        assert caught.value.code is ErrorCode.SIGNATURE_WRONG
    with pytest.raises(TrustError) as caught:
        proofs.signer(world.crl(number=8), signers)
    assert caught.value.code is ErrorCode.PATH_LIMIT
    for nobody in ((), (world.root.certificate,)):
        with pytest.raises(TrustError) as caught:
            proofs.signer(crl, nobody)
        assert caught.value.code is ErrorCode.CRL_SCOPE


# --- reading


BROKEN_POINTS: list[tuple[str, bytes]] = [
    ("not a sequence", b"\x04\x00"),
    ("trailing octets", w.sequence() + b"\x05\x00"),
    ("too many", w.sequence(*[w.sequence()] * 33)),
    ("unknown part", w.sequence(w.sequence(w.tlv(0x83, b"")))),
    ("a part twice", w.sequence(w.sequence(w.tlv(0x81, b"\x00\x40") * 2))),
    ("unknown name", w.sequence(w.sequence(w.explicit(0, w.tlv(0xA2, b""))))),
    ("two names", w.sequence(w.sequence(w.explicit(0, w.tlv(0xA0, b"") * 2)))),
    ("issuer without a directory name", w.sequence(w.sequence(w.tlv(0xA2, w.tlv(0x86, b"x"))))),
    ("reasons without octets", w.sequence(w.sequence(w.tlv(0x81, b"")))),
    ("reasons with nine unused bits", w.sequence(w.sequence(w.tlv(0x81, b"\x09\x40")))),
]


@pytest.mark.parametrize("value", [row[1] for row in BROKEN_POINTS], ids=[row[0] for row in BROKEN_POINTS])
def test_points_that_cannot_be_read(world: PkiWorld, value: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        read_distribution_points(value, world.root.certificate.subject_der)
    assert caught.value.code is ErrorCode.DER_MALFORMED
    leaf = world.issue("x", exact_extensions=(ext.extension(oids.CRL_DISTRIBUTION_POINTS, value),))
    assert status_of(world, leaf, world.crl()).state is GOOD  # the issuer's complete list counts all the same


def test_points_as_read(world: PkiWorld) -> None:
    issuer: Certificate = world.root.certificate
    url = w.tlv(0x86, b"http://x/1")
    value = w.sequence(w.sequence(full_name(url), w.tlv(0x81, w.named_bits(1, 6)[2:])), w.sequence())
    first, second = read_distribution_points(value, issuer.subject_der)
    assert (first.urls, first.issuers) == (("http://x/1",), ())
    assert set(first.reasons) == {1, 6}
    assert (second.names, second.reasons) == (None, ALL_REASONS)
    about = read_issuing_point(w.sequence(w.tlv(0x82, b"\xff"), some_reasons(1)), issuer.subject_der)
    assert about.only_authorities
    assert not about.only_users
    assert (about.reasons, about.names) == (frozenset({1}), None)
