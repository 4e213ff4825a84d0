"""Options of commands that encrypt to somebody, and how the recipients they name are judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import chosen_home

if TYPE_CHECKING:
    from trustkit.app.recipients import Recipient

RecipientsEvidence = Annotated[
    list[Path] | None,
    typer.Option(
        "--evidence", metavar="PATH", help="Certificates, CRLs and OCSP answers for the recipients: file or folder."
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse a recipient of whom something, such as revocation, is not known.")
]


def judged_recipients(
    paths: tuple[Path, ...],
    trust: tuple[Path, ...],
    evidence: tuple[Path, ...],
    *,
    home: Path | None,
    offline: bool = False,
    strict: bool = False,
) -> tuple[Recipient, ...]:
    """Return whom to encrypt to, judged by the anchors named and the home's. Raise as `RecipientRules.choose`."""
    from trustkit.app.recipients import RecipientRules
    from trustkit.app.verification import evidence_of, verification_for
    from trustkit.app.verify_request import VerifyRequest
    from trustkit.app.wiring import open_if_home

    request = VerifyRequest(
        trust=trust,
        evidence=evidence,
        offline=offline,
        home=chosen_home(home),
        home_required=home is not None,
    )
    with open_if_home(request.home, required=request.home_required) as opened:
        service = verification_for(request, opened)
        rules = RecipientRules(service=service, evidence=evidence_of(request), anchored=bool(trust), strict=strict)
        return rules.choose(paths)


def doubts_of(recipients: tuple[Recipient, ...]) -> list[str]:
    """Return what is not known of them, each sentence with its recipient."""
    return [f"{each.certificate.subject}: {doubt}" for each in recipients for doubt in each.doubts]
