"""Whether the policy accepts the algorithms of a signature at the time that counts for it (EN 319 102-1 5.2.8).

The time is the earliest at which the signature is proved to have existed: with a trusted time stamp the stamp's, otherwise
that of judging. A stamp from before an algorithm's last day therefore keeps the signature good for ever; one from after it
proves nothing about the days that matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.crypto.algorithm_policy import AfterSunset, AlgorithmUse, Sunset
from trustkit.crypto.suites import suite_from_algorithm
from trustkit.errors import TrustError
from trustkit.verdict import Check, CheckId, SubIndication, passed, unknown, warning
from verifier.judgement.outcomes import outcome

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.crypto.digest import DigestAlgorithm
    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.x509.path import ValidatedPath
    from verifier.judgement.context import Context

_AFTER: Final = {
    AfterSunset.NEEDS_PROOF: SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    AfterSunset.REFUSED: SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
}


def judge_algorithms(
    context: Context,
    suite: SignatureSuite,
    digest: DigestAlgorithm,
    *,
    key: PublicKey | None,
    use: AlgorithmUse,
    at: datetime,
) -> tuple[Check, ...]:
    """Return whether the policy accepts suite, digest and length of `key` for `use` at the aware time `at` (5.2.8.4.2)."""
    named = f"{suite.value}, {digest.value}"
    if suite not in context.policy.suites or digest not in context.policy.digests:
        return (unknown(CheckId.ALGORITHM, SubIndication.CRYPTO_CONSTRAINTS_FAILURE, f"{named}: not accepted"),)
    found = _sunset(context, suite, key, use, at)
    good = passed(CheckId.ALGORITHM, named)
    if found is None:
        return (good,)
    told = _told(found, "")
    return (good, told) if found.after is AfterSunset.WARNING else (told,)


def judge_path_algorithms(context: Context, path: ValidatedPath, at: datetime) -> tuple[Check, ...]:
    """Return what is wrong with the algorithms between the certificates of a path; nothing when all are accepted."""
    found: list[Check] = []
    for depth, (certificate, issuer) in enumerate(zip(path.certificates, path.certificates[1:], strict=False)):
        where = f"certificate at depth {depth}: "
        try:
            key = issuer.public_key
            suite = suite_from_algorithm(certificate.signature_oid, certificate.signature_parameters, key=key)
        except TrustError as error:
            found.append(outcome(error))
            continue
        if suite not in context.policy.suites:
            detail = f"{where}{suite.value} is not accepted"
            found.append(unknown(CheckId.ALGORITHM, SubIndication.CRYPTO_CONSTRAINTS_FAILURE, detail))
        elif (sunset := _sunset(context, suite, key, AlgorithmUse.CERTIFICATE, at)) is not None:
            found.append(_told(sunset, where))
    return tuple(found)


def _sunset(
    context: Context, suite: SignatureSuite, key: PublicKey | None, use: AlgorithmUse, at: datetime
) -> Sunset | None:
    """Return why something no longer serves. What is broken is judged by the time of judging: no proof of age mends it."""
    algorithms = context.policy.algorithms
    now = algorithms.sunset(suite, key, use, context.at)
    return now if now is not None and now.after is AfterSunset.REFUSED else algorithms.sunset(suite, key, use, at)


def _told(found: Sunset, where: str) -> Check:
    if found.after is AfterSunset.WARNING:
        return warning(CheckId.ALGORITHM, where + found.detail)
    return unknown(CheckId.ALGORITHM, _AFTER[found.after], where + found.detail)
