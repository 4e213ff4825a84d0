"""OFD documents of one page, signed by members of the PKI world, every part replaceable, to be refused or accepted.

files = sample_files()
data = pack(sealed(world, files))                       # one v4 seal over everything
data = pack(signed(world, sealed(world, files)))        # and a GB/T 35275 signature after it
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from tests.support.message_forge import MessageForge
from tests.support.ses import make_seal, make_seal_signature
from tests.support.zip_forge import archive
from trustkit.cms import oids
from trustkit.cms.sign import attribute
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding import der_write as write
from trustkit.encoding.der_write import time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from esign.seal.model import SealVersion
    from tests.support.pki import PkiWorld

Files = dict[str, bytes]

NS = "http://www.ofdspec.org/2016"
SM3_OID = "1.2.156.10197.1.401"
SM2_SM3_OID = "1.2.156.10197.1.501"
_SM2_SIGN = write.sequence(write.oid("1.2.156.10197.1.301.1"))
LIST = "Doc_0/Signs/Signatures.xml"
PAGE = "Doc_0/Pages/Page_0/Content.xml"
TEMPLATE = "Doc_0/Tpls/Tpl_0/Content.xml"
ANNOTATION = "Doc_0/Annots/Page_0/Annotation.xml"
ATTACHMENT = "Doc_0/Attachs/licence.json"
PICTURE = "Doc_0/Res/image_1.png"


def xml(name: str, inside: str = "", attributes: str = "", *, namespace: str = NS) -> bytes:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ofd:{name} xmlns:ofd="{namespace}"{attributes}>{inside}</ofd:{name}>'
    )
    return text.encode()


def sample_files(*, attachment: bytes | None = b"{}") -> Files:
    """Return an unsigned document of one page that uses a template, a picture, an annotation, tags and an attachment."""
    attached = '<ofd:Attachment ID="1" Name="licence.json" Format="json"><ofd:FileLoc>licence.json</ofd:FileLoc></ofd:Attachment>'
    body = (
        "<ofd:DocBody><ofd:DocInfo><ofd:DocID>0</ofd:DocID><ofd:Title>示例</ofd:Title><ofd:CustomDatas>"
        '<ofd:CustomData Name="编号">7</ofd:CustomData></ofd:CustomDatas></ofd:DocInfo>'
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
    )
    files = {
        "OFD.xml": xml("OFD", body, ' DocType="OFD" Version="1.1"'),
        "Doc_0/Document.xml": xml(
            "Document",
            "<ofd:CommonData><ofd:MaxUnitID>9</ofd:MaxUnitID><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
            '<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes><ofd:TemplatePage ID="2" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
            '</ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'
            "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>"
            + ("" if attachment is None else "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>")
            + "<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>",
        ),
        "Doc_0/PublicRes.xml": xml("Res", "", ' BaseLoc="Res"'),
        "Doc_0/DocumentRes.xml": xml(
            "Res",
            '<ofd:MultiMedias><ofd:MultiMedia ID="5" Type="Image"><ofd:MediaFile>image_1.png</ofd:MediaFile>'
            "</ofd:MultiMedia></ofd:MultiMedias>",
            ' BaseLoc="Res"',
        ),
        PICTURE: b"\x89PNG",
        TEMPLATE: xml("Page", "<ofd:Content/>"),
        PAGE: xml("Page", '<ofd:Template TemplateID="2"/><ofd:Content/>'),
        "Doc_0/Annots/Annotations.xml": xml(
            "Annotations", '<ofd:Page PageID="1"><ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page>'
        ),
        ANNOTATION: xml("PageAnnot"),
        "Doc_0/Tags/CustomTags.xml": xml(
            "CustomTags", '<ofd:CustomTag TypeID="0"><ofd:FileLoc>CustomTag.xml</ofd:FileLoc></ofd:CustomTag>'
        ),
        "Doc_0/Tags/CustomTag.xml": xml("CustomTag"),
    }
    if attachment is not None:
        files["Doc_0/Attachs/Attachments.xml"] = xml("Attachments", attached)
        files[ATTACHMENT] = attachment
    return files


def changed(files: Files, name: str, old: str, new: str) -> Files:
    """Return the files with one text replaced, which must be there."""
    assert old.encode() in files[name], (name, old)
    return {**files, name: files[name].replace(old.encode(), new.encode())}


def pack(files: Files) -> bytes:
    return archive(files)


def references(files: Files, covered: Iterable[str], *, method: str = SM3_OID) -> str:
    """Return a References element over some files, absolute paths and SM3 whatever `method` says."""
    items = "".join(
        f'<ofd:Reference FileRef="/{name}"><ofd:CheckValue>'
        f"{base64.b64encode(digest(DigestAlgorithm.SM3, files[name])).decode()}</ofd:CheckValue></ofd:Reference>"
        for name in covered
    )
    return f'<ofd:References CheckMethod="{method}">{items}</ofd:References>'


def everything(files: Files) -> list[str]:
    """Return what a good signature covers: all but what belongs to signatures."""
    return [name for name in files if "/Signs/" not in name and not name.endswith("/")]


def announced(files: Files) -> Files:
    """Return the files with a list of signatures announced in OFD.xml, as it must stand before anybody signs OFD.xml."""
    if b"Signatures>" in files["OFD.xml"]:
        return files
    return changed(files, "OFD.xml", "</ofd:DocBody>", f"<ofd:Signatures>{LIST}</ofd:Signatures></ofd:DocBody>")


def described(
    files: Files,
    *,
    covered: Iterable[str] | None = None,
    check_method: str = SM3_OID,
    signature_method: str = SM2_SM3_OID,
    date: str = "20261201000000Z",
    provider: str = '<ofd:Provider ProviderName="forge" Version="1" Company="test"/>',
    seal: str = "",
    value: str = "SignedValue.dat",
    more: str = "",
    listed: str | None = None,
    boundary: str = "90 8 30 20",
) -> bytes:
    """Return a Signature.xml."""
    refs = listed or references(files, everything(files) if covered is None else covered, method=check_method)
    info = (
        f"<ofd:SignedInfo>{provider}<ofd:SignatureMethod>{signature_method}</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{date}</ofd:SignatureDateTime>{refs}{seal}"
        f'<ofd:StampAnnot ID="1" PageRef="1" Boundary="{boundary}"/>{more}</ofd:SignedInfo>'
    )
    return xml("Signature", f"{info}<ofd:SignedValue>{value}</ofd:SignedValue>")


def listed(files: Files, kind: str | None, number: int) -> Files:
    """Return the files with signature `number` in the list of signatures; `kind` None leaves Type out."""
    entry = f'<ofd:Signature ID="{number + 1}"' + (f' Type="{kind}"' if kind else "")
    entry += f' BaseLoc="/Doc_0/Signs/Sign_{number}/Signature.xml"/>'
    if LIST not in files:
        return {**files, LIST: xml("Signatures", f"<ofd:MaxSignId>{number + 1}</ofd:MaxSignId>{entry}")}
    return changed(files, LIST, "</ofd:Signatures>", f"{entry}</ofd:Signatures>")


def sealed(
    world: PkiWorld,
    files: Files,
    *,
    number: int = 0,
    kind: str | None = "Seal",
    seal: bytes | None = None,
    seal_file: bool = True,
    esl: bytes | None = None,
    version: SealVersion | None = None,
    signature: dict[str, object] | None = None,
    **description: object,
) -> Files:
    """Return the files with a seal signature over what `description` says; `signature` goes to `make_seal_signature`."""
    files = announced(files)
    folder = f"Doc_0/Signs/Sign_{number}"
    editions: dict[str, object] = {} if version is None else {"version": version}
    own = seal if seal is not None else make_seal(world, **editions)  # type: ignore[arg-type]
    if seal_file:
        files = {**files, f"{folder}/Seal.esl": own if esl is None else esl}
        description.setdefault("seal", "<ofd:Seal><ofd:BaseLoc>Seal.esl</ofd:BaseLoc></ofd:Seal>")
    text = described(files, **description)  # type: ignore[arg-type]
    told: dict[str, object] = {"property_info": f"/{folder}/Signature.xml", **editions, **(signature or {})}
    value = make_seal_signature(world, own, text, **told)  # type: ignore[arg-type]
    return listed({**files, f"{folder}/Signature.xml": text, f"{folder}/SignedValue.dat": value}, kind, number)


def attached_digest(world: PkiWorld, text: bytes) -> bytes:
    """Return a message without attributes that holds the digest of Signature.xml (the shape ofdrw writes)."""
    return _message(world, digest(DigestAlgorithm.SM3, text), attributes=False)


def attached_base64(world: PkiWorld, text: bytes) -> bytes:
    """Return a message that holds the digest in base64."""
    return _message(world, base64.b64encode(digest(DigestAlgorithm.SM3, text)), attributes=False)


def attached_whole(world: PkiWorld, text: bytes) -> bytes:
    """Return a message that holds Signature.xml itself."""
    return _message(world, text, attributes=True)


def detached(world: PkiWorld, text: bytes) -> bytes:
    """Return a message with attributes over Signature.xml, which it does not hold (the shape Suwell writes)."""
    return _message(world, text, attributes=True, detach=True)


def bare(world: PkiWorld, text: bytes) -> bytes:
    """Return a signature value alone, as old files have it."""
    return world.signer.signer.sign(digest(DigestAlgorithm.SM3, text))


def _message(world: PkiWorld, content: bytes, *, attributes: bool, detach: bool = False) -> bytes:
    forge = MessageForge(world.signer, content)
    good = [
        attribute(oids.CONTENT_TYPE, write.oid(oids.GBT_DATA)),
        attribute(oids.SIGNING_TIME, time(world.clock.now())),
        attribute(oids.MESSAGE_DIGEST, write.octet_string(digest(DigestAlgorithm.SM3, content))),
    ]
    return forge.message(
        outer=oids.GBT_SIGNED_DATA,
        inner=oids.GBT_DATA,
        content=None if detach else b"",
        signers=(forge.signer_info(attributes=good if attributes else None, signature_algorithm=_SM2_SIGN),),
    )


def signed(
    world: PkiWorld,
    files: Files,
    *,
    number: int = 0,
    kind: str | None = "Sign",
    value: Callable[[PkiWorld, bytes], bytes] = detached,
    **description: object,
) -> Files:
    """Return the files with a signature by certificate; `value` makes the signed value over Signature.xml."""
    files = announced(files)
    folder = f"Doc_0/Signs/Sign_{number}"
    text = described(files, **description)  # type: ignore[arg-type]
    files = {**files, f"{folder}/Signature.xml": text, f"{folder}/SignedValue.dat": value(world, text)}
    return listed(files, kind, number)
