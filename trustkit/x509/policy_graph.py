"""The valid policy graph: which policies hold for the whole of a path (RFC 5280 6.1 as updated by RFC 9618 5).

RFC 5280's valid policy tree repeats a policy once for each way that leads to it, which hostile certificates make
exponential. The graph of RFC 9618 holds a policy once at each depth, with all its parents: the same answers, and at most as
many nodes as the certificates name policies, as many edges as they name policies and mappings.

Depth 0 stands above the first certificate under the anchor; depth n is the end certificate's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.x509.oids import ANY_POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.x509.policy_values import PolicyQualifier


@dataclass(slots=True, eq=False)
class _Node:
    """One policy at one depth; `expected` are the policies that continue it in the next certificate."""

    policy: str
    qualifiers: tuple[PolicyQualifier, ...]
    expected: frozenset[str]
    parents: tuple[_Node, ...] = ()
    children: int = field(default=0)


class PolicyGraph:
    """The graph while a path is walked from its anchor; empty means that no policy holds any more (RFC 5280's NULL)."""

    def __init__(self) -> None:
        """Begin with anyPolicy at depth 0 (6.1.2 (a))."""
        self._levels: list[dict[str, _Node]] = [{ANY_POLICY: _Node(ANY_POLICY, (), frozenset({ANY_POLICY}))}]

    def __bool__(self) -> bool:
        """Whether any policy still holds."""
        return bool(self._levels[-1])

    def clear(self) -> None:
        """Let no policy hold: the certificate names none (6.1.3 (e))."""
        self._levels = [{}]

    def descend(self, policies: Mapping[str, tuple[PolicyQualifier, ...]], *, any_policy: bool) -> None:
        """Add a certificate's policies as the next depth; `any_policy` says that anyPolicy counts (6.1.3 (d))."""
        above = self._levels[-1]
        expecting: dict[str, list[_Node]] = {}
        for node in above.values():
            for policy in node.expected:
                expecting.setdefault(policy, []).append(node)
        level: dict[str, _Node] = {}
        anything = above.get(ANY_POLICY)
        for policy, qualifiers in policies.items():
            if policy == ANY_POLICY:
                continue
            parents = expecting.get(policy) or ([anything] if anything is not None else [])
            if parents:
                level[policy] = _Node(policy, qualifiers, frozenset({policy}), tuple(parents))
        if any_policy and ANY_POLICY in policies:
            for policy, parents in expecting.items():
                if policy not in level:
                    level[policy] = _Node(policy, policies[ANY_POLICY], frozenset({policy}), tuple(parents))
        for node in level.values():
            _adopt(node)
        self._levels.append(level)
        self._prune(len(self._levels) - 2)

    def map(self, mappings: Mapping[str, frozenset[str]]) -> None:
        """Let the subject's policies continue the issuer's ones (6.1.4 (b)(1))."""
        level = self._levels[-1]
        anything = level.get(ANY_POLICY)
        for policy, subjects in mappings.items():
            node = level.get(policy)
            if node is not None:
                node.expected = subjects
            elif anything is not None:
                above = self._levels[-2].get(ANY_POLICY)
                level[policy] = _Node(policy, anything.qualifiers, subjects, (above,) if above is not None else ())
                _adopt(level[policy])

    def forget(self, policies: Mapping[str, frozenset[str]]) -> None:
        """Take out the issuer's policies of mappings that are inhibited (6.1.4 (b)(2))."""
        level = self._levels[-1]
        for policy in policies:
            node = level.pop(policy, None)
            if node is not None:
                _orphan(node)
        self._prune(len(self._levels) - 2)

    def _prune(self, depth: int) -> None:
        """Take out nodes without children at `depth` and above it (6.1.3 (d)(3))."""
        for level in reversed(self._levels[: depth + 1]):
            barren = [policy for policy, node in level.items() if node.children == 0]
            for policy in barren:
                _orphan(level.pop(policy))

    def authority_policies(self) -> frozenset[str]:
        """Return the policies all authorities agree on, in the first authority's words; anyPolicy for any (6.1.5 (g))."""
        found = {node.policy for node in self._domain_nodes()}
        if ANY_POLICY in self._levels[-1]:
            found.add(ANY_POLICY)
        return frozenset(found)

    def qualifiers(self, allowed: frozenset[str]) -> tuple[tuple[str, tuple[PolicyQualifier, ...]], ...]:
        """Return the end certificate's policies that continue one of the `allowed`, each with its qualifiers, sorted.

        Where only anyPolicy of the certificate covers an allowed policy, its qualifiers stand under anyPolicy.
        """
        reached = {id(node) for node in self._domain_nodes() if ANY_POLICY in allowed or node.policy in allowed}
        for level in self._levels[1:]:
            reached.update(id(node) for node in level.values() if any(id(parent) in reached for parent in node.parents))
        found = {node.policy: node.qualifiers for node in self._levels[-1].values() if id(node) in reached}
        anything = self._levels[-1].get(ANY_POLICY)
        if anything is not None and (ANY_POLICY in allowed or allowed - self._seen()):
            found[ANY_POLICY] = anything.qualifiers
        return tuple(sorted(found.items()))

    def _seen(self) -> frozenset[str]:
        return frozenset(node.policy for node in self._domain_nodes())

    def _domain_nodes(self) -> list[_Node]:
        """Return the valid_policy_node_set: policies first named under anyPolicy, whose words the user knows."""
        return [
            node
            for level in self._levels[1:]
            for node in level.values()
            if node.policy != ANY_POLICY and any(parent.policy == ANY_POLICY for parent in node.parents)
        ]


def _adopt(node: _Node) -> None:
    for parent in node.parents:
        parent.children += 1


def _orphan(node: _Node) -> None:
    for parent in node.parents:
        parent.children -= 1
