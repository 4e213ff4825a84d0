"""Certificate profiles: what may be issued, read from ``policies/certificates/*.toml`` and validated once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

MAX_PROFILE_SIZE: Final = 16 * 1024
MAX_DAYS: Final = 36_525  # a century; more is a slip of the pen
KEY_USAGES: Final = frozenset(
    {
        "digitalSignature",
        "nonRepudiation",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
    }
)
EXTENDED_KEY_USAGES: Final = frozenset(
    {"timeStamping", "statusSigning", "ocspSigning", "serverAuth", "clientAuth", "emailProtection"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateProfile:
    """One kind of certificate: lifetime in days, CA or not, usages, and whether links to CRL and issuer are written."""

    name: str
    title_en: str
    title_zh: str
    days: int
    ca: bool
    path_length: int | None
    key_usage: frozenset[str]
    extended_key_usage: tuple[str, ...]
    publish_links: bool


_TYPES: Final[dict[str, type]] = {
    "title_en": str,
    "title_zh": str,
    "days": int,
    "ca": bool,
    "path_length": int,
    "key_usage": list,
    "extended_key_usage": list,
    "publish_links": bool,
}


def load_profile(folder: Path, name: str) -> CertificateProfile:
    """Return the profile ``NAME.toml`` of a policies folder. Raise CA_PROFILE naming the key that is wrong."""
    path = folder / f"{name}.toml"
    try:
        if path.stat().st_size > MAX_PROFILE_SIZE:
            raise TrustError(ErrorCode.CA_PROFILE, "file too large", profile=name)
        tree = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TrustError(ErrorCode.CA_PROFILE, f"{name}.toml cannot be read: {error}", profile=name) from error
    for key, value in tree.items():
        if key not in _TYPES or type(value) is not _TYPES[key]:
            raise TrustError(ErrorCode.CA_PROFILE, f"{key!r} is unknown or of the wrong type", profile=name, key=key)
    if missing := sorted(set(_TYPES) - set(tree) - {"path_length"}):
        raise TrustError(ErrorCode.CA_PROFILE, f"{missing[0]!r} is missing", profile=name, key=missing[0])
    profile = CertificateProfile(
        name=name,
        title_en=tree["title_en"],
        title_zh=tree["title_zh"],
        days=tree["days"],
        ca=tree["ca"],
        path_length=tree.get("path_length"),
        key_usage=frozenset(cast("list[str]", tree["key_usage"])),
        extended_key_usage=tuple(cast("list[str]", tree["extended_key_usage"])),
        publish_links=tree["publish_links"],
    )
    _refuse_contradictions(profile)
    return profile


def _refuse_contradictions(profile: CertificateProfile) -> None:
    problems = (
        (not 1 <= profile.days <= MAX_DAYS, f"days is 1 to {MAX_DAYS}"),
        (not profile.key_usage, "key_usage is empty"),
        (bool(profile.key_usage - KEY_USAGES), "key_usage has an unknown name"),
        (bool(set(profile.extended_key_usage) - EXTENDED_KEY_USAGES), "extended_key_usage has an unknown name"),
        (profile.ca != ("keyCertSign" in profile.key_usage), "keyCertSign goes with ca (RFC 5280 4.2.1.3)"),
        (not profile.ca and profile.path_length is not None, "path_length goes with ca (RFC 5280 4.2.1.9)"),
        (profile.path_length is not None and profile.path_length < 0, "path_length is not negative"),
        (
            bool(profile.key_usage & {"keyEncipherment", "dataEncipherment", "keyAgreement"})
            and bool(profile.key_usage & {"digitalSignature", "nonRepudiation", "keyCertSign"}),
            "signing and encryption keys are separate (GB/T 20518 dual certificates)",
        ),
        (
            "timeStamping" in profile.extended_key_usage and len(profile.extended_key_usage) != 1,
            "timeStamping stands alone (RFC 3161 2.3)",
        ),
        (
            "statusSigning" in profile.extended_key_usage and (profile.ca or len(profile.extended_key_usage) != 1),
            "statusSigning stands alone, in an end certificate: who has it can undo revocations",
        ),
    )
    for wrong, why in problems:
        if wrong:
            raise TrustError(ErrorCode.CA_PROFILE, why, profile=profile.name)
