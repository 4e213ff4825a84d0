"""What the worst chains cost, beside the 50 ms none may: processor time of judging path and revocation, nothing remembered.

    .venv/bin/python -m benchmarks.paths

Each row is one kind of hostile input, as large as the bounds let it be: meshes of cross-certificates, many authorities of one
name and key identifier, deep chains, policies that branch, lists of constraints against lists of names, forged and long
revocation lists, forged answers. Parsing is not counted: it grows with the octets sent and has limits of its own. A row over the limit is a
fault, and ends the program with status 1.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tests.support.alternative_names import subject_alternative_names
from tests.support.ocsp import answer
from tests.support.pki import CA_USAGE, Member, PkiWorld
from trustkit.crypto import public_key
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding import der_write as w
from trustkit.errors import TrustError
from trustkit.x509 import (
    certificate_signature,
    crl,
    crl_build,
    distribution_point,
    name,
    ocsp_verify,
    oids,
    policy_values,
)
from trustkit.x509 import extensions as ext
from trustkit.x509.ocsp_response import parse_ocsp_response
from trustkit.x509.path import validate_path
from trustkit.x509.path_policy import ANY_POLICY_WILL_DO, PolicyDemand
from trustkit.x509.path_revocation import revocation_of_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.revocation_ocsp import MAX_RESPONSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.ocsp_response import OcspResponse

LIMIT_MS: Final = 50.0
ROUNDS: Final = 7
REMEMBERED: Final = (
    certificate_signature._prove,  # noqa: SLF001 - what was proved before is what a first meeting does not have
    ocsp_verify._prove,  # noqa: SLF001 - as above
    crl._proved,  # noqa: SLF001 - as above
    distribution_point.read_distribution_points,
    distribution_point.read_issuing_point,
    name.folded_name,
    oids.dotted,
    policy_values.read_certificate_policies,
    policy_values.read_policy_mappings,
    public_key._parse,  # noqa: SLF001 - as above
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What somebody hands in to be judged."""

    name: str
    leaf: Certificate
    pool: tuple[Certificate, ...]
    crls: tuple[CertificateList, ...] = ()
    answers: tuple[OcspResponse, ...] = ()
    demand: PolicyDemand = ANY_POLICY_WILL_DO


def authority(
    world: PkiWorld,
    cn: str,
    issuer: Member,
    *,
    of: Member | None = None,
    more: tuple[bytes, ...] = (),
    kind: KeyKind | None = None,
) -> Member:
    """Return an authority under another; a further certificate of the authority `of`, where that is given."""
    subject, signer = (None, None) if of is None else (of.certificate.subject_der, of.signer)
    return world.issue(
        cn, issuer=issuer, ca=True, usage=CA_USAGE, subject_der=subject, signer=signer, more_extensions=more, kind=kind
    )


def mesh(world: PkiWorld, size: int) -> Attack:
    """Authorities that all certify each other, none of them under the anchor."""
    members = [world.issue(f"网{n}", self_signed=True, ca=True, usage=CA_USAGE) for n in range(size)]
    crossed = [authority(world, "x", by, of=of).certificate for of in members for by in members if of is not by]
    return Attack(
        name=f"mesh of {size} authorities", leaf=world.issue("叶", issuer=members[0]).certificate, pool=tuple(crossed)
    )


def anchored_mesh(world: PkiWorld, size: int) -> Attack:
    """The same, all under the anchor, with a leaf that breaks a rule on every way: each is judged to its end."""
    members = [authority(world, f"锚网{n}", world.root) for n in range(size)]
    pool = [member.certificate for member in members]
    pool += [authority(world, "x", by, of=of).certificate for of in members for by in members if of is not by]
    leaf = world.issue("叶", issuer=members[0]).certificate
    demand = PolicyDemand(acceptable=frozenset({"1.2.3"}), explicit=True)
    return Attack(name=f"mesh of {size} under the anchor, no way good", leaf=leaf, pool=tuple(pool), demand=demand)


def namesakes(world: PkiWorld, count: int, kind: KeyKind, like: Member | None = None) -> Attack:
    """Authorities of one name and one key identifier, none of which signed the leaf."""
    subject = world.name("重名CA") if like is None else like.certificate.subject_der
    identifier = b"same" if like is None else like.signer.public_key.identifier
    keys = (ext.subject_key_identifier(identifier), ext.basic_constraints(ca=True), ext.key_usage(CA_USAGE))
    signers = [generate_key(kind).signer() for _ in range(count)]
    crowd = [
        world.issue("x", self_signed=True, subject_der=subject, signer=signer, exact_extensions=keys).certificate
        for signer in signers
    ]
    true = world.issue("x", self_signed=True, subject_der=subject, kind=kind, ca=True, usage=CA_USAGE)
    own = (ext.authority_key_identifier(b"same"),)
    leaf = world.issue("叶", issuer=true, kind=kind, exact_extensions=own).certificate
    return Attack(name=f"{count} namesakes ({kind.value})", leaf=leaf, pool=tuple(crowd))


