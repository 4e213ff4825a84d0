"""The identifier of an electronic licence (GB/T 36904-2018): composed, and read strictly with what is odd about it.

    ID      = "1.2.156.3005.2" "." TYPE "." ISSUER "." SERIAL "." VERSION "." CHECK
    TYPE    = code of the authority that defined the type (18) and three digits
    ISSUER  = unified social credit code of the issuer (18)
    SERIAL  = [0-9A-Z]+, VERSION = three digits
    CHECK   = ISO 7064 MOD 37,36 over TYPE ISSUER SERIAL VERSION

An identifier with the right check character is accepted even where an issuer departs from the form in a way met in real
licences; `findings` then says so. A wrong check character is refused always, and named when it is the one that a
routine used in Shandong computes.

    identifier = compose_identifier(type_code=…, issuer=…, serial="20261124000001", version=1)
    parse_identifier(identifier.text).findings
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import lru_cache
from typing import Final

from trustkit.encoding.holder_codes import parse_uscc
from trustkit.errors import ErrorCode, TrustError

ROOT: Final = "1.2.156.3005.2"
TYPE_LENGTH: Final = 21
MAX_VERSION: Final = 999
MAX_IDENTIFIER: Final = 160
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS: Final = 36
_CODE: Final = re.compile(r"[0-9A-Z]{18}")
_TYPE: Final = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_AREA: Final = re.compile(r"[0-9]{6}")
_SERIAL: Final = re.compile(r"[0-9A-Z]{1,64}")
_VERSION: Final = re.compile(r"[0-9]{3}")
_PARTS: Final = 5  # after the root
_REMEMBERED: Final = 256  # one judgement asks for the same several times


@unique
class IdentifierFinding(StrEnum):
    """What departs from the standard though the check character is right."""

    ISSUER_AREA_CODE = "issuer-area-code"  # six digits of an area instead of a credit code
    ISSUER_CODE = "issuer-code"  # 18 characters that fail their own check
    TYPE_AUTHORITY_CODE = "type-authority-code"  # the same of the authority that defined the type


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceIdentifier:
    """An identifier whose check character is right; made by `compose_identifier` and `parse_identifier`."""

    type_code: str
    issuer: str
    serial: str
    version: int
    check: str
    findings: tuple[IdentifierFinding, ...] = ()

    @property
    def text(self) -> str:
        """The identifier as it is printed."""
        return f"{ROOT}.{self.type_code}.{self.issuer}.{self.serial}.{self.version:03d}.{self.check}"

    def __str__(self) -> str:
        return self.text


def compose_identifier(*, type_code: str, issuer: str, serial: str, version: int) -> LicenceIdentifier:
    """Return the identifier with its check character; the inverse of `parse_identifier`.

    Raises:
        TrustError: LICENCE_IDENTIFIER for a part of the wrong form; HOLDER_CODE when the issuer or the authority in the
            type code fails its own check. We write none of the departures that we read.
    """
    _require(_TYPE, type_code, "type")
    _require(_CODE, issuer, "issuer")
    _require(_SERIAL, serial, "serial")
    if not 1 <= version <= MAX_VERSION:
        raise _refused("the version is between 1 and 999", part="version")
    parse_uscc(type_code[:18])
    parse_uscc(issuer)
    check = check_character(f"{type_code}{issuer}{serial}{version:03d}")
    return LicenceIdentifier(type_code=type_code, issuer=issuer, serial=serial, version=version, check=check)


@lru_cache(maxsize=_REMEMBERED)
def parse_identifier(text: str) -> LicenceIdentifier:
    """Return the parts of an identifier, with findings; the inverse of `LicenceIdentifier.text`.

    Raises:
        TrustError: LICENCE_IDENTIFIER, naming the part of the wrong form, or the wrong check character with
            ``routine="shandong"`` when it is that routine's.
    """
    if len(text) > MAX_IDENTIFIER:
        raise _refused("longer than any identifier", part="whole")
    if not text.startswith(f"{ROOT}."):
        raise _refused(f"does not begin with {ROOT}", part="root")
    parts = text.removeprefix(f"{ROOT}.").split(".")
    if len(parts) != _PARTS:
        raise _refused("type, issuer, serial, version and check character stand between dots", part="whole")
    type_code, issuer, serial, version, check = parts
    _require(_TYPE, type_code, "type")
    if not _AREA.fullmatch(issuer):
        _require(_CODE, issuer, "issuer")
    _require(_SERIAL, serial, "serial")
    _require(_VERSION, version, "version")
    _require_check(f"{type_code}{issuer}{serial}{version}", check)
    return LicenceIdentifier(
        type_code=type_code,
        issuer=issuer,
        serial=serial,
        version=int(version),
        check=check,
        findings=_findings(type_code, issuer),
    )


def check_character(body: str) -> str:
    """Return the check character of TYPE ISSUER SERIAL VERSION written without dots (ISO 7064 MOD 37,36)."""
    remainder = _MODULUS
    for character in body:
        remainder = (remainder + _ALPHABET.index(character)) % _MODULUS or _MODULUS
        remainder = 2 * remainder % (_MODULUS + 1)
    return _ALPHABET[(_MODULUS + 1 - remainder) % _MODULUS]


def shandong_character(body: str) -> str:
    """Return the check character of the routine met in Shandong: letters count one too high, with other carries."""
    remainder = _MODULUS
    for character in body:
        if character.isdigit():
            total = remainder + int(character)
        else:
            total = remainder + _ALPHABET.index(character) + 1
            if total > _MODULUS + 1:
                total %= _MODULUS + 1
        remainder = 2 * (total % _MODULUS or _MODULUS) % (_MODULUS + 1)
    return _ALPHABET[_MODULUS - remainder]


def _require_check(body: str, check: str) -> None:
    if check == check_character(body):
        return
    if len(check) == 1 and check == shandong_character(body):
        raise _refused("wrong check character (matches the Shandong routine)", part="check", routine="shandong")
    raise _refused("wrong check character", part="check")


def _findings(type_code: str, issuer: str) -> tuple[IdentifierFinding, ...]:
    found: list[IdentifierFinding] = []
    if not _is_credit_code(type_code[:18]):
        found.append(IdentifierFinding.TYPE_AUTHORITY_CODE)
    if _AREA.fullmatch(issuer):
        found.append(IdentifierFinding.ISSUER_AREA_CODE)
    elif not _is_credit_code(issuer):
        found.append(IdentifierFinding.ISSUER_CODE)
    return tuple(found)


@lru_cache(maxsize=_REMEMBERED)
def _is_credit_code(text: str) -> bool:
    try:
        parse_uscc(text)
    except TrustError:
        return False
    return True


def _require(form: re.Pattern[str], part: str, name: str) -> None:
    if not form.fullmatch(part):
        raise _refused(f"the {name} has the wrong form", part=name)


def _refused(detail: str, **facts: str) -> TrustError:
    return TrustError(ErrorCode.LICENCE_IDENTIFIER, detail, **facts)
