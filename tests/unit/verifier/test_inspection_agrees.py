"""What `trustkit inspect` says of each row of the attack corpus is what `verify` says: it may know less, and never other things."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from esign.pdf.inspection import PdfInspection, inspect_pdf
from esign.pdf.model import ChangeKind, SignatureForm
from tests.support.attacks.corpus import rows
from tests.support.attacks.doors import EVERY
from tests.support.attacks.library import Library
from trustkit.app.inspection_report import (
    claimed_signer,
    footing,
    heading,
    inspection_to_json,
    revision_rows,
    signature_rows,
)
from trustkit.texts.catalogue import Language
from trustkit.verdict import CheckId, CheckStatus, Indication, SignatureVerdict, Verdict

if TYPE_CHECKING:
    from esign.pdf.model import UnverifiedPdfSignature

KINDS = {  # by what verify calls the syntax of a signature that it read
    "pades": SignatureForm.CMS,
    "gbt35275": SignatureForm.CMS,
    "rfc5652": SignatureForm.CMS,
    "rfc3161": SignatureForm.RFC3161,
}


def changes_check(verdict: SignatureVerdict) -> CheckStatus | None:
    return next((each.status for each in verdict.checks if each.id is CheckId.UNCHANGED_SINCE), None)


def require_agreement(name: str, found: PdfInspection, verdict: Verdict) -> None:
    if found.trouble is not None:
        assert verdict.conclusion.indication is not Indication.TOTAL_PASSED, name
        if verdict.format == "pdf":
            assert found.trouble.code in {check.code for check in verdict.checks}, name
        return
    assert len(found.signatures) == len(verdict.signatures), name
    assert set(found.uncovered) <= set(verdict.uncovered), name
    for seen, judged in zip(found.signatures, verdict.signatures, strict=True):
        assert seen.covers_whole_file is (judged.covers == "the whole file"), name
        assert seen.form is KINDS.get(judged.form) or judged.form.startswith(seen.form.value.lower()), name
        status = changes_check(judged)
        if status is CheckStatus.PASSED:
            assert seen.later_changes.kind is not ChangeKind.FORBIDDEN, name
        if status is CheckStatus.FAILED:
            assert seen.later_changes.kind is ChangeKind.FORBIDDEN, name
        if judged.conclusion.indication is Indication.TOTAL_PASSED:
            assert claimed_signer(seen) == judged.signer, name
        if seen.later_changes.kind is ChangeKind.FORBIDDEN:
            assert judged.conclusion.indication is not Indication.TOTAL_PASSED, name
            require_told(name, found, seen)


def require_told(name: str, found: PdfInspection, seen: UnverifiedPdfSignature) -> None:
    """What is not allowed is in words beside the signature; what a later revision changed, in its row too."""
    assert seen.later_changes.detail, name
    if "changes what was signed" in seen.later_changes.detail:
        later = found.revisions[seen.revision + 1 :]
        assert any(each.changes is None or each.changes for each in later), name


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.slow)])
def test_inspect_and_verify_agree(every: int) -> None:
    library = Library()
    for row in rows()[::every]:
        data = row.build(library)
        found = inspect_pdf(data)
        require_agreement(row.name, found, library.verify(data, alone=row.alone))
        for language in Language:
            told = [*heading(found, row.name, language), *footing(found, language)]
            lines = (*revision_rows(found, language), *signature_rows(found, language))
            assert all(text.isprintable() for text in (*told, *(cell for each in lines for cell in each))), row.name
        json.dumps(inspection_to_json(found, row.name), allow_nan=False).encode("utf-8")
