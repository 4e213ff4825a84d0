"""Verdicts without a service, by the suite itself on this machine: the extra `offline`.

    verifier = OfflineVerifier(trust=[Path("root.cer")], evidence=[Path("evidence")])
    verdict = verifier.verify(Path("licence.pdf"))

Nothing is fetched. What is not at hand (a CRL, a status list) leaves a verdict INDETERMINATE and is named, never guessed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from esign.copies.model import demand_of
from esign.credential.binding import MAX_NONCE, BindingDemand
from trustkit.app.verification import evidence_of, verification_for
from trustkit.app.verify_request import VerifyRequest
from trustkit.errors import TrustError
from trustkit.texts.catalogue import Language, error_text
from trustkit_client.documents import document_of
from trustkit_client.errors import UsageError
from trustkit_client.http import require_language
from trustkit_client.results import verdict_of
from verifier.report import verdict_to_json
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trustkit_client.documents import Document, Source
    from trustkit_client.results import Verdict


class OfflineVerifier:
    """Verifies by anchors and evidence in files. No key is opened and nothing is kept."""

    def __init__(
        self,
        *,
        trust: Iterable[Path],
        evidence: Iterable[Path] = (),
        policy: Path | None = None,
        language: str = "en",
    ) -> None:
        """Read what is believed.

        Args:
            trust: certificates whom to trust, files or folders of them.
            evidence: certificates, CRLs, OCSP answers and status lists, files or folders.
            policy: a validation policy; the suite's usual one where there is none.
            language: of messages and remedies, `zh` or `en`.

        Raises:
            UsageError: for what cannot be read, with the suite's code and remedy.
        """
        self._language = Language(require_language(language))
        request = VerifyRequest(home=Path(), offline=True, trust=tuple(trust), evidence=tuple(evidence), policy=policy)
        try:
            self._service = verification_for(request, None)
            self._evidence = evidence_of(request)
        except TrustError as error:
            raise self._told(error) from error

    def verify(self, source: Source) -> Verdict:
        """Return the verdict on a file, octets, or the text of a credential or code.

        Raises:
            UsageError: for what cannot be read, and for a recipient or purpose no copy is made for.
        """
        document = document_of(source)
        try:
            submission = Submission(
                name=document.label,
                data=document.data,
                content=document.content,
                evidence=(*self._evidence, *document.evidence),
                demand=_demand(document),
                copy_demand=demand_of(document.recipient or "", document.purpose or ""),
            )
            verdict = self._service.verify(submission, document.at)
        except TrustError as error:
            raise self._told(error) from error
        found: Mapping[str, object] = verdict_to_json(verdict, file=document.label, language=self._language)
        return verdict_of(found)

    def _told(self, error: TrustError) -> UsageError:
        text = error_text(error.code, self._language)
        return UsageError(text.sentence, code=error.code.value, remedy=text.remedy)


def _demand(document: Document) -> BindingDemand | None:
    """Return what a holder was asked for. Raise UsageError for a nonce longer than any is."""
    if document.audience is None or document.nonce is None:
        return None
    if not document.audience or not 0 < len(document.nonce) <= MAX_NONCE:
        raise UsageError(f"audience and nonce are texts, a nonce of at most {MAX_NONCE} characters")
    return BindingDemand(audience=document.audience, nonce=document.nonce)
