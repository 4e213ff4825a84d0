"""Parameters of a request as browsers and clients write them (``application/x-www-form-urlencoded``), read strictly.

No parameter may stand twice (RFC 6749 3.1 and 3.2) save `resource` (RFC 8707 2); one without a value counts as left out; what is not
known is left aside. Every value is bounded before anything looks into it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM: Final = "application/x-www-form-urlencoded"
MAX_FORM: Final = 128 * 1024  # an assertion and a proof are tokens of some thousand characters
MAX_PARAMETERS: Final = 48
MAX_VALUE: Final = 64 * 1024
MAX_RESOURCES: Final = 8
_REPEATABLE: Final = "resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parameters of one request; `resources` are those of `resource`."""

    values: Mapping[str, str] = field(repr=False)  # secrets, codes and tokens among them
    resources: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        """Return a parameter, empty when it was left out."""
        return self.values.get(name, "")

    def need(self, name: str) -> str:
        """Return a parameter. Raise OP_REQUEST_FORM when it was left out."""
        if value := self.values.get(name, ""):
            return value
        raise malformed(f"{name} is missing")

    def bounded(self, name: str, most: int) -> str:
        """Return a parameter, empty when it was left out. Raise OP_REQUEST_FORM beyond `most` characters."""
        value = self.values.get(name, "")
        if len(value) > most:
            raise malformed(f"{name} has more than {most} characters")
        return value


def read_form(body: bytes, media_type: str) -> Parameters:
    """Return the parameters of a body.

    Raises:
        TrustError: REQUEST_TYPE, INPUT_TOO_LARGE, OP_REQUEST_FORM.
    """
    if media_type.partition(";")[0].strip().lower() != FORM:
        raise TrustError(ErrorCode.REQUEST_TYPE, f"the body is {FORM}")
    return read_query(body)


def read_query(octets: bytes) -> Parameters:
    """Return the parameters of a query or form. Raise INPUT_TOO_LARGE; OP_REQUEST_FORM."""
    if len(octets) > MAX_FORM:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "parameters", limit=MAX_FORM)
    try:
        pairs = parse_qsl(
            octets.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(octets),
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except (ValueError, UnicodeError) as error:
        raise malformed("not parameters of a form") from error
    values: dict[str, str] = {}
    resources: list[str] = []
    for name, value in pairs:
        if not value:
            continue
        if len(value) > MAX_VALUE or len(name) > MAX_VALUE:
            raise malformed("a value is too long")
        if name == _REPEATABLE:
            resources.append(value)
        elif name in values:
            raise malformed("a parameter stands twice")
        else:
            values[name] = value
    if len(resources) > MAX_RESOURCES:
        raise malformed(f"more than {MAX_RESOURCES} resources")
    return Parameters(values=MappingProxyType(values), resources=tuple(dict.fromkeys(resources)))


def malformed(told: str) -> TrustError:
    """Return the refusal of a request by its form."""
    return TrustError(IdentityCode.OP_REQUEST_FORM, told)
