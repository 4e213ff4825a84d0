"""Signatures put into the parts of an OFD, every step replaceable: what a signer does, and what one does who cheats.

signed = sign(world, files)                                        # Type=Seal, GB/T 38540, every file but Signatures.xml
signed = sign(world, files, Order(kind="Sign", number=1))          # GB/T 35275 beside it
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.seal.model import SealVersion
from tests.support.ofd_attacks.documents import SIGNATURES, element, root
from tests.support.ses import make_seal, make_seal_signature
from trustkit.cms.model import Dialect
from trustkit.cms.sign import sign_message
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tests.support.pki import Member, PkiWorld

SM3: Final = "1.2.156.10197.1.401"
SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
HASHES: Final = {SM3: DigestAlgorithm.SM3, "SM3": DigestAlgorithm.SM3, "SHA256": DigestAlgorithm.SHA256}


# Of the first seal and of a further one, beside each other on blank paper.
_PLACES: Final = ('ID="1" PageRef="11" Boundary="150 240 40 40"', 'ID="1" PageRef="11" Boundary="100 240 40 40"')

MADE: Final[dict[bytes, dict[str, bytes]]] = {}  # every Signature.xml that was signed, with the files its signer saw


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One signature. What is None is as an honest signer has it.

    Attributes:
        number: of its folder in Doc_0/Signs.
        covered: names it refers to; all there are but Signatures.xml.
        entries: octets of a name that are digested in place of those in the package.
        bend: what is done to Signature.xml before it is signed.
        seal: an SESeal (DER) in place of a fresh one.
        twin: the Seal.esl that lies beside, where it is another than the one inside the signature.
        stamp: whether a time stamp lies in the signature, or the token's octets.
        stamping: makes the time stamp in place of the world's authority.
        typed: whether the list says which type it is.
        property_info: what the seal signature says it protects; the path of Signature.xml.
        time_info: the element of its time.
        listing: whether it refers to Signatures.xml too, which must then be there and name it already.
    """

    kind: str = "Seal"
    number: int = 0
    version: SealVersion = SealVersion.V4
    signer: Member | None = None
    seal: bytes | None = None
    twin: bytes | None = None
    covered: tuple[str, ...] | None = None
    entries: Mapping[str, bytes] | None = None
    method: str = f'CheckMethod="{SM3}"'
    algorithm: DigestAlgorithm = DigestAlgorithm.SM3
    bend: Callable[[bytes], bytes] | None = None
    annotation: str | None = None
    at: datetime | None = None
    stamp: bool | bytes = True
    stamping: Callable[[bytes], bytes] | None = None
    typed: bool = True
    folder: str = "Doc_0/Signs"
    property_info: str | None = None
    time_info: bytes | None = None
    listing: bool = False


def folder_of(order: Order) -> str:
    """Return the folder a signature lies in."""
    return f"{order.folder}/Sign_{order.number}"


def seen(files: Mapping[str, bytes], order: Order) -> dict[str, bytes]:
    """Return the files a signature refers to, as its signer saw them."""
    octets = {**files, **(order.entries or {})}
    names = tuple(files) if order.covered is None else order.covered
    return {name: octets[name] for name in names if name != SIGNATURES or order.listing}


def references(files: Mapping[str, bytes], order: Order) -> str:
    """Return the References of Signature.xml."""
    listed = "".join(
        element(
            "Reference",
            element("CheckValue", base64.b64encode(digest(order.algorithm, octets, allow_weak=True)).decode()),
            f'FileRef="/{name}"',
        )
        for name, octets in seen(files, order).items()
    )
    return element("References", listed, order.method)


