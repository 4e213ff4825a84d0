"""An OFD package from pages that were laid out (GB/T 33190-2016): the same octets for the same input.

    written = write_ofd(OfdDocument(laid=read_typeset(pdf), title=…, author=…, created=now, attachments=…, fields=…))

What lies where:

    OFD.xml                             entry: who made it when, what it says of itself (CustomDatas)
    Doc_0/Document.xml                  pages, resources, attachments, tags
    Doc_0/PublicRes.xml DocumentRes.xml fonts and pictures, their files in Doc_0/Res
    Doc_0/Tpls/Tpl_N/Content.xml        what lies under every page that shows it
    Doc_0/Pages/Page_N/Content.xml
    Doc_0/Attachs/Attachments.xml       and the files
    Doc_0/Tags/CustomTags.xml           which object shows which field
    Doc_0/Signs/Signatures.xml          empty, named in OFD.xml from the start: so a signature covers OFD.xml, and a later one
                                        need not change it
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from esign.ofd.archive_write import QUICK, PackedFile, pack, write_archive
from esign.ofd.field_tags import ShownField, Tagged, tag_fields
from esign.ofd.package import same_place
from esign.ofd.page_content import Ids, Layer, box_text, layer_of
from esign.ofd.signature_list import SIGNATURES_FILE, signatures_xml
from esign.ofd.xml import NAMESPACE
from esign.ofd.xml_text import DECLARATION, escaped
from trustkit.clock import CHINA
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from esign.ofd.layout import Background, LaidOut, LaidPage

CREATOR: Final = "trustkit"
MAX_ATTACHMENTS: Final = 16
MAX_ATTACHMENT: Final = 16 * 1024 * 1024  # octets of one
MAX_CUSTOM: Final = 256  # entries of CustomDatas
MAX_VALUE: Final = 4096  # characters of one
_FILE_NAME: Final = re.compile(r"\w[\w.-]{0,99}")
_TAKEN: Final = ("attachments.xml",)
_VERSION: Final = "1.0"
_DOC_ID: Final = b"trustkit OFD document identifier v1\n"
_BACKGROUNDS: Final = 16  # kept: one for each type of licence
_FONTS: Final = 32  # kept: those of the backgrounds
_KIB: Final = 1024
_KEPT_LEVEL: Final = 6  # of what is packed once for all licences of a type


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdAttachment:
    """A file inside the package; `name` is that of the file, its ending tells the format."""

    name: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdDocument:
    """All that decides a package.

    Attributes: `custom`, pairs of name and value for CustomDatas; `fields`, what the pages show of each field, for CustomTags
    of the kind `tag_type`; `created`, aware.
    """

    laid: LaidOut
    title: str
    author: str
    created: datetime
    keywords: tuple[str, ...] = ()
    custom: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    attachments: tuple[OfdAttachment, ...] = ()
    fields: tuple[ShownField, ...] = field(default=(), repr=False)
    tag_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A file of a package, packed, with the SM3 of its octets, which name the package and are signed."""

    name: str
    packed: PackedFile = field(repr=False)
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOfd:
    """A package, ready to be signed: its files in their order, and the identifiers of its pages."""

    files: tuple[WrittenFile, ...] = field(repr=False)
    pages: tuple[str, ...]

    @property
    def octets(self) -> bytes:
        """The package as it is without a signature."""
        return write_archive(each.packed for each in self.files)


def write_ofd(document: OfdDocument) -> WrittenOfd:
    """Return the package.

    Raises:
        TrustError: RENDERING_FAILED for a text that XML cannot hold; OFD_LIMIT when something is too much; USAGE for a time
            without a zone, the name of an attachment or a field that is none.
    """
    _require_bounds(document)
    pages: list[int] = []
    files = list(_files(document, pages))
    # named by what is inside, so that the same document is the same octets and two documents are never of one name
    parts = (each.name.encode("utf-8") + b"\0" + each.digest for each in files)
    identifier = digest(DigestAlgorithm.SM3, _DOC_ID + b"".join(parts) + _info(document, "").encode("utf-8"))[:16].hex()
    entry = _written("OFD.xml", _entry(document, identifier))
    signatures = _written(SIGNATURES_FILE, signatures_xml(0))
    return WrittenOfd(files=(entry, *files, signatures), pages=tuple(map(str, pages)))


def _written(name: str, octets: bytes, *, level: int = QUICK) -> WrittenFile:
    return WrittenFile(name=name, packed=pack(name, octets, level=level), digest=digest(DigestAlgorithm.SM3, octets))


@lru_cache(maxsize=_FONTS)
def _kept(name: str, octets: bytes) -> WrittenFile:
    """Return a file that many documents have."""
    return _written(name, octets, level=_KEPT_LEVEL)


