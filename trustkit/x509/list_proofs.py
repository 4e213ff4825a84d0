"""Signatures of revocation lists, each checked once and so many at most, for all certificates of one verification.

`crl` remembers what was proved, for all files. Hostile lists stand under the name of every authority, each of whose keys is tried.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.bounded_proofs import BoundedProofs
from trustkit.x509.crl import verify_crl
from trustkit.x509.name import names_equal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList

MAX_LISTS: Final = 64  # signatures of one verification; an honest path needs one or two for each certificate


class ListProofs(BoundedProofs[tuple["CertificateList", "Certificate"]]):
    """What is known of lists and who signed them; grows to `limit` signatures."""

    def __init__(self, limit: int = MAX_LISTS) -> None:
        """Begin with nothing known."""
        super().__init__(limit, "signatures of lists checked")

    def signer(self, crl: CertificateList, candidates: Iterable[Certificate]) -> Certificate:
        """Return which of the candidates signed the list; the one whose key identifier it names is asked first.

        Raises:
            TrustError: CRL_SCOPE when nobody of the list's name is known, CERTIFICATE_PURPOSE or the first candidate's other refusal
                (SIGNATURE_*, ALGORITHM_*, KEY_*). A list signed by nobody we know is no evidence. PATH_LIMIT when a bound was
                reached, here or by `candidates`, before all were tried: then nobody knows who signed it.
        """
        refusals: list[TrustError] = []
        named: list[Certificate] = []
        limit: TrustError | None = None
        try:
            named.extend(each for each in candidates if names_equal(each.subject_der, crl.issuer_der))
        except TrustError as error:  # more might have signed it than are looked for
            limit = error
        for candidate in sorted(named, key=lambda each: each.subject_key_id != crl.authority_key_id):
            try:
                refusal = self.outcome((crl, candidate), partial(verify_crl, crl, candidate))
            except TrustError as error:
                limit = error
                continue
            if refusal is None:
                return candidate
            refusals.append(refusal)
        if limit is not None:
            raise limit
        if not refusals:
            raise TrustError(ErrorCode.CRL_SCOPE, "nobody known here may sign the list")
        first = refusals[0]
        raise TrustError(first.code, f"not signed by its issuer's key: {first.detail}", **first.facts)