def description(files: Mapping[str, bytes], order: Order) -> bytes:
    """Return Signature.xml."""
    folder = folder_of(order)
    sealed = order.kind == "Seal"
    annotation = _PLACES[min(order.number, 1)] if order.annotation is None else order.annotation
    inside = (
        element("Provider", "", 'ProviderName="tests" Company="tests" Version="1"')
        + element("SignatureMethod", SM2_WITH_SM3)
        + element("SignatureDateTime", "20261201000000Z")
        + references(files, order)
        + (element("StampAnnot", "", annotation) if annotation else "")
        + (element("Seal", element("BaseLoc", f"/{folder}/Seal.esl")) if sealed else "")
    )
    value = element("SignedValue", f"/{folder}/SignedValue.dat")
    octets = root("Signature", element("SignedInfo", inside) + value)
    return order.bend(octets) if order.bend else octets


def signature_list(files: Mapping[str, bytes], order: Order) -> bytes:
    """Return Signatures.xml with one more signature at its end."""
    kind = f' Type="{order.kind}"' if order.typed else ""
    path = f"/{folder_of(order)}/Signature.xml"
    line = element("Signature", "", f'ID="{order.number + 1}"{kind} BaseLoc="{path}"')
    before = files.get(SIGNATURES)
    if before is None:
        return root("Signatures", element("MaxSignId", "9") + line)
    return before.replace(b"</ofd:Signatures>", line.encode() + b"</ofd:Signatures>")


def sign(world: PkiWorld, files: Mapping[str, bytes], order: Order | None = None) -> dict[str, bytes]:
    """Return the parts with a signature more."""
    asked = order or Order()
    member = asked.signer or world.signer
    folder = folder_of(asked)
    found = dict(files)
    seal = b""
    if asked.kind == "Seal":
        seal = asked.seal or make_seal(world, version=asked.version, users=(member.der,))
        found[f"{folder}/Seal.esl"] = asked.twin if asked.twin is not None else seal
    octets = description(found, asked)
    MADE[octets] = seen(found, asked)
    found[f"{folder}/Signature.xml"] = octets
    found[f"{folder}/SignedValue.dat"] = signed_value(world, octets, asked, seal)
    if not asked.listing:
        found[SIGNATURES] = signature_list(files, asked)
    return found


def signed_value(world: PkiWorld, octets: bytes, order: Order, seal: bytes) -> bytes:
    """Return SignedValue.dat over Signature.xml."""
    member = order.signer or world.signer
    if order.kind != "Seal":
        return message(world, octets, member, stamp=order.stamp is True)
    name = f"/{folder_of(order)}/Signature.xml" if order.property_info is None else order.property_info
    words = {
        "version": order.version,
        "signer": member,
        "at": order.at,
        "property_info": name,
        "time_info": order.time_info,
    }
    if order.stamping is not None:
        return make_seal_signature(world, seal, octets, stamping=order.stamping, **words)  # type: ignore[arg-type]
    if isinstance(order.stamp, bytes):
        return make_seal_signature(world, seal, octets, timestamp=order.stamp, **words)  # type: ignore[arg-type]
    if not order.stamp or order.version is SealVersion.V1:
        return make_seal_signature(world, seal, octets, **words)  # type: ignore[arg-type]
    return make_seal_signature(world, seal, octets, stamping=lambda value: token(world, value), **words)  # type: ignore[arg-type]


def message(world: PkiWorld, octets: bytes, member: Member, *, stamp: bool = True) -> bytes:
    """Return a GB/T 35275 message over the digest of Signature.xml, as most writers have it: no attributes."""
    return sign_message(
        content=digest(DigestAlgorithm.SM3, octets),
        signer=member.signer,
        certificate=member.certificate,
        chain=(world.issuing.certificate,),
        dialect=Dialect.GBT35275,
        detached=False,
        attributes=None,
        timestamp=(lambda value: token(world, value)) if stamp else None,
    )


def token(world: PkiWorld, value: bytes, *, at: datetime | None = None) -> bytes:
    """Return a time stamp of the world's authority over a signature value."""
    return make_token(
        imprint=digest(DigestAlgorithm.SM3, value),
        imprint_algorithm=DigestAlgorithm.SM3,
        serial=7,
        gen_time=at or world.START,
        policy="1.2.156.10197.99.1",
        signer=world.tsa.signer,
        certificate=world.tsa.certificate,
        chain=(world.issuing.certificate,),
    )