def names(world: PkiWorld, attributes: int) -> Attack:
    """A thousand helper certificates, each of a name of its own with many attributes."""
    crowd = [
        world.issue(
            "x",
            signer=world.signer.signer,
            subject_der=w.sequence(
                *(w.set_of(w.sequence(w.oid(oids.UNIT), w.utf8_string(f"{n} {a}"))) for a in range(attributes))
            ),
        ).certificate
        for n in range(1000)
    ]
    leaf = world.issue("叶", issuer_der=world.name("无人")).certificate
    return Attack(name=f"1000 names of {attributes} attributes", leaf=leaf, pool=tuple(crowd))


def deep(world: PkiWorld, title: str, leaf: tuple[bytes, ...], *above: bytes) -> Attack:
    """A chain of eight authorities with these extensions, and two certificates of each: as many ways as are looked at."""
    last, pool = world.root, []
    for depth in range(8):
        first = authority(world, f"{title}{depth}", last, more=above)
        pool += [first.certificate, authority(world, "x", last, of=first, more=above).certificate]
        last = first
    return Attack(name=title, leaf=world.issue("叶", issuer=last, more_extensions=leaf).certificate, pool=tuple(pool))


def policies(world: PkiWorld) -> Attack:
    """As many policies as an extension may hold, each mapped to two others, at every depth."""
    each = [f"1.2.156.77.{n}" for n in range(policy_values.MAX_POLICIES)]
    pairs = [(p, q) for n, p in enumerate(each) for q in (each[n], each[(n + 1) % len(each)])]
    mappings = ext.extension(oids.POLICY_MAPPINGS, w.sequence(*(w.sequence(w.oid(a), w.oid(b)) for a, b in pairs)))
    named = ext.certificate_policies(each)
    attack = deep(world, "policies that branch at eight depths", (named,), named, mappings)
    return Attack(
        name=attack.name,
        leaf=attack.leaf,
        pool=attack.pool,
        demand=PolicyDemand(acceptable=frozenset({"1.2.3"}), explicit=True),
    )


def constraints(world: PkiWorld) -> Attack:
    """Five hundred excluded subtrees at every depth against a thousand names."""
    bases = [w.sequence(w.tlv(0x82, f"d{n}.a.b.c.d.e.example".encode())) for n in range(500)]
    extension = ext.extension(oids.NAME_CONSTRAINTS, w.sequence(w.tlv(0xA1, b"".join(bases))), critical=True)
    many = subject_alternative_names(dns=[f"n{n}.a.b.c.d.e.f.g.test" for n in range(1000)])
    return deep(world, "500 subtrees at eight depths, 1000 names", (many,), extension)


def few_constraints(world: PkiWorld) -> Attack:
    """A few subtrees at every depth, against as many names as the work allows."""
    base = w.sequence(w.tlv(0x82, b"gov.example"))
    extension = ext.extension(oids.NAME_CONSTRAINTS, w.sequence(w.tlv(0xA1, base)), critical=True)
    many = subject_alternative_names(dns=[f"n{n}.a.b.c.d.e.f.g.test" for n in range(600)])
    return deep(world, "one subtree at eight depths, 600 names", (many,), extension)


def forged_lists(world: PkiWorld) -> Attack:
    """Lists under the issuer's name that others signed, newer than the true one."""
    lists = [
        world.crl(signer=world.tsa.signer, number=n, this_update=world.START - timedelta(minutes=n)) for n in range(90)
    ]
    return Attack(
        name="90 forged lists",
        leaf=world.signer.certificate,
        pool=world.pool,
        crls=(*lists, world.crl(issuer=world.root)),
    )


def forged_answers(world: PkiWorld, kind: KeyKind) -> Attack:
    """OCSP answers under the name of each authority of a deep chain, as many as are looked at, signed by somebody else."""
    forger = generate_key(kind).signer()
    above, pool, answers = world.root, [], []
    for depth in range(7):
        member = authority(world, f"层{depth}", above, kind=kind)
        forged = Member(above.certificate, forger)
        for age in range(MAX_RESPONSES):
            moment = world.START - timedelta(minutes=age)
            octets = answer(world, member, issuer=above, by=forged, by_name=True, this_update=moment, certificates=())
            answers.append(parse_ocsp_response(octets))
        pool.append(member.certificate)
        above = member
    leaf = world.issue("叶", issuer=above).certificate
    return Attack(
        name=f"{len(answers)} forged answers ({kind.value})", leaf=leaf, pool=tuple(pool), answers=tuple(answers)
    )


