"""What is told of one file in a run: a row of fixed columns, small enough for millions.

    row = row_of(verdict, submission, path="in/a.pdf", seconds=0.004)
    row.to_json()

The columns are a contract (docs/bulk.md): they are added to, never renamed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode
from trustkit.verdict import CheckStatus, Indication

if TYPE_CHECKING:
    from trustkit.errors import TrustError
    from trustkit.verdict import Verdict

UNREADABLE: Final = frozenset(
    {ErrorCode.INPUT_UNREADABLE.value, ErrorCode.INPUT_TOO_LARGE.value}
)  # codes of rows whose file could not be read, which the exit status tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One verdict, or why there is none (`code`, INDETERMINATE then).

    `path` is as found and None where paths are not to be told, `member` the file in an archive; `path_sm3` is over both. `sm3` and
    `sha256` are of the content judged (hexadecimal), `size` its octets, None for what could not be read; `seconds` what judging took.
    """

    path: str | None
    member: str | None
    path_sm3: str
    sm3: str | None
    sha256: str | None
    size: int | None
    format: str | None
    indication: str
    sub_indication: str | None
    code: str | None
    signatures: int
    seconds: float

    def to_json(self) -> dict[str, object]:
        """Return the row by the names of its columns."""
        return asdict(self)


def row_of(verdict: Verdict, data: bytes, *, path: str, member: str | None = None, seconds: float = 0.0) -> Row:
    """Return the row of a verdict on some octets."""
    sub = verdict.conclusion.sub_indication
    return Row(
        path=shown(path),
        member=member,
        path_sm3=path_digest(path, member),
        sm3=digest(DigestAlgorithm.SM3, data).hex(),
        sha256=digest(DigestAlgorithm.SHA256, data).hex(),
        size=len(data),
        format=verdict.format,
        indication=verdict.conclusion.indication.value,
        sub_indication=None if sub is None else sub.value,
        code=_code(verdict),
        signatures=len(verdict.signatures),
        seconds=round(seconds, 6),
    )


def row_without(
    error: TrustError, *, path: str, member: str | None = None, seconds: float = 0.0, format_name: str | None = None
) -> Row:
    """Return the row of a file without verdict: INDETERMINATE, for what is not known."""
    return Row(
        path=shown(path),
        member=member,
        path_sm3=path_digest(path, member),
        sm3=None,
        sha256=None,
        size=None,
        format=format_name,
        indication=Indication.INDETERMINATE.value,
        sub_indication=None,
        code=error.code.value,
        signatures=0,
        seconds=round(seconds, 6),
    )


def path_digest(path: str, member: str | None) -> str:
    """Return SM3 (hexadecimal) of a path and, behind an octet of nothing, of the file in the archive there."""
    octets = path.encode("utf-8", "surrogateescape")
    if member is not None:
        octets += b"\0" + member.encode("utf-8", "surrogateescape")
    return digest(DigestAlgorithm.SM3, octets).hex()


def shown(path: str) -> str:
    """Return a path as UTF-8 text: octets of a name that are none are written as escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _code(verdict: Verdict) -> str | None:
    """Return the code behind the conclusion: of the first check that says the same, else of the first that did not pass."""
    checks = [*verdict.checks, *(check for each in verdict.signatures for check in each.checks)]
    against = [each for each in checks if each.code is not None and each.status in _AGAINST]
    told = [each for each in against if each.sub_indication is verdict.conclusion.sub_indication] or against
    return told[0].code.value if told and told[0].code is not None else None


_AGAINST: Final = frozenset({CheckStatus.FAILED, CheckStatus.UNKNOWN})
