"""What can go wrong, each with a code and what can be done: `ClientError` is the root of all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem document of the service (RFC 9457), or of its provider of tokens.

    Attributes:
        code: stable, for machines: ``web:quota:spent``; of a provider of tokens ``oauth:invalid_client``.
        title: a sentence in the language asked for.
        remedy: what can be done, empty where the service does not say.
        detail: for an operator; may be empty.
        instance: names the request in the service's log.
        facts: the members ``fact_…`` without that prefix.
    """

    status: int
    code: str
    title: str
    remedy: str = ""
    detail: str = ""
    instance: str = ""
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


class ClientError(Exception):
    """What every error here is. `code` is for machines, `remedy` says what can be done."""

    def __init__(self, sentence: str, *, code: str, remedy: str = "") -> None:
        super().__init__(f"{sentence} ({code})")
        self.code = code
        self.remedy = remedy


class RefusedError(ClientError):
    """The service, or its provider of tokens, refused; `problem` says why and `retry_after` (seconds) when to come again."""

    def __init__(self, problem: Problem, *, retry_after: float | None = None) -> None:
        super().__init__(problem.title, code=problem.code, remedy=problem.remedy)
        self.problem = problem
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status


class UnreachableError(ClientError):
    """There was no answer, also when asked again. Nothing is said of what was to be verified."""

    def __init__(self, what: str) -> None:
        super().__init__(what, code="client:service:unreachable", remedy="Look at address, network and certificate.")


class AnswerError(ClientError):
    """An answer that is none of those the service describes; nothing of it is believed."""

    def __init__(self, what: str) -> None:
        remedy = "See that the address is a trustkit service's, and that client and service are of versions that fit."
        super().__init__(what, code="client:answer:not-understood", remedy=remedy)


class UsageError(ClientError):
    """The caller asked for what cannot be asked; nothing was sent."""

    def __init__(self, what: str, *, code: str = "client:usage", remedy: str = "") -> None:
        super().__init__(what, code=code, remedy=remedy)


class NotPassedError(ClientError):
    """A verdict that was required to be TOTAL-PASSED and is not."""

    def __init__(self, indication: str, sub_indication: str | None, remedy: str) -> None:
        said = f"{indication} {sub_indication}" if sub_indication else indication
        super().__init__(said, code="client:verdict:not-passed", remedy=remedy)
        self.indication = indication
        self.sub_indication = sub_indication
