"""Certificate policies along a path, and the graph against the tree of RFC 5280 that it stands for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pki import CA_USAGE, Member, PkiWorld
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509 import oids
from trustkit.x509.path import validate_path
from trustkit.x509.path_policy import PathPolicies, PolicyDemand
from trustkit.x509.policy_graph import PolicyGraph
from trustkit.x509.policy_values import (
    MAX_MAPPINGS,
    MAX_POLICIES,
    PolicyQualifier,
    read_certificate_policies,
    read_inhibit_any_policy,
    read_policy_constraints,
    read_policy_mappings,
)
from trustkit.x509.purpose import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from trustkit.error_family import Code

NOW = PkiWorld.START
GOLD, SILVER, FOREIGN = "1.2.156.1.1", "1.2.156.1.2", "1.2.840.9.9"
ANY = oids.ANY_POLICY


def named(*policies: str) -> bytes:
    return ext.certificate_policies(policies)


def mapped(*pairs: tuple[str, str]) -> bytes:
    value = w.sequence(*(w.sequence(w.oid(a), w.oid(b)) for a, b in pairs))
    return ext.extension(oids.POLICY_MAPPINGS, value, critical=True)


def constrained(*, explicit: int | None = None, mapping: int | None = None) -> bytes:
    parts = [w.tlv(0x80 + n, bytes([skip])) for n, skip in enumerate((explicit, mapping)) if skip is not None]
    return ext.extension(oids.POLICY_CONSTRAINTS, w.sequence(*parts), critical=True)


def inhibited(skip: int) -> bytes:
    return ext.extension(oids.INHIBIT_ANY_POLICY, w.integer(skip), critical=True)


def policies_of(world: PkiWorld, *levels: tuple[bytes, ...], demand: PolicyDemand | None = None) -> PathPolicies:
    """Return what holds for a path whose certificates, from the anchor down, carry these extensions."""
    above: Member = world.root
    pool = []
    for depth, extensions in enumerate(levels[:-1]):
        above = world.issue(f"第{depth}级", issuer=above, ca=True, usage=CA_USAGE, more_extensions=extensions)
        pool.append(above.certificate)
    leaf = world.issue("叶", issuer=above, more_extensions=levels[-1])
    return validate_path(
        leaf.certificate, anchors=world.anchors, pool=tuple(pool), at=NOW, purpose=Purpose.ANY,
        policies=demand or PolicyDemand(),
    ).policies  # fmt: skip


def demanding(*acceptable: str, **how: Any) -> PolicyDemand:
    return PolicyDemand(acceptable=frozenset(acceptable or {ANY}), explicit=True, **how)


HELD: list[tuple[str, tuple[tuple[bytes, ...], ...], PolicyDemand, set[str], set[str]]] = [
    ("nothing said", ((), ()), PolicyDemand(), set(), set()),
    ("all agree", ((named(GOLD),), (named(GOLD, SILVER),)), demanding(GOLD), {GOLD}, {GOLD}),
    ("any policy above", ((named(ANY),), (named(GOLD),)), demanding(GOLD), {GOLD}, {GOLD}),
    ("any policy below", ((named(GOLD, SILVER),), (named(ANY),)), demanding(GOLD), {GOLD, SILVER}, {GOLD}),
    ("any policy all along", ((named(ANY),), (named(ANY),)), demanding(GOLD), {ANY}, {GOLD}),
    ("mapped", ((named(GOLD), mapped((GOLD, FOREIGN))), (named(FOREIGN),)), demanding(GOLD), {GOLD}, {GOLD}),
    ("mapped under any policy", ((named(ANY), mapped((GOLD, FOREIGN))), (named(FOREIGN),)), demanding(GOLD), {GOLD}, {GOLD}),
    ("mapped to two", ((named(GOLD), mapped((GOLD, FOREIGN), (GOLD, SILVER))), (named(SILVER),)), demanding(GOLD), {GOLD}, {GOLD}),
    ("not demanded", ((named(GOLD),), (named(SILVER),)), PolicyDemand(), set(), set()),
    ("inhibited later", ((named(GOLD), inhibited(1)), (named(ANY),)), PolicyDemand(), {GOLD}, {GOLD}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("levels", "demand", "authority", "user"), [row[1:] for row in HELD], ids=[row[0] for row in HELD]
)
def test_what_holds(
    world: PkiWorld, levels: tuple[tuple[bytes, ...], ...], demand: PolicyDemand, authority: set[str], user: set[str]
) -> None:
    held = policies_of(world, *levels, demand=demand)
    assert (set(held.authority), set(held.user)) == (authority, user)


REFUSED: list[tuple[str, tuple[tuple[bytes, ...], ...], PolicyDemand, Code]] = [
    ("none named", ((), ()), demanding(), ErrorCode.PATH_POLICY),
    ("another one", ((named(GOLD),), (named(GOLD),)), demanding(SILVER), ErrorCode.PATH_POLICY),
    ("no agreement", ((named(GOLD),), (named(SILVER),)), demanding(), ErrorCode.PATH_POLICY),
    ("the subject's words are not the user's", ((named(GOLD), mapped((GOLD, FOREIGN))), (named(FOREIGN),)),
     demanding(FOREIGN), ErrorCode.PATH_POLICY),
    ("mapping not wanted", ((named(GOLD), mapped((GOLD, FOREIGN))), (named(FOREIGN),)),
     demanding(GOLD, inhibit_mapping=True), ErrorCode.PATH_POLICY),
    ("any policy not wanted", ((named(GOLD),), (named(ANY),)), demanding(GOLD, inhibit_any=True), ErrorCode.PATH_POLICY),
    ("any policy inhibited", ((named(GOLD), inhibited(0)), (named(ANY),)), demanding(GOLD), ErrorCode.PATH_POLICY),
    ("mapping inhibited above", ((named(GOLD), constrained(mapping=0)), (named(GOLD), mapped((GOLD, FOREIGN))), (named(FOREIGN),)),
     demanding(GOLD), ErrorCode.PATH_POLICY),
    ("an authority demands", ((named(GOLD), constrained(explicit=0)), (named(SILVER),)), PolicyDemand(), ErrorCode.PATH_POLICY),
    ("demanded after one more", ((constrained(explicit=1),), ()), PolicyDemand(), ErrorCode.PATH_POLICY),
    ("any policy mapped", ((named(ANY), mapped((ANY, GOLD))), (named(GOLD),)), PolicyDemand(), ErrorCode.PATH_POLICY),
    ("mapped to any policy", ((named(GOLD), mapped((GOLD, ANY))), (named(GOLD),)), PolicyDemand(), ErrorCode.PATH_POLICY),
    ("unreadable mappings", ((ext.extension(oids.POLICY_MAPPINGS, b"\x30\x00"),), ()), PolicyDemand(), ErrorCode.CERTIFICATE_MALFORMED),
    ("unreadable inhibition", ((ext.extension(oids.INHIBIT_ANY_POLICY, b""),), ()), PolicyDemand(), ErrorCode.CERTIFICATE_MALFORMED),
    ("unreadable constraints", ((ext.extension(oids.POLICY_CONSTRAINTS, b"\x30\x00"),), ()), PolicyDemand(), ErrorCode.CERTIFICATE_MALFORMED),
    ("unreadable critical policies", ((), (ext.extension(oids.CERTIFICATE_POLICIES, b"x", critical=True),)),
     PolicyDemand(), ErrorCode.CERTIFICATE_MALFORMED),
    ("unreadable policies count as none", ((named(GOLD),), (ext.extension(oids.CERTIFICATE_POLICIES, b"x"),)),
     demanding(), ErrorCode.PATH_POLICY),
]  # fmt: skip


@pytest.mark.parametrize(("levels", "demand", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_refused(
    world: PkiWorld, levels: tuple[tuple[bytes, ...], ...], demand: PolicyDemand, code: Code
) -> None:
    with pytest.raises(TrustError) as caught:
        policies_of(world, *levels, demand=demand)
    assert caught.value.code is code, caught.value


def test_a_self_issued_authority_does_not_count_towards_skips(world: PkiWorld) -> None:
    first = world.issue(
        "自签发", issuer=world.root, ca=True, usage=CA_USAGE, more_extensions=(constrained(explicit=2),)
    )
    again = world.issue(
        "x", issuer=first, subject_der=first.certificate.subject_der, ca=True, usage=CA_USAGE
    )  # fmt: skip
    leaf = world.issue("叶", issuer=again)
    pool = (first.certificate, again.certificate)
    validate_path(leaf.certificate, anchors=world.anchors, pool=pool, at=NOW, purpose=Purpose.ANY)


def test_an_anchor_in_question_has_policies_of_its_own(world: PkiWorld) -> None:
    root = world.issue("自持", self_signed=True, ca=True, usage=CA_USAGE, more_extensions=(named(GOLD),))
    anchors = type(world.anchors)(anchors=(root.certificate,))
    how: dict[str, Any] = {"anchors": anchors, "pool": (), "at": NOW, "purpose": Purpose.ANY}
    assert validate_path(root.certificate, policies=demanding(GOLD), **how).policies.user == {GOLD}
    with pytest.raises(TrustError) as caught:
        validate_path(root.certificate, policies=demanding(SILVER), **how)
    assert caught.value.code is ErrorCode.PATH_POLICY


def qualified(policy: str, *qualifiers: bytes) -> bytes:
    return w.sequence(w.oid(policy), w.sequence(*qualifiers))


STATEMENT = w.sequence(w.oid(oids.QUALIFIER_STATEMENT), w.ia5_string("https://ca.example/cps"))
NOTICE = w.sequence(w.oid(oids.QUALIFIER_NOTICE), w.sequence(w.utf8_string("仅限\u202e政务")))
REFERENCE = w.sequence(
    w.oid(oids.QUALIFIER_NOTICE), w.sequence(w.sequence(w.utf8_string("某局"), w.sequence(w.integer(1))))
)
OTHER = w.sequence(w.oid("1.2.3"), w.null())


def test_qualifiers_are_reported(world: PkiWorld) -> None:
    value = w.sequence(qualified(GOLD, STATEMENT, NOTICE), qualified(ANY, REFERENCE, OTHER))
    leaf = ext.extension(oids.CERTIFICATE_POLICIES, value)
    held = policies_of(world, (named(GOLD, SILVER),), (leaf,))
    gold = (
        PolicyQualifier(oids.QUALIFIER_STATEMENT, "https://ca.example/cps"),
        PolicyQualifier(oids.QUALIFIER_NOTICE, "仅限\N{REPLACEMENT CHARACTER}政务"),
    )
    general = (PolicyQualifier(oids.QUALIFIER_NOTICE, ""), PolicyQualifier("1.2.3", ""))
    assert held.qualifiers == ((GOLD, gold), (SILVER, general))
    only = policies_of(world, (named(GOLD, SILVER),), (leaf,), demand=demanding(GOLD))
    assert only.qualifiers == ((GOLD, gold),)
    through = policies_of(world, (named(ANY),), (leaf,), demand=demanding(SILVER))
    assert through.qualifiers == ((ANY, general),)


BROKEN: list[tuple[str, Callable[[bytes], object], bytes]] = [
    ("no policies", read_certificate_policies, w.sequence()),
    ("twice", read_certificate_policies, w.sequence(w.sequence(w.oid(GOLD)), w.sequence(w.oid(GOLD)))),
    ("empty information", read_certificate_policies, w.sequence(w.sequence())),
    ("unknown part", read_certificate_policies, w.sequence(w.sequence(w.oid(GOLD), w.sequence(STATEMENT), w.null()))),
    ("no qualifiers", read_certificate_policies, w.sequence(qualified(GOLD))),
    ("too many qualifiers", read_certificate_policies, w.sequence(qualified(GOLD, *[OTHER] * 9))),
    ("a lone qualifier", read_certificate_policies, w.sequence(qualified(GOLD, w.sequence(w.oid("1.2.3"))))),
    ("statement that is none", read_certificate_policies,
     w.sequence(qualified(GOLD, w.sequence(w.oid(oids.QUALIFIER_STATEMENT), w.null())))),
    ("trailing octets", read_certificate_policies, w.sequence(w.sequence(w.oid(GOLD))) + b"\x05\x00"),
    ("too many policies", read_certificate_policies,
     w.sequence(*(w.sequence(w.oid(f"1.2.{n}")) for n in range(MAX_POLICIES + 1)))),
    ("no mappings", read_policy_mappings, w.sequence()),
    ("half a mapping", read_policy_mappings, w.sequence(w.sequence(w.oid(GOLD)))),
    ("too many mappings", read_policy_mappings, w.sequence(*[w.sequence(w.oid(GOLD), w.oid(GOLD))] * (MAX_MAPPINGS + 1))),
    ("negative skip", read_policy_constraints, w.sequence(w.tlv(0x80, b"\xff"))),
    ("skip twice", read_policy_constraints, w.sequence(w.tlv(0x80, b"\x01"), w.tlv(0x80, b"\x01"))),
    ("unknown skip", read_policy_constraints, w.sequence(w.tlv(0x82, b"\x01"))),
    ("negative inhibition", read_inhibit_any_policy, w.integer(-1)),
    ("trailing inhibition", read_inhibit_any_policy, w.integer(1) + b"\x05\x00"),
]  # fmt: skip


@pytest.mark.parametrize(("reader", "value"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_extensions_that_cannot_be_read(reader: Callable[[bytes], object], value: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        reader(value)
    assert caught.value.code is ErrorCode.DER_MALFORMED


def test_huge_skips_mean_never() -> None:
    assert read_inhibit_any_policy(w.integer(1 << 600)) == read_inhibit_any_policy(w.integer(5000)) == 1000


def test_a_demand_names_some_policies_and_not_too_many() -> None:
    for acceptable in (frozenset[str](), frozenset(f"1.2.{n}" for n in range(101))):
        with pytest.raises(TrustError) as caught:
            PolicyDemand(acceptable=acceptable)
        assert caught.value.code is ErrorCode.USAGE


# --- the tree of RFC 5280, written down as the text has it, exponential and all: what the graph must agree with


@dataclass
class Leafy:
    """A node of the tree, which repeats a policy once for each way that leads to it."""

    policy: str
    expected: set[str]
    parent: Leafy | None = None
    children: list[Leafy] = field(default_factory=list)

    def add(self, policy: str, expected: set[str]) -> None:
        self.children.append(Leafy(policy, expected, self))

    def at(self, depth: int) -> list[Leafy]:
        return [self] if depth == 0 else [node for child in self.children for node in child.at(depth - 1)]

    def prune(self, depth: int) -> bool:
        if depth == 0:
            return True
        self.children = [child for child in self.children if child.prune(depth - 1)]
        return bool(self.children)


class Tree:
    def __init__(self) -> None:
        self.root: Leafy | None = Leafy(ANY, {ANY})
        self.depth = 0

    def descend(self, policies: Iterable[str], *, any_policy: bool) -> None:
        self.depth += 1
        if self.root is None:
            return
        above = self.root.at(self.depth - 1)
        for policy in set(policies) - {ANY}:
            matching = [node for node in above if policy in node.expected]
            for node in matching or [each for each in above if each.policy == ANY]:
                node.add(policy, {policy})
        if any_policy and ANY in policies:
            for node in above:
                for policy in node.expected - {child.policy for child in node.children}:
                    node.add(policy, {policy})
        self.prune()

    def prune(self) -> None:
        if self.root is not None and not self.root.prune(self.depth):
            self.root = None

    def map(self, mappings: Mapping[str, frozenset[str]]) -> None:
        for policy, subjects in mappings.items() if self.root is not None else ():
            assert self.root is not None
            level = self.root.at(self.depth)
            found = [node for node in level if node.policy == policy]
            for node in found:
                node.expected = set(subjects)
            if not found and any(node.policy == ANY for node in level):
                anything = [node for node in self.root.at(self.depth - 1) if node.policy == ANY]
                anything[0].add(policy, set(subjects))

    def forget(self, mappings: Mapping[str, frozenset[str]]) -> None:
        if self.root is not None:
            for node in self.root.at(self.depth - 1):
                node.children = [child for child in node.children if child.policy not in mappings]
            self.prune()

    def authority_policies(self) -> set[str]:
        if self.root is None:
            return set()
        nodes = [node for depth in range(1, self.depth + 1) for node in self.root.at(depth)]
        found = {node.policy for node in nodes if node.parent is not None and node.parent.policy == ANY != node.policy}
        return found | ({ANY} if any(node.policy == ANY for node in self.root.at(self.depth)) else set())


LETTERS = st.sampled_from(["1.1", "1.2", "1.3"])
ACTS = st.tuples(
    st.sets(st.one_of(LETTERS, st.just(ANY)), min_size=1),
    st.booleans(),
    st.dictionaries(LETTERS, st.frozensets(LETTERS, min_size=1)),
    st.booleans(),
)


@given(st.lists(ACTS, min_size=1, max_size=5))
def test_the_graph_says_what_the_tree_says(acts: list[tuple[set[str], bool, dict[str, frozenset[str]], bool]]) -> None:
    graph, tree = PolicyGraph(), Tree()
    for policies, any_policy, mappings, inhibit in acts:
        graph.descend(dict.fromkeys(policies, ()), any_policy=any_policy)
        tree.descend(policies, any_policy=any_policy)
        assert bool(graph) == (tree.root is not None)
        assert graph.authority_policies() == tree.authority_policies()
        if graph and mappings:
            graph.forget(mappings) if inhibit else graph.map(mappings)
            tree.forget(mappings) if inhibit else tree.map(mappings)
            assert bool(graph) == (tree.root is not None)
