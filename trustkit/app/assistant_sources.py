"""Where an assistant's questions are answered: by this installation and its home, or by a service (`trustkit.app.assistant_service`). Neither opens a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from trustkit.api_codes import ApiCode
from trustkit.app.licence_lines import public_status
from trustkit.app.licence_type_lines import catalogue_of, catalogued
from trustkit.errors import TrustError
from verifier.report import verdict_to_json
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from trustkit.app.assistant_asked import AskedFile
    from trustkit.app.register import Register
    from trustkit.clock import Clock
    from trustkit.texts.catalogue import Language
    from verifier.service import VerificationService

    Told = Mapping[str, object]

SUMMARY: Final = ("type", "code", "title", "issued", "unconfirmed")


class Source(Protocol):
    """Who answers."""

    def verify(self, asked: AskedFile, at: datetime | None, language: Language) -> Told:
        """Return the verdict as `trustkit verify --format json` tells it."""
        ...

    def licence_status(self, identifier: str) -> Told:
        """Return where a licence stands."""
        ...

    def licence_types(self) -> tuple[Told, ...]:
        """Return the catalogue of licence types, in short."""
        ...

    def licence_type(self, name: str) -> Told:
        """Return all that is said of one licence type."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HereSource:
    """This installation: `folder` is where a home would be, `register` and `clock` its own, None where there is none."""

    verification: VerificationService
    evidence: tuple[bytes, ...] = field(repr=False)
    folder: Path
    register: Register | None
    clock: Clock | None

    def verify(self, asked: AskedFile, at: datetime | None, language: Language) -> Told:
        """See `Source.verify`. Of a home the trail is told, as by `trustkit verify`."""
        submission = Submission(name=asked.name, data=asked.data, evidence=self.evidence, copy_demand=asked.copy_demand)
        return verdict_to_json(self.verification.verify(submission, at), file=asked.name, language=language)

    def licence_status(self, identifier: str) -> Told:
        """See `Source.licence_status`. Raise REGISTER where there is no home, LICENCE_MISSING."""
        if self.register is None or self.clock is None:
            raise TrustError(ApiCode.ASSISTANT_REGISTER, "no home")
        row = self.register.licence_status(identifier)
        return public_status(row, self.register.next_version, self.clock.now())

    def licence_types(self) -> tuple[Told, ...]:
        """See `Source.licence_types`. Raise LICENCE_POLICY."""
        every = (line.to_json() for line in catalogue_of(self.folder))
        return tuple({key: each[key] for key in SUMMARY} for each in every)

    def licence_type(self, name: str) -> Told:
        """See `Source.licence_type`. Raise LICENCE_TYPE, LICENCE_POLICY."""
        return catalogued(self.folder, name).to_json()
