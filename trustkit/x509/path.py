"""Path validation: from a certificate to a trust anchor at a given time (RFC 5280 6, GB/T 20518 dual certificates).

    path = validate_path(leaf, anchors=store, pool=message_certificates, at=moment, purpose=Purpose.DOCUMENT_SIGNING)
    path.certificates        # leaf … anchor

What is proved: every signature over octets as found (SM2, ECDSA, RSA mixed), periods at `at`, authority flags, path
lengths, key usage, name constraints, policies, and that no critical extension was passed over. What is not: revocation; see
`trustkit.x509.revocation`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import Certificate  # noqa: TC001 - a field type of a public dataclass
from trustkit.x509.certificate_signature import verify_certificate_signature
from trustkit.x509.name import names_equal
from trustkit.x509.path_policy import ANY_POLICY_WILL_DO, PathPolicies, PolicyDemand, PolicyProcessing
from trustkit.x509.path_rules import PathRules, require_period, require_understood
from trustkit.x509.path_search import PathSearch
from trustkit.x509.path_work import PathWork
from trustkit.x509.purpose import Purpose, require_purpose

if TYPE_CHECKING:
    from trustkit.x509.helper_pool import HelperPool
    from trustkit.x509.link_proofs import LinkProofs
    from trustkit.x509.trust_store import TrustStore

_PROOF: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatedPath:
    """Proof that `certificates` (leaf first, anchor last) kept every rule at `at`; made by `validate_path` alone.

    A leaf that is itself an anchor makes a path of one. `policies` says which policies hold for the whole path.
    """

    certificates: tuple[Certificate, ...]
    at: datetime
    purpose: Purpose
    policies: PathPolicies
    proof: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.proof is not _PROOF:
            raise TrustError(ErrorCode.BUG, "ValidatedPath is made by validate_path alone")

    @property
    def leaf(self) -> Certificate:
        """The certificate that was asked about."""
        return self.certificates[0]

    @property
    def anchor(self) -> Certificate:
        """The anchor that carries the path."""
        return self.certificates[-1]


def validate_path(
    leaf: Certificate,
    *,
    anchors: TrustStore,
    pool: tuple[Certificate, ...] | HelperPool,
    at: datetime,
    purpose: Purpose,
    links: LinkProofs | None = None,
    policies: PolicyDemand = ANY_POLICY_WILL_DO,
    work: PathWork | None = None,
) -> ValidatedPath:
    """Return the first path from `leaf` to an anchor that keeps every rule at the time `at`.

    Args:
        leaf: The certificate in question.
        anchors: What is trusted as given.
        pool: Helper certificates from anywhere; order and trust do not matter. Indexed ones serve several searches.
        at: Aware time the path is judged at, such as the proved time of signing.
        purpose: What the leaf was, or is to be, used for.
        links: What other searches of the same verification have found; None begins afresh.
        policies: Which certificate policies are acceptable, and whether one of them must hold.
        work: What several searches may cost together; None for what one may.

    Raises:
        TrustError: USAGE for a naive time. The leaf's own unfitness comes first (CERTIFICATE_PURPOSE,
            CERTIFICATE_UNKNOWN_CRITICAL, CERTIFICATE_MALFORMED), as no path can mend it. Then the most telling of: a
            rule a complete chain breaks (PATH_CA_FLAG, PATH_LENGTH, PATH_NAME_CONSTRAINTS, PATH_POLICY, CERTIFICATE_*), why
            a signature is wrong (SIGNATURE_WITHOUT_Z, SIGNATURE_WRONG_ID, ALGORITHM_*, KEY_*, PATH_SIGNATURE),
            PATH_NO_ANCHOR. PATH_LIMIT when the helper certificates make too much work.
    """
    if at.tzinfo is None:
        raise TrustError(ErrorCode.USAGE, "a path is judged at an aware time")
    require_purpose(leaf, purpose)
    require_understood(leaf)
    if leaf in anchors:
        return _anchor_alone(leaf, at, purpose, policies)
    search = PathSearch(anchors=anchors, pool=pool, at=at, links=links)
    rules = PathRules(at=at, purpose=purpose, policies=policies, work=work)
    broken: TrustError | None = None
    for chain in search.chains(leaf):
        try:
            held = rules.require(chain)
        except TrustError as error:
            broken = broken or error  # the likeliest chain comes first, so its fault is the telling one
        else:
            return ValidatedPath(certificates=chain, at=at, purpose=purpose, policies=held, proof=_PROOF)
    raise broken or search.failure(leaf)


def _anchor_alone(leaf: Certificate, at: datetime, purpose: Purpose, demand: PolicyDemand) -> ValidatedPath:
    """Judge an anchor that is itself in question: its period and policies count, and its signature when it is its own.

    NOTE: RFC 5280 leaves an anchor's signature unchecked, and as the end of a path it is. Here the certificate itself is
    what the caller asks about, and "signed without Z" is part of the answer.
    """
    require_period(leaf, at)
    if names_equal(leaf.subject_der, leaf.issuer_der):
        verify_certificate_signature(leaf, leaf)
    processing = PolicyProcessing(demand, 1, PathWork())
    processing.take(leaf, depth=0, self_issued=False)
    held = processing.finish(leaf)
    return ValidatedPath(certificates=(leaf,), at=at, purpose=purpose, policies=held, proof=_PROOF)
