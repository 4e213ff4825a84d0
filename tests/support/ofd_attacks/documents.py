"""The parts of an OFD as octets: a licence of two pages with a template, resources, annotations, tags and an attachment.

files = licence()                        # {package name: octets}, nothing signed
files["Doc_0/Pages/Page_0/Content.xml"]

Names are those seen in real licences (GB/T 33190-2016; nothing here is copied from one).
"""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = "http://www.ofdspec.org/2016"
HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
ENTRY: Final = "OFD.xml"
DOCUMENT: Final = "Doc_0/Document.xml"
PUBLIC: Final = "Doc_0/PublicRes.xml"
RESOURCES: Final = "Doc_0/DocumentRes.xml"
FONT: Final = "Doc_0/Res/font_1.ttf"
IMAGE: Final = "Doc_0/Res/image_1.png"
TEMPLATE: Final = "Doc_0/Tpls/Tpl_0/Content.xml"
PAGE: Final = "Doc_0/Pages/Page_0/Content.xml"
LAST_PAGE: Final = "Doc_0/Pages/Page_1/Content.xml"
ANNOTATIONS: Final = "Doc_0/Annots/Annotations.xml"
ANNOTATION: Final = "Doc_0/Annots/Page_0/Annotation.xml"
ATTACHMENTS: Final = "Doc_0/Attachs/Attachments.xml"
ATTACHMENT: Final = "Doc_0/Attachs/licence.json"
TAGS: Final = "Doc_0/Tags/CustomTags.xml"
TAG: Final = "Doc_0/Tags/CustomTag.xml"
SIGNATURES: Final = "Doc_0/Signs/Signatures.xml"
FAKE_FONT: Final = b"\x00\x01\x00\x00" + bytes(60)
PICTURE: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


def element(name: str, inside: str = "", attributes: str = "") -> str:
    """Return an element of OFD's namespace, its prefix bound further up."""
    return f"<ofd:{name}{' ' + attributes if attributes else ''}>{inside}</ofd:{name}>"


def root(name: str, inside: str, attributes: str = "", *, namespace: str = NAMESPACE, head: str = HEAD) -> bytes:
    """Return a whole XML part."""
    more = f" {attributes}" if attributes else ""
    return f'{head}<ofd:{name} xmlns:ofd="{namespace}"{more}>{inside}</ofd:{name}>'.encode()


def body(number: int = 0, *, signed: bool = True, title: str = "营业执照", more: str = "") -> str:
    """Return a DocBody whose document lies in a folder of that number."""
    information = element(
        "DocInfo", element("DocID", f"{number:032x}") + element("Title", title) + element("Creator", "trustkit")
    )
    signatures = element("Signatures", f"Doc_{number}/Signs/Signatures.xml") if signed else ""
    return element("DocBody", information + element("DocRoot", f"Doc_{number}/Document.xml") + more + signatures)


def entry(*bodies: str, namespace: str = NAMESPACE) -> bytes:
    """Return OFD.xml."""
    return root("OFD", "".join(bodies), 'Version="1.1" DocType="OFD"', namespace=namespace)


def text(identifier: int, words: str, *, at: str = "20 40 170 10", attributes: str = "", inside: str = "") -> str:
    """Return a TextObject."""
    code = element("TextCode", words, 'X="0" Y="8"')
    return element("TextObject", inside + code, f'ID="{identifier}" Boundary="{at}" Font="3" Size="8" {attributes}')


def page(*objects: str, template: bool = True, more: str = "") -> bytes:
    """Return a page's content."""
    under = element("Template", "", 'TemplateID="2" ZOrder="Background"') if template else ""
    layer = element("Layer", "".join(objects), 'ID="20"')
    return root("Page", under + more + element("Content", layer))


def document(
    *, pages: int = 2, common: str = "", more: str = "", resources: str = "DocumentRes.xml", page_at: str = ""
) -> bytes:
    """Return Document.xml with so many pages; `common` and `more` go behind the usual elements."""
    area = element("PageArea", element("PhysicalBox", "0 0 210 297"))
    data = (
        element("MaxUnitID", "99")
        + area
        + element("PublicRes", "PublicRes.xml")
        + element("DocumentRes", resources)
        + element("TemplatePage", "", 'ID="2" BaseLoc="Tpls/Tpl_0/Content.xml"')
        + common
    )
    listed = "".join(
        element("Page", "", f'ID="{11 + number}" BaseLoc="{page_at or f"Pages/Page_{number}/Content.xml"}"')
        for number in range(pages)
    )
    parts = (
        element("Annotations", "Annots/Annotations.xml")
        + element("CustomTags", "Tags/CustomTags.xml")
        + element("Attachments", "Attachs/Attachments.xml")
    )
    return root("Document", element("CommonData", data) + element("Pages", listed) + parts + more)


def public(file: str = "font_1.ttf", more: str = "") -> bytes:
    """Return PublicRes.xml: a colour space and a font inside."""
    font = element("Font", element("FontFile", file), 'ID="3" FontName="Song"')
    spaces = element("ColorSpaces", element("ColorSpace", "", 'ID="5" Type="RGB"'))
    return root("Res", spaces + element("Fonts", font) + more, 'BaseLoc="Res"')


def resources(file: str = "image_1.png", more: str = "") -> bytes:
    """Return DocumentRes.xml: an image, and how lines are drawn."""
    media = element("MultiMedia", element("MediaFile", file), 'ID="6" Type="Image" Format="PNG"')
    parameters = element("DrawParams", element("DrawParam", element("FillColor", "", 'Value="0 0 0"'), 'ID="4"'))
    return root("Res", parameters + element("MultiMedias", media) + more, 'BaseLoc="Res"')


def annotation(inside: str = "") -> bytes:
    """Return the annotations of the first page."""
    mark = element("Appearance", inside or text(61, "副本", at="0 0 20 10"), 'Boundary="150 10 20 10"')
    words = 'ID="60" Type="Watermark" Creator="trustkit" LastModDate="2026-12-01"'
    return root("PageAnnot", element("Annot", mark, words))


def licence() -> dict[str, bytes]:
    """Return a licence of two pages that nobody signed yet."""
    image = element("ImageObject", "", 'ID="31" ResourceID="6" Boundary="150 200 30 30" CTM="30 0 0 30 0 0"')
    return {
        ENTRY: entry(body()),
        DOCUMENT: document(),
        PUBLIC: public(),
        RESOURCES: resources(),
        FONT: FAKE_FONT,
        IMAGE: PICTURE,
        TEMPLATE: page(text(41, "营业执照", at="60 10 90 20"), template=False),
        PAGE: page(text(21, "名称：示例有限公司"), text(22, "注册资本：壹佰万元", at="20 60 170 10"), image),
        LAST_PAGE: page(text(51, "登记机关：示例市市场监督管理局")),
        ANNOTATIONS: root("Annotations", element("Page", element("FileLoc", "Page_0/Annotation.xml"), 'PageID="11"')),
        ANNOTATION: annotation(),
        TAGS: root("CustomTags", element("CustomTag", element("FileLoc", "CustomTag.xml"), 'TypeID="ZZ"')),
        TAG: root("Licence", element("MC", element("ObjectRef", "21", 'PageRef="11"'))),
        ATTACHMENTS: root(
            "Attachments",
            element("Attachment", element("FileLoc", "licence.json"), 'ID="70" Name="licence" Format="json"'),
        ),
        ATTACHMENT: '{"ZZMC":"营业执照"}'.encode(),
    }