def _require_bounds(document: OfdDocument) -> None:
    if document.created.tzinfo is None:
        raise TrustError(ErrorCode.USAGE, "a time without a zone")
    if len(document.attachments) > MAX_ATTACHMENTS or any(
        len(each.octets) > MAX_ATTACHMENT for each in document.attachments
    ):
        raise TrustError(ErrorCode.OFD_LIMIT, "attachments", limit=MAX_ATTACHMENTS)
    names = [same_place(each.name) for each in document.attachments]
    if not all(_FILE_NAME.fullmatch(name) for name in names) or len({*names, *_TAKEN}) != len(names) + len(_TAKEN):
        raise TrustError(ErrorCode.USAGE, "an attachment's name is no plain name of a file, or stands there twice")
    if len(document.custom) > MAX_CUSTOM or any(len(value) > MAX_VALUE for _, value in document.custom):
        raise TrustError(ErrorCode.OFD_LIMIT, "custom data", limit=MAX_CUSTOM)


def _files(document: OfdDocument, pages: list[int]) -> Iterator[WrittenFile]:
    """Yield all files below Doc_0 but the list of signatures; put the identifiers of the pages into `pages`."""
    laid, ids = document.laid, Ids()
    fonts = {number: ids.new() for number in range(len(laid.fonts))}
    images = {number: ids.new() for number in range(len(laid.images))}
    backgrounds = _backgrounds(laid.pages, fonts, images, ids)
    tagged: list[Tagged] = []
    contents = []
    for number, page in enumerate(laid.pages):
        pages.append(ids.new())
        layer = layer_of(page.items, fonts, images, ids)
        under = backgrounds.get(page.background)
        xml = _page(page.width_mm, page.height_mm, layer, None if under is None else under.own)
        contents.append(_written(f"Doc_0/Pages/Page_{number}/Content.xml", xml))
        tagged += [Tagged(page=pages[-1], object=each, text=text) for each, text in layer.texts]
    tags = tag_fields(document.fields, tagged)
    attached = [(ids.new(), each) for each in document.attachments]
    yield _written("Doc_0/Document.xml", _document(document, ids, pages, backgrounds.values(), has_tags=bool(tags)))
    yield _written("Doc_0/PublicRes.xml", _fonts(laid, fonts))
    yield _written("Doc_0/DocumentRes.xml", _media(laid, images))
    for number, font in enumerate(laid.fonts):
        write = _kept if font.shared else _written
        yield write(f"Doc_0/Res/font_{number}.{font.suffix}", font.octets)
    for number, image in enumerate(laid.images):
        yield _written(f"Doc_0/Res/image_{number}.{image.suffix}", image.octets, level=0)
    yield from (each.file for each in backgrounds.values())
    yield from contents
    if attached:
        yield _written("Doc_0/Attachs/Attachments.xml", _attachments(document, attached))
        for each in document.attachments:
            yield _written(f"Doc_0/Attachs/{each.name}", each.octets)
    if tags:
        yield _written("Doc_0/Tags/CustomTags.xml", _tag_list(document.tag_type))
        yield _written("Doc_0/Tags/CustomTag.xml", tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Background:
    """A template page: its identifier, its file, and the last identifier inside it."""

    own: int
    file: WrittenFile
    last: int


def _backgrounds(
    pages: Sequence[LaidPage], fonts: dict[int, int], images: dict[int, int], ids: Ids
) -> dict[Background, _Background]:
    """Return each background that some page has, once."""
    found: dict[Background, _Background] = {}
    for page in pages:
        if page.background and page.background not in found:
            wanted = _BackgroundKey(
                items=page.background,
                size=(page.width_mm, page.height_mm),
                number=len(found),
                last=ids.last,
                fonts=tuple(fonts.items()),
                images=tuple(images.items()),
            )
            found[page.background] = made = _background(wanted)
            ids.last = made.last
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _BackgroundKey:
    """All that decides a template page."""

    items: Background = field(repr=False)
    size: tuple[float, float]
    number: int
    last: int
    fonts: tuple[tuple[int, int], ...]
    images: tuple[tuple[int, int], ...]


@lru_cache(maxsize=_BACKGROUNDS)
def _background(key: _BackgroundKey) -> _Background:
    """Return a template page. Ornaments are the largest part of a licence, and the same on each of its type."""
    ids = Ids(key.last)
    own = ids.new()
    layer = layer_of(key.items, dict(key.fonts), dict(key.images), ids)
    file = _written(f"Doc_0/Tpls/Tpl_{key.number}/Content.xml", _page(*key.size, layer, None), level=_KEPT_LEVEL)
    return _Background(own=own, file=file, last=ids.last)


def _entry(document: OfdDocument, identifier: str) -> bytes:
    return (
        f'{DECLARATION}<ofd:OFD xmlns:ofd="{NAMESPACE}" DocType="OFD" Version="{_VERSION}"><ofd:DocBody>'
        f"{_info(document, identifier)}<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        f"<ofd:Signatures>{SIGNATURES_FILE}</ofd:Signatures></ofd:DocBody></ofd:OFD>"
    ).encode()


def _info(document: OfdDocument, identifier: str) -> str:
    day = document.created.astimezone(CHINA).date().isoformat()
    words = "".join(f"<ofd:Keyword>{escaped(word)}</ofd:Keyword>" for word in document.keywords)
    custom = "".join(
        f'<ofd:CustomData Name="{escaped(name)}">{escaped(value)}</ofd:CustomData>' for name, value in document.custom
    )
    return (
        f"<ofd:DocInfo><ofd:DocID>{identifier}</ofd:DocID><ofd:Title>{escaped(document.title)}</ofd:Title>"
        f"<ofd:Author>{escaped(document.author)}</ofd:Author><ofd:CreationDate>{day}</ofd:CreationDate>"
        + (f"<ofd:Keywords>{words}</ofd:Keywords>" if words else "")
        + f"<ofd:Creator>{CREATOR}</ofd:Creator>"
        + (f"<ofd:CustomDatas>{custom}</ofd:CustomDatas>" if custom else "")
        + "</ofd:DocInfo>"
    )


def _document(
    document: OfdDocument, ids: Ids, pages: Sequence[int], backgrounds: Iterable[_Background], *, has_tags: bool
) -> bytes:
    first = document.laid.pages[0]
    templates = "".join(
        f'<ofd:TemplatePage ID="{each.own}" ZOrder="Background" BaseLoc="Tpls/Tpl_{number}/Content.xml"/>'
        for number, each in enumerate(backgrounds)
    )
    listed = "".join(
        f'<ofd:Page ID="{own}" BaseLoc="Pages/Page_{number}/Content.xml"/>' for number, own in enumerate(pages)
    )
    return (
        f'{DECLARATION}<ofd:Document xmlns:ofd="{NAMESPACE}"><ofd:CommonData><ofd:MaxUnitID>{ids.last}</ofd:MaxUnitID>'
        f"{_area(first.width_mm, first.height_mm, 'PageArea')}<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
        f"<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>{templates}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>"
        + ("<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>" if document.attachments else "")
        + ("<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>" if has_tags else "")
        + "</ofd:Document>"
    ).encode()


def _area(width: float, height: float, name: str) -> str:
    return f"<ofd:{name}><ofd:PhysicalBox>{box_text((0, 0, width, height))}</ofd:PhysicalBox></ofd:{name}>"


def _page(width: float, height: float, layer: Layer, template: int | None) -> bytes:
    under = "" if template is None else f'<ofd:Template TemplateID="{template}" ZOrder="Background"/>'
    return (
        f'{DECLARATION}<ofd:Page xmlns:ofd="{NAMESPACE}">{under}{_area(width, height, "Area")}'
        f"<ofd:Content>{layer.xml}</ofd:Content></ofd:Page>"
    ).encode()


def _fonts(laid: LaidOut, fonts: dict[int, int]) -> bytes:
    listed = "".join(
        f'<ofd:Font ID="{fonts[number]}" FontName="{escaped(font.name)}" FamilyName="{escaped(font.name)}">'
        f"<ofd:FontFile>font_{number}.{font.suffix}</ofd:FontFile></ofd:Font>"
        for number, font in enumerate(laid.fonts)
    )
    return _resources(f"<ofd:Fonts>{listed}</ofd:Fonts>" if listed else "")


def _media(laid: LaidOut, images: dict[int, int]) -> bytes:
    listed = "".join(
        f'<ofd:MultiMedia ID="{images[number]}" Type="Image" Format="{image.suffix.upper()}">'
        f"<ofd:MediaFile>image_{number}.{image.suffix}</ofd:MediaFile></ofd:MultiMedia>"
        for number, image in enumerate(laid.images)
    )
    return _resources(f"<ofd:MultiMedias>{listed}</ofd:MultiMedias>" if listed else "")


def _resources(inner: str) -> bytes:
    return f'{DECLARATION}<ofd:Res xmlns:ofd="{NAMESPACE}" BaseLoc="Res">{inner}</ofd:Res>'.encode()


def _attachments(document: OfdDocument, attached: Iterable[tuple[int, OfdAttachment]]) -> bytes:
    moment = document.created.astimezone(CHINA).replace(tzinfo=None).isoformat(timespec="seconds")
    listed = "".join(
        f'<ofd:Attachment ID="{own}" Name="{escaped(each.name)}" Format="{escaped(each.name.rpartition(".")[2])}"'
        f' CreationDate="{moment}" Size="{len(each.octets) / _KIB:.4f}" Visible="true">'
        f"<ofd:FileLoc>{escaped(each.name)}</ofd:FileLoc></ofd:Attachment>"
        for own, each in attached
    )
    return f'{DECLARATION}<ofd:Attachments xmlns:ofd="{NAMESPACE}">{listed}</ofd:Attachments>'.encode()


def _tag_list(kind: str) -> bytes:
    return (
        f'{DECLARATION}<ofd:CustomTags xmlns:ofd="{NAMESPACE}"><ofd:CustomTag TypeID="{escaped(kind)}">'
        "<ofd:FileLoc>CustomTag.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>"
    ).encode()
