"""A home in which holders let their licences be used and copies are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from esign.copies.authorisation import AuthorisationOrder, CopyAuthorisations
from esign.copies.issuance import CopyOrder, CopyService, IssuedCopy
from esign.copies.model import Recipient, recipient_of
from tests.support.credential_desk import CredentialDesk
from trustkit.app.copy_desk import copy_authorisations, copy_changes, copy_service
from trustkit.app.verification import home_verification
from verifier.submission import Submission

if TYPE_CHECKING:
    from esign.copies.changes import CopyChanges
    from esign.copies.model import CopyDemand
    from trustkit.store.copy_authorisations import AuthorisationRow
    from trustkit.verdict import Verdict

HOLDER = "91990100MA7TRYQ01H"  # of the sample of business-licence
BANK: Recipient = recipient_of("92990100MA7TRYQ1X6", "示例银行股份有限公司")
OTHER: Recipient = recipient_of("91990100MA7TRYQ01H", "示例信托有限公司")
PURPOSE = "办理对公账户开户"


@dataclass
class CopyDesk(CredentialDesk):
    """Whoever issues in a home that is open."""

    @cached_property
    def copies(self) -> CopyService:
        return copy_service(self.authority, self.keys)

    @cached_property
    def authorisations(self) -> CopyAuthorisations:
        return copy_authorisations(self.authority)

    @cached_property
    def copy_changes(self) -> CopyChanges:
        return copy_changes(self.authority, self.keys)

    def authorise(self, identifier: str, *, holder: str = HOLDER, copies: int = 5, days: int = 60) -> AuthorisationRow:
        """Record that the holder lets the bank use a licence."""
        order = AuthorisationOrder(
            holder_code=holder,
            purpose=PURPOSE,
            recipient=BANK,
            valid_until=self.authority.clock.now() + timedelta(days=days),
            evidence=b"a scan of what he signed",
            most_copies=copies,
        )
        return self.authorisations.record(identifier, order, actor=self.authority.operator)

    def copy(self, identifier: str, authorisation: str | None = None, **order: object) -> IssuedCopy:
        """Make a copy, under a new authorisation unless one is named."""
        number = authorisation or self.authorise(identifier).number
        wanted = CopyOrder(authorisation=number, **order)  # type: ignore[arg-type]
        return self.copies.issue(identifier, wanted, actor=self.authority.operator)

    def judged(self, document: bytes, demand: CopyDemand | None = None) -> Verdict:
        """Return the verdict of the home's own verifier, now."""
        service = home_verification(self.authority, offline=True)
        return service.judge(Submission(name="x", data=document, copy_demand=demand))

    def becomes(self, *copies: IssuedCopy, demand: CopyDemand | None = None) -> list[str]:
        """Return for each what becomes of its first document: ``TOTAL-PASSED``, or the sub-indication."""
        conclusions = [self.judged(each.documents[0].octets, demand).conclusion for each in copies]
        return [str((each.sub_indication or each.indication).value) for each in conclusions]
