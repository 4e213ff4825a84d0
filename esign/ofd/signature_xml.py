"""Signature.xml: what one signature covers, by whom and when, and where its seal is shown (GB/T 33190-2016, signatures; GM/T 0099-2020 7.2).

Its octets are what is signed, so they are written once and never again.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from esign.ofd.xml import NAMESPACE
from esign.ofd.xml_text import DECLARATION, escaped, number
from trustkit.crypto.digest import DigestAlgorithm, digest_oid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from esign.ofd.request import StampPlace

PROVIDER: Final = ("trustkit", "1.0", "trustkit")  # name, version of what is written, company: all required
CHECK_METHOD: Final = digest_oid(DigestAlgorithm.SM3)  # the name "SM3" is met too; more programs write the identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFile:
    """What goes into it. `digests` are pairs of package name and SM3; `identifiers` those of the stamps, one each."""

    method: str
    signed_at: datetime
    digests: Sequence[tuple[str, bytes]]
    stamps: Sequence[StampPlace]
    identifiers: Sequence[int]
    seal: str | None
    signed_value: str
    parameters: Sequence[tuple[str, str]] = ()


def signature_xml(signature: SignatureFile) -> bytes:
    """Return the file. Paths in it are absolute, so that they mean the same from wherever they are read."""
    name, version, company = PROVIDER
    moment = signature.signed_at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")
    return (
        f'{DECLARATION}<ofd:Signature xmlns:ofd="{NAMESPACE}"><ofd:SignedInfo>'
        f'<ofd:Provider ProviderName="{name}" Version="{version}" Company="{company}"/>'
        f"<ofd:SignatureMethod>{signature.method}</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{moment}</ofd:SignatureDateTime>"
        f"{_parameters(signature.parameters)}{_references(signature.digests)}"
        + "".join(_stamp(place, own) for place, own in zip(signature.stamps, signature.identifiers, strict=True))
        + (
            ""
            if signature.seal is None
            else f"<ofd:Seal><ofd:BaseLoc>/{escaped(signature.seal)}</ofd:BaseLoc></ofd:Seal>"
        )
        + f"</ofd:SignedInfo><ofd:SignedValue>/{escaped(signature.signed_value)}</ofd:SignedValue></ofd:Signature>"
    ).encode()


def _parameters(parameters: Sequence[tuple[str, str]]) -> str:
    if not parameters:
        return ""
    listed = "".join(
        f'<ofd:Parameter Name="{escaped(name)}">{escaped(value)}</ofd:Parameter>' for name, value in parameters
    )
    return f"<ofd:Parameters>{listed}</ofd:Parameters>"


def _references(digests: Iterable[tuple[str, bytes]]) -> str:
    listed = "".join(
        f'<ofd:Reference FileRef="/{escaped(name)}"><ofd:CheckValue>{b64encode(value).decode("ascii")}</ofd:CheckValue>'
        "</ofd:Reference>"
        for name, value in digests
    )
    return f'<ofd:References CheckMethod="{CHECK_METHOD}">{listed}</ofd:References>'


def _stamp(place: StampPlace, own: int) -> str:
    boundary = " ".join(map(number, (place.left, place.top, place.width, place.height)))
    clip = "" if place.clip is None else f' Clip="{" ".join(map(number, place.clip))}"'
    return f'<ofd:StampAnnot ID="{own}" PageRef="{escaped(place.page)}" Boundary="{boundary}"{clip}/>'
