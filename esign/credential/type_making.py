"""Type metadata made of a licence type: what ``vct`` leads to, in Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.credential.licence_claims import IN_THE_CLEAR, labels_of, mandatory_of
from esign.credential.type_metadata import Disclosability
from trustkit.encoding.canonical_json import canonical_json

if TYPE_CHECKING:
    from esign.licence.types import LicenceType
    from trustkit.encoding.canonical_json import JsonValue

CHINESE, ENGLISH = "zh-CN", "en"  # BCP 47
TYPE_PATH: Final = "/v1/credential-types/"


def type_address(base_url: str, name: str) -> str:
    """Return the `vct` of a licence type: where its metadata are published."""
    return f"{base_url}{TYPE_PATH}{name}"


def licence_type_metadata(kind: LicenceType, base_url: str) -> bytes:
    """Return the type metadata of a licence type as canonical JSON: the same type gives the same octets, and the same digest."""
    mandatory = mandatory_of(kind)
    claims: list[JsonValue] = [
        {
            "path": [name],
            "display": [{"locale": CHINESE, "label": zh}, {"locale": ENGLISH, "label": en}],
            "mandatory": name in mandatory,
            "sd": (Disclosability.NEVER if name in IN_THE_CLEAR else Disclosability.ALWAYS).value,
        }
        for name, (zh, en) in labels_of(kind).items()
    ]
    return canonical_json(
        {
            "vct": type_address(base_url, kind.name),
            "name": kind.title_en,
            "description": f"{kind.title_zh} ({kind.code})",
            "display": [{"locale": CHINESE, "name": kind.title_zh}, {"locale": ENGLISH, "name": kind.title_en}],
            "claims": claims,
        }
    )
