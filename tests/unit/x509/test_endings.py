"""What ended authorities signed: certificates, lists and answers count when they are proved to be older (EN 319 102-1 5.6.2.2).

One table for all of it: whoever told of the end, and however far up the authority stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import pytest

from tests.support.ocsp import answer
from tests.support.pki import CA_USAGE, Member, PkiWorld
from tests.unit.x509.test_list_kinds import directory, indirect, name_point
from trustkit.encoding import der_write as w
from trustkit.x509 import extensions as ext
from trustkit.x509.existence import Existence
from trustkit.x509.ocsp_response import CertStatus, parse_ocsp_response
from trustkit.x509.path import validate_path
from trustkit.x509.path_revocation import revocation_of_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState

if TYPE_CHECKING:
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.ocsp_response import OcspResponse
    from trustkit.x509.revocation import RevocationStatus

START, DAY = PkiWorld.START, timedelta(days=1)
SIGNED = START + timedelta(hours=1)
STAMPED, ENDED, PRESENT = START + 10 * DAY, START + 20 * DAY, START + 30 * DAY
G, R, U = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN
STOLEN, CEASED = RevocationReason.CA_COMPROMISE, RevocationReason.CESSATION_OF_OPERATION
Who = Literal["upper", "lower", "leaf"]


class Levels(PkiWorld):
    """root > upper > lower > leaf, each with a list of START; `short` is another lower authority, which expires."""

    @cached_property
    def upper(self) -> Member:
        return self.issue("上级CA", issuer=self.root, ca=True, usage=CA_USAGE)

    @cached_property
    def lower(self) -> Member:
        return self.issue("下级CA", issuer=self.upper, ca=True, usage=CA_USAGE)

    @cached_property
    def leaf(self) -> Member:
        return self.issue("签名人", issuer=self.lower)

    @cached_property
    def short(self) -> Member:
        return self.issue("到期CA", issuer=self.upper, ca=True, usage=CA_USAGE, not_after=ENDED)

    @cached_property
    def old(self) -> CertificateList:
        return self.crl(issuer=self.upper, revoked={})

    @cached_property
    def of_lower(self) -> CertificateList:
        return self.crl(issuer=self.lower, revoked={})

    def telling(self, who: Member, by: Member, reason: RevocationReason, suspected: datetime | None) -> CertificateList:
        """Return the list of the present that tells of an end."""
        return self.crl(
            issuer=by,
            revoked={who: reason},
            revoked_at=ENDED,
            suspected=suspected,
            this_update=PRESENT - DAY,
            next_update=PRESENT + DAY,
        )


@pytest.fixture(scope="module")
def world() -> Levels:
    return Levels()


@dataclass(frozen=True, kw_only=True)
class Case:
    """Who ended and who tells; what is proved to have existed when; the states leaf first, and who is not proved old enough."""

    ends: Who | None = "upper"
    by: Literal["list", "answer"] = "list"
    reason: RevocationReason = STOLEN
    suspected: datetime | None = None
    proved: tuple[str, ...] = ()
    proved_at: datetime = STAMPED
    states: tuple[RevocationState, ...]
    too_young: tuple[Who, ...] = ()


LISTS, CERTIFICATES = ("lists",), ("lower", "leaf")
ALL = (*LISTS, *CERTIFICATES)
_BELOW: tuple[Who, ...] = ("leaf", "lower")
CASES = {
    "nothing ended, nothing proved": Case(ends=None, states=(G, G, G)),
    "nothing proved": Case(states=(U, U, R), too_young=_BELOW),
    "all proved": Case(proved=ALL, states=(G, G, R)),
    "all proved, ceased": Case(proved=ALL, reason=CEASED, states=(G, G, R)),
    "nothing proved, ceased": Case(reason=CEASED, states=(U, U, R), too_young=_BELOW),
    "lists proved, no certificate": Case(proved=LISTS, states=(G, G, R), too_young=_BELOW),
    "the leaf's certificate alone is not": Case(proved=(*LISTS, "lower"), states=(G, G, R), too_young=("leaf",)),
    "the lower authority's alone is not": Case(proved=(*LISTS, "leaf"), states=(G, G, R), too_young=("lower",)),
    "certificates proved, no list": Case(proved=CERTIFICATES, states=(U, U, R)),
    "all proved at the very time": Case(proved=ALL, proved_at=ENDED, states=(G, G, R)),
    "all proved too late": Case(proved=ALL, proved_at=ENDED + DAY, states=(U, U, R), too_young=_BELOW),
    "suspected before the proof": Case(proved=ALL, suspected=STAMPED - DAY, states=(U, U, R), too_young=_BELOW),
    "suspected after the proof": Case(proved=ALL, suspected=STAMPED + DAY, states=(G, G, R)),
    "ceased, a suspicion does not reach back": Case(
        proved=ALL, reason=CEASED, suspected=STAMPED - DAY, states=(G, G, R)
    ),
    "an answer tells, nothing proved": Case(by="answer", states=(U, U, R), too_young=_BELOW),
    "an answer tells, all proved": Case(by="answer", proved=ALL, states=(G, G, R)),
    "an answer tells, lists proved": Case(by="answer", proved=LISTS, states=(G, G, R), too_young=_BELOW),
    "the lower one, nothing proved": Case(ends="lower", states=(U, R, G), too_young=("leaf",)),
    "the lower one, its list proved": Case(ends="lower", proved=LISTS, states=(G, R, G), too_young=("leaf",)),
    "the lower one, all below proved": Case(ends="lower", proved=(*LISTS, "leaf"), states=(G, R, G)),
    "the lower one, an answer tells": Case(ends="lower", by="answer", states=(U, R, G), too_young=("leaf",)),
    "the leaf itself": Case(ends="leaf", states=(R, G, G)),
}


def ask(
    world: Levels, *crls: CertificateList, answers: tuple[OcspResponse, ...] = (), existence: Existence, leaf: Member
) -> tuple[RevocationStatus, ...]:
    pool = tuple(each.certificate for each in (world.upper, world.lower, world.short))
    path = validate_path(leaf.certificate, anchors=world.anchors, pool=pool, at=SIGNED, purpose=Purpose.ANY)
    return revocation_of_path(path, crls, answers=answers, at=SIGNED, present=PRESENT, pool=pool, existence=existence)


@pytest.mark.parametrize("name", CASES)
def test_what_an_ended_authority_signed_must_be_proved_to_be_older(world: Levels, name: str) -> None:
    case = CASES[name]
    members = {
        "leaf": (world.leaf, world.lower),
        "lower": (world.lower, world.upper),
        "upper": (world.upper, world.root),
    }
    crls = [world.crl(issuer=world.root), world.old, world.of_lower]
    answers: tuple[OcspResponse, ...] = ()
    if case.ends is not None:
        who, by = members[case.ends]
        if case.by == "list":
            crls.append(world.telling(who, by, case.reason, case.suspected))
        else:
            octets = answer(
                world,
                who,
                issuer=by,
                by=by,
                certificates=(),
                status=CertStatus.REVOKED,
                revoked_at=ENDED,
                this_update=PRESENT - DAY,
                next_update=PRESENT + DAY,
                reason=case.reason,
            )
            answers = (parse_ocsp_response(octets),)
    octets_of = {"lists": (world.old.der, world.of_lower.der), "lower": (world.lower.der,), "leaf": (world.leaf.der,)}
    moments = {octets: case.proved_at for each in case.proved for octets in octets_of[each]}
    found = ask(world, *crls, answers=answers, existence=Existence(moments=moments, present=PRESENT), leaf=world.leaf)
    assert tuple(each.state for each in found) == case.states
    too_young = tuple(who for who, each in zip(members, found, strict=True) if each.issuer_ended is not None)
    assert too_young == case.too_young


@pytest.mark.parametrize("proved", [(), ("list",), ("certificate",), ("list", "certificate")], ids="+".join)
def test_an_authority_that_expired(world: Levels, proved: tuple[str, ...]) -> None:
    leaf = world.issue("短期CA的签名人", issuer=world.short)
    own = world.crl(issuer=world.short, revoked={})
    moments = {{"list": own.der, "certificate": leaf.der}[each]: STAMPED for each in proved}
    crls = (own, world.old, world.crl(issuer=world.root))
    found = ask(world, *crls, existence=Existence(moments=moments, present=PRESENT), leaf=leaf)
    assert (found[0].state is G, found[0].issuer_ended is None) == ("list" in proved, "certificate" in proved)
    assert [(each.state, each.issuer_ended) for each in found[1:]] == [(G, None), (G, None)]
    before = ask(world, *crls, existence=Existence(present=ENDED), leaf=leaf)  # its last second
    assert [(each.state, each.issuer_ended) for each in before] == [(G, None)] * 3


def test_who_ends_below_cannot_speak_for_one_above(world: Levels) -> None:
    """A lower authority tells of its own authority by an indirect list; that its key was stolen is found only afterwards."""
    point = name_point(w.tlv(0xA2, directory(world.name("乙"))))
    own = (ext.basic_constraints(ca=True), ext.key_usage(CA_USAGE), point)
    upper = world.issue("甲", issuer=world.root, exact_extensions=own)
    lower = world.issue("乙", issuer=upper, ca=True, usage=CA_USAGE)
    leaf = world.issue("丙", issuer=lower)
    pool = (upper.certificate, lower.certificate)
    clearing = indirect(lower)
    path = validate_path(leaf.certificate, anchors=world.anchors, pool=pool, at=SIGNED, purpose=Purpose.ANY)
    fallen = world.telling(lower, upper, STOLEN, None)
    honest = world.crl(issuer=upper, revoked={})

    def states(*crls: CertificateList, **moments: bytes) -> list[RevocationState]:
        existence = Existence(moments=dict.fromkeys(moments.values(), STAMPED), present=PRESENT)
        found = revocation_of_path(path, crls, at=SIGNED, present=PRESENT, pool=pool, existence=existence)
        return [each.state for each in found]

    assert states(clearing, honest)[1:] == [G, G]
    assert states(clearing, fallen)[1:] == [R, U]
    assert states(clearing, fallen, clearing=clearing.der)[1:] == [R, G]
    accusing = indirect(lower, (upper.certificate.serial, world.root.certificate.subject_der))
    assert states(accusing, honest)[2] is R  # not held against the end it tells itself


def test_a_responder_made_with_a_stolen_key_clears_nobody(world: Levels) -> None:
    """The answer existed in time, signed by a key that was certified only afterwards."""
    minted = world.issue(
        "OCSP",
        issuer=world.lower,
        usage=("digitalSignature",),
        purposes=("ocspSigning",),
        more_extensions=(ext.ocsp_no_check(),),
    )
    made = {"issuer": world.lower, "by": minted, "this_update": SIGNED, "next_update": SIGNED + DAY}
    outside = parse_ocsp_response(answer(world, world.leaf, certificates=(), **made))  # type: ignore[arg-type]
    inside = parse_ocsp_response(answer(world, world.leaf, **made))  # type: ignore[arg-type]
    fallen = world.telling(world.lower, world.upper, STOLEN, None)
    crls = (fallen, world.crl(issuer=world.root))
    pool = (world.upper.certificate, world.lower.certificate, minted.certificate)
    path = validate_path(world.leaf.certificate, anchors=world.anchors, pool=pool, at=SIGNED, purpose=Purpose.ANY)
    rows: list[tuple[OcspResponse, tuple[bytes, ...], RevocationState]] = [
        (outside, (outside.der,), U),
        (outside, (outside.der, minted.der), G),
        (inside, (inside.der,), G),
        (inside, (minted.der,), U),
    ]
    for response, proved, state in rows:
        existence = Existence(moments=dict.fromkeys((*proved, world.leaf.der), STAMPED), present=PRESENT)
        found = revocation_of_path(
            path, crls, answers=(response,), at=SIGNED, present=PRESENT, pool=pool, existence=existence
        )
        assert found[0].state is state
