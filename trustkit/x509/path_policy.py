"""Certificate policies along a path (RFC 5280 6.1.2 to 6.1.5, RFC 9618): what is demanded, and what holds.

demand = PolicyDemand(acceptable=frozenset({"1.2.156.1.2"}), explicit=True)
path = validate_path(leaf, …, policies=demand)
path.policies.user         # those of the acceptable policies that hold for the whole path
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.policy_graph import PolicyGraph
from trustkit.x509.policy_values import (
    PolicyConstraints,
    PolicyQualifier,
    read_certificate_policies,
    read_inhibit_any_policy,
    read_policy_constraints,
    read_policy_mappings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.path_work import PathWork

    _Value = TypeVar("_Value")

MAX_ACCEPTABLE: Final = 100  # policies a relying party names
_NO_CONSTRAINTS: Final = PolicyConstraints(None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDemand:
    """The four policy inputs of path validation (RFC 5280 6.1.1 (c), (e), (f), (g)); the default asks for nothing.

    `acceptable` is the user-initial-policy-set, anyPolicy in it for any; `explicit` demands that one of them holds.
    """

    acceptable: frozenset[str] = frozenset({oids.ANY_POLICY})
    explicit: bool = False
    inhibit_mapping: bool = False
    inhibit_any: bool = False

    def __post_init__(self) -> None:
        if not 0 < len(self.acceptable) <= MAX_ACCEPTABLE:
            raise TrustError(ErrorCode.USAGE, "one policy at least, and not too many", limit=MAX_ACCEPTABLE)


ANY_POLICY_WILL_DO: Final = PolicyDemand()


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPolicies:
    """The policies that hold for a path (RFC 5280 6.1.6): agreed by all authorities, and those the user accepts among them.

    anyPolicy in a set stands for every policy. `qualifiers` are those of the end certificate, by its own policies.
    """

    authority: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()
    qualifiers: tuple[tuple[str, tuple[PolicyQualifier, ...]], ...] = ()


class PolicyProcessing:
    """The state variables of one path, walked from the certificate below the anchor to the end certificate."""

    def __init__(self, demand: PolicyDemand, length: int, work: PathWork) -> None:
        """Begin with a path of `length` certificates, the anchor not counted (6.1.2 (a), (d), (e), (f))."""
        self._demand = demand
        self._work = work
        self._graph = PolicyGraph()
        self._explicit = 0 if demand.explicit else length + 1
        self._any = 0 if demand.inhibit_any else length + 1
        self._mapping = 0 if demand.inhibit_mapping else length + 1

    def take(self, certificate: Certificate, *, depth: int, self_issued: bool) -> None:
        """Take the policies of the next certificate (6.1.3 (d) to (f)).

        Raise PATH_POLICY, CERTIFICATE_MALFORMED, PATH_LIMIT.
        """
        self._pay(certificate, oids.CERTIFICATE_POLICIES)
        policies = _named(certificate, depth)
        if policies:
            self._graph.descend(policies, any_policy=self._any > 0 or (depth > 0 and self_issued))
        else:
            self._graph.clear()
        self._require_policy(depth)

    def prepare(self, certificate: Certificate, *, depth: int, self_issued: bool) -> None:
        """Let an authority's mappings and constraints act on what follows (6.1.4 (a), (b), (h) to (j)). Raise as `take`."""
        self._pay(certificate, oids.POLICY_MAPPINGS)
        mappings = _mappings(certificate, depth)
        if mappings and self._graph:
            if self._mapping > 0:
                self._graph.map(mappings)
            else:
                self._graph.forget(mappings)
        if not self_issued:
            self._explicit, self._mapping = max(0, self._explicit - 1), max(0, self._mapping - 1)
            self._any = max(0, self._any - 1)
        constraints = _constraints(certificate, depth)
        if constraints.explicit_after is not None:
            self._explicit = min(self._explicit, constraints.explicit_after)
        if constraints.no_mapping_after is not None:
            self._mapping = min(self._mapping, constraints.no_mapping_after)
        inhibit = _read(certificate, oids.INHIBIT_ANY_POLICY, read_inhibit_any_policy, depth)
        if inhibit is not None:
            self._any = min(self._any, inhibit)

    def finish(self, leaf: Certificate) -> PathPolicies:
        """Return what holds for the whole path (6.1.5 (a), (b), (g)). Raise PATH_POLICY, CERTIFICATE_MALFORMED."""
        self._explicit = max(0, self._explicit - 1)
        if _constraints(leaf, 0).explicit_after == 0:
            self._explicit = 0
        authority, acceptable = self._graph.authority_policies(), self._demand.acceptable
        if oids.ANY_POLICY in acceptable:
            user = authority
        elif oids.ANY_POLICY in authority:
            user = acceptable
        else:
            user = authority & acceptable
        if self._explicit == 0 and not user:
            raise TrustError(ErrorCode.PATH_POLICY, "none of the acceptable policies holds for the whole path", depth=0)
        return PathPolicies(authority=authority, user=user, qualifiers=self._graph.qualifiers(user))

    def _pay(self, certificate: Certificate, oid: str) -> None:
        extension = certificate.extensions.get(oid)
        if extension is not None:
            self._work.spend(len(extension.value), "certificate policies")

    def _require_policy(self, depth: int) -> None:
        if self._explicit == 0 and not self._graph:
            raise TrustError(ErrorCode.PATH_POLICY, "a policy is demanded, and none holds from here on", depth=depth)


def _named(certificate: Certificate, depth: int) -> Mapping[str, tuple[PolicyQualifier, ...]]:
    """Return the policies of a certificate; those that cannot be read count as none, which never lets more pass."""
    extension = certificate.extensions.get(oids.CERTIFICATE_POLICIES)
    if extension is None:
        return {}
    try:
        return dict(read_certificate_policies(extension.value))
    except TrustError as error:
        if extension.critical:
            raise _unreadable(extension.oid, depth, error) from error
        return {}


def _mappings(certificate: Certificate, depth: int) -> Mapping[str, frozenset[str]]:
    pairs = _read(certificate, oids.POLICY_MAPPINGS, read_policy_mappings, depth) or ()
    found: dict[str, set[str]] = {}
    for issuers, subjects in pairs:
        if oids.ANY_POLICY in {issuers, subjects}:
            raise TrustError(ErrorCode.PATH_POLICY, "anyPolicy is mapped", depth=depth)  # 6.1.4 (a)
        found.setdefault(issuers, set()).add(subjects)
    return {policy: frozenset(subjects) for policy, subjects in found.items()}


def _constraints(certificate: Certificate, depth: int) -> PolicyConstraints:
    return _read(certificate, oids.POLICY_CONSTRAINTS, read_policy_constraints, depth) or _NO_CONSTRAINTS


def _read(certificate: Certificate, oid: str, reader: Callable[[bytes], _Value], depth: int) -> _Value | None:
    extension = certificate.extensions.get(oid)
    if extension is None:
        return None
    try:
        return reader(extension.value)
    except TrustError as error:
        raise _unreadable(oid, depth, error) from error


def _unreadable(oid: str, depth: int, error: TrustError) -> TrustError:
    return TrustError(ErrorCode.CERTIFICATE_MALFORMED, f"unreadable extension: {error.detail}", oid=oid, depth=depth)
