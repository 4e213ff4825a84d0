"""Certificate profiles: what may be issued, read from ``policies/certificates/*.toml`` and validated once.

A profile is data a security officer reads and changes. Keys it does not have take the narrowest sense that lets a home of
an earlier trustkit go on: no alternative names, no policies, no further extensions; a profile without ``[subject]`` leaves
the subject to whoever orders.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from ca.profile_model import ALL_KEY_KINDS, CertificateProfile
from ca.profile_rules import require_consistent
from ca.subject_form import SubjectAttribute
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_PROFILE_SIZE: Final = 16 * 1024
PROFILE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")  # part of a path
MAX_LIST: Final = 64  # entries of any list in a profile

_REQUIRED: Final[dict[str, type]] = {
    "title_en": str,
    "title_zh": str,
    "days": int,
    "ca": bool,
    "key_usage": list,
    "extended_key_usage": list,
    "publish_links": bool,
}
_OPTIONAL: Final[dict[str, type]] = {
    "path_length": int,
    "key_kinds": list,
    "alternative_names": list,
    "alternative_names_required": bool,
    "policies": list,
    "extensions": list,
    "name_constraints": dict,
    "no_check": bool,
    "subject": dict,
}
_TYPES: Final = _REQUIRED | _OPTIONAL
_ATTRIBUTE_TYPES: Final[dict[str, type]] = {"required": bool, "fixed": str, "form": str, "limit": int}


def load_profile(folder: Path, name: str) -> CertificateProfile:
    """Return the profile ``NAME.toml`` of a policies folder. Raise CA_PROFILE naming the key that is wrong."""
    if PROFILE_NAME.fullmatch(name) is None:
        raise TrustError(ErrorCode.CA_PROFILE, "a profile's name is small letters, digits and hyphens")
    path = folder / f"{name}.toml"
    try:
        if path.stat().st_size > MAX_PROFILE_SIZE:
            raise TrustError(ErrorCode.CA_PROFILE, "file too large", profile=name)
        tree = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TrustError(ErrorCode.CA_PROFILE, f"{name}.toml cannot be read: {error}", profile=name) from error
    _require_types(name, tree, _TYPES)
    if missing := sorted(set(_REQUIRED) - set(tree)):
        raise _wrong(name, missing[0], "is missing")
    profile = _profile(name, tree)
    require_consistent(profile)
    return profile


def list_profiles(folder: Path) -> tuple[CertificateProfile, ...]:
    """Return every profile of a policies folder, sorted by name. Raise CA_PROFILE for the first that is wrong."""
    return tuple(load_profile(folder, path.stem) for path in sorted(folder.glob("*.toml"), key=lambda p: p.stem))


def _profile(name: str, tree: Mapping[str, Any]) -> CertificateProfile:
    return CertificateProfile(
        name=name,
        title_en=tree["title_en"],
        title_zh=tree["title_zh"],
        days=tree["days"],
        ca=tree["ca"],
        path_length=tree.get("path_length"),
        key_usage=frozenset(_texts(name, "key_usage", tree["key_usage"])),
        extended_key_usage=_texts(name, "extended_key_usage", tree["extended_key_usage"]),
        publish_links=tree["publish_links"],
        key_kinds=frozenset(_texts(name, "key_kinds", tree.get("key_kinds", list(ALL_KEY_KINDS)))),
        alternative_names=frozenset(_texts(name, "alternative_names", tree.get("alternative_names", []))),
        alternative_names_required=tree.get("alternative_names_required", False),
        policies=_texts(name, "policies", tree.get("policies", [])),
        extensions=frozenset(_texts(name, "extensions", tree.get("extensions", []))),
        name_constraints=tuple(
            (key, _texts(name, key, values)) for key, values in tree.get("name_constraints", {}).items()
        ),
        no_check=tree.get("no_check", False),
        subject=_subject(name, tree["subject"]) if "subject" in tree else None,
    )


def _subject(name: str, tree: Mapping[str, Any]) -> tuple[SubjectAttribute, ...]:
    found: list[SubjectAttribute] = []
    for label, rules in tree.items():
        if type(rules) is not dict:
            raise _wrong(name, f"subject.{label}", "is a table such as { required = true }")
        _require_types(name, rules, _ATTRIBUTE_TYPES, within=f"subject.{label}.")
        found.append(SubjectAttribute(label=label, **rules))
    return tuple(found)


def _texts(name: str, key: str, values: object) -> tuple[str, ...]:
    if type(values) is not list or len(values) > MAX_LIST or not all(type(value) is str for value in values):
        raise _wrong(name, key, f"is a list of at most {MAX_LIST} texts")
    if len(set(values)) != len(values):
        raise _wrong(name, key, "names something twice")
    return tuple(values)


def _require_types(name: str, tree: Mapping[str, Any], types: Mapping[str, type], within: str = "") -> None:
    for key, value in tree.items():
        if key not in types or type(value) is not types[key]:
            raise _wrong(name, within + key, "is unknown or of the wrong type")


def _wrong(name: str, key: str, why: str) -> TrustError:
    return TrustError(ErrorCode.CA_PROFILE, f"{key!r} {why}", profile=name, key=key)