def long_list(world: PkiWorld, entries: int) -> Attack:
    """A true list of some thousand entries, looked into for the first time."""
    listed = tuple(crl_build.CrlEntry(serial=n + 1, revoked_at=world.START - timedelta(days=3)) for n in range(entries))
    by = world.issuing
    spec = crl_build.CrlSpec(
        suite=by.signer.suite, issuer_der=by.certificate.subject_der, this_update=world.START - timedelta(days=1),
        next_update=world.START + timedelta(days=1), number=1, authority_key_id=by.signer.public_key.identifier, entries=listed,
    )  # fmt: skip
    tbs = crl_build.build_tbs_crl(spec)
    octets = crl_build.assemble_crl(tbs, by.signer.suite, by.signer.sign(tbs))
    lists = (crl.parse_crl(octets), world.crl(issuer=world.root))
    return Attack(name=f"a list of {entries} entries", leaf=world.signer.certificate, pool=world.pool, crls=lists)


def everything(world: PkiWorld, kind: KeyKind) -> Attack:
    """All of it at once: namesakes that are asked first, names to fold, constraints to meet, and forged lists."""
    base = w.sequence(w.tlv(0x82, b"gov.example"))
    extension = ext.extension(oids.NAME_CONSTRAINTS, w.sequence(w.tlv(0xA1, base)), critical=True)
    issuer = authority(world, "全部", world.root, more=(extension,))
    true = authority(world, "签发", issuer, more=(extension,), kind=kind)
    crowd = namesakes(world, 10, kind, like=true).pool
    many = subject_alternative_names(dns=[f"n{n}.a.b.c.d.test" for n in range(350)])
    leaf = world.issue("叶", issuer=true, more_extensions=(many,)).certificate
    forger = generate_key(kind).signer()
    lists = tuple(world.crl(issuer=true, signer=forger, number=n, revoked={}) for n in range(40))
    pool = (*crowd, *names(world, 3).pool[:900], true.certificate, issuer.certificate)
    return Attack(name=f"all of it at once ({kind.value})", leaf=leaf, pool=pool, crls=lists)


def honest(world: PkiWorld) -> Attack:
    """What everybody sends, for comparison."""
    lists = (world.crl(), world.crl(issuer=world.root))
    return Attack(name="an honest chain with its lists", leaf=world.signer.certificate, pool=world.pool, crls=lists)


def judge(world: PkiWorld, attack: Attack) -> str:
    """Return what became of it."""
    anchors = world.anchors
    try:
        path = validate_path(
            attack.leaf, anchors=anchors, pool=attack.pool, at=world.START, purpose=Purpose.ANY, policies=attack.demand
        )
    except TrustError as error:
        return error.code.value
    if not attack.crls and not attack.answers:
        return "valid"
    statuses = revocation_of_path(path, attack.crls, answers=attack.answers, at=world.START, pool=attack.pool)
    return ", ".join(status.state.value for status in statuses)


def cost(call: Callable[[], str]) -> tuple[float, str]:
    """Return the median of some first times, in milliseconds of processor time, and what came of it."""
    spent = []
    outcome = ""
    for _ in range(ROUNDS):
        for remembered in REMEMBERED:
            remembered.cache_clear()
        gc.collect()
        started = time.process_time()
        outcome = call()
        spent.append((time.process_time() - started) * 1000)
    return statistics.median(spent), outcome


def main() -> int:
    """Print one line an attack; return 1 when one costs more than the limit."""
    world = PkiWorld()
    world.anchors.named(world.root.certificate.subject_der)
    attacks = [
        honest(world),
        mesh(world, 8),
        anchored_mesh(world, 5),
        *(namesakes(world, 40, kind) for kind in (KeyKind.SM2, KeyKind.EC_P384, KeyKind.RSA, KeyKind.ED25519)),
        names(world, 3),
        names(world, 60),
        policies(world),
        constraints(world),
        few_constraints(world),
        forged_lists(world),
        *(forged_answers(world, kind) for kind in (KeyKind.SM2, KeyKind.EC_P384)),
        long_list(world, 5000),
        everything(world, KeyKind.SM2),
        everything(world, KeyKind.EC_P384),
    ]
    worst = 0.0
    for attack in attacks:
        spent, outcome = cost(lambda attack=attack: judge(world, attack))  # type: ignore[misc]
        worst = max(worst, spent)
        verdict = "" if spent <= LIMIT_MS else "  MISSED"
        print(
            f"path: {attack.name:<48} {spent:8.2f} ms  limit {LIMIT_MS:.0f} ms  ratio {spent / LIMIT_MS:5.2f}  {outcome}{verdict}"
        )
    return 0 if worst <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
