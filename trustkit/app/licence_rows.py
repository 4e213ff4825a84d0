"""One row of a file of licences: issued under a key of its own, its documents written, what became of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from esign.licence.formats import LicenceFormat
from trustkit.app.files import read_input, write_output
from trustkit.code_families import CODES
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from esign.licence.formats import LicenceDocument
    from esign.licence.issuance import LicenceService
    from trustkit.error_family import Code

ISSUED, ALREADY, FAILED = "issued", "already-issued", "failed"
_MODE: Final = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsOrder:
    """What rows are issued as: licences of a type, in formats, an OFD under a seal of the registry, by the proposal that was approved."""

    kind: str
    formats: tuple[LicenceFormat, ...]
    seal: str | None = None
    proposal: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` reads."""
        formats = [each.value for each in self.formats]
        return {"kind": self.kind, "formats": formats, "seal": self.seal, "proposal": self.proposal}

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> RowsOrder:
        """Return what `to_json` wrote."""
        formats, seal, proposal = value["formats"], value["seal"], value["proposal"]
        if not isinstance(formats, list):
            raise TrustError(ErrorCode.BUG, "the order of rows names no formats")
        return cls(
            kind=str(value["kind"]),
            formats=tuple(LicenceFormat(each) for each in formats),
            seal=None if seal is None else str(seal),
            proposal=None if proposal is None else str(proposal),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTask:
    """A row that is to be issued; `key` stands for its licence in the register."""

    row: int
    key: str
    data: str = field(repr=False)

    def to_json(self) -> dict[str, object]:
        """Return its fields."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of a row; `code` and `detail` where it failed."""

    row: int
    status: str
    identifier: str = ""
    files: tuple[str, ...] = ()
    code: str = ""
    detail: str = ""

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> RowResult:
        """Return what `to_json` wrote."""
        row, files = value["row"], value.get("files", [])
        if not isinstance(row, int) or not isinstance(files, list):
            raise TrustError(ErrorCode.BATCH_WORKER, "an answer about no row came")
        texts = {name: str(value.get(name, "")) for name in ("status", "identifier", "code", "detail")}
        return cls(row=row, files=tuple(map(str, files)), **texts)

    def to_json(self) -> dict[str, object]:
        """Return what a program is told; nothing of the holder."""
        told: dict[str, object] = {"row": self.row, "status": self.status}
        if self.identifier:
            told |= {"identifier": self.identifier, "files": list(self.files)}
        return {**told, "code": self.code, "detail": self.detail} if self.code else told

    @property
    def refusal(self) -> Code:
        """The code of a row that failed."""
        return CODES[self.code]


def failed_row(row: int, error: TrustError) -> RowResult:
    """Return that a row was not issued."""
    return RowResult(row=row, status=FAILED, code=error.code.value, detail=error.detail)


def principal_json(actor: Principal) -> dict[str, object]:
    """Return who acts, for a process of our own; read by `principal_of`."""
    return {"id": actor.id, "roles": sorted(actor.roles)}


def principal_of(value: Mapping[str, object]) -> Principal:
    """Return who acts, as `principal_json` wrote it."""
    roles = value["roles"]
    return Principal(id=str(value["id"]), roles=frozenset(map(str, roles)) if isinstance(roles, list) else frozenset())


def issue_rows(
    service: LicenceService, order: RowsOrder, out: Path, tasks: Sequence[RowTask], *, actor: Principal
) -> list[RowResult]:
    """Issue rows one after the other and write their documents into a folder; one that fails stops no other."""
    return [_issue(service, order, out, each, actor) for each in tasks]


def _issue(service: LicenceService, order: RowsOrder, out: Path, task: RowTask, actor: Principal) -> RowResult:
    try:
        issued = service.issue(
            order.kind,
            task.data.encode("utf-8"),
            actor=actor,
            formats=order.formats,
            seal=order.seal,
            repeat_key=task.key,
            proposal=order.proposal,
        )
        files = tuple(_written(out, issued.identifier, each) for each in issued.documents)
    except TrustError as error:
        return failed_row(task.row, error)
    return RowResult(
        row=task.row, status=ALREADY if issued.repeated else ISSUED, identifier=issued.identifier, files=files
    )


def document_name(identifier: str, form: LicenceFormat) -> str:
    """Return by what name a document lies in the folder."""
    return f"{identifier}.{form.value}"


def _written(out: Path, identifier: str, document: LicenceDocument) -> str:
    """Write a document where it is not yet; the licence is in the register, and another run writes what this one could not."""
    target = out / document_name(identifier, document.format)
    try:
        write_output(target, document.octets, mode=_MODE)
    except TrustError as error:
        if error.code is not ErrorCode.OUTPUT_EXISTS or _read(target) != document.octets:
            raise
    return target.name


def _read(path: Path) -> bytes | None:
    try:
        return read_input(path)
    except TrustError:
        return None
