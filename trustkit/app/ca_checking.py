"""What registrars decide on, for programs that show it to them and carry what they signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.registration_api import Page
from trustkit.app.registration import RegistrationDesk
from trustkit.app.seal_changes import carry_out_if_agreed
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from ca.clients import Client
    from ca.statements import SignedStatement
    from trustkit.app.authority import Authority
    from trustkit.app.request_lines import RequestDetails, RequestLine

_MOST_PAGES: Final = 10  # that are looked through for one page of those a client sees


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckingDesk:
    """`ca.registration_api.Checking` over a home."""

    home: Authority

    def listed(self, client: Client, *, state: str | None, after: str | None, limit: int) -> Page:
        """See `Checking.listed`."""
        desk = RegistrationDesk(home=self.home)
        desk.requests.expire()
        lines: list[RequestLine] = []
        for _ in range(_MOST_PAGES):
            page = desk.book.listed(state=state, after=after, limit=limit)
            for line in page:
                if len(lines) == limit:
                    return Page(lines=lines, after=after)
                after = line.request.id
                if _sees(client, line):
                    lines.append(line)
            if len(page) < limit:
                return Page(lines=lines, after=None)
        return Page(lines=lines, after=after)

    def details(self, client: Client, number: str) -> RequestDetails:
        """See `Checking.details`."""
        found = RegistrationDesk(home=self.home).book.details(number)
        if not _sees(client, found.line):
            raise TrustError(ErrorCode.REGISTRATION_MISSING, "no such request")
        return found

    def decide(self, client: Client, number: str, statement: SignedStatement) -> RequestLine:
        """See `Checking.decide`."""
        self.details(client, number)
        desk = RegistrationDesk(home=self.home)
        registration = desk.registration  # which closes what has expired, in a unit of its own
        with self.home.database.unit_of_work() as uow:
            row = registration.decide_presented_within(uow, statement, number, client=client.principal)
            carry_out_if_agreed(uow, self.home, row, desk.policy, actor=client.principal)
        return desk.book.details(number).line


def _sees(client: Client, line: RequestLine) -> bool:
    return client.grant.sees_place(line.authority, line.profile)
