"""What a file of a signature may hold to be nothing else to any reader."""

from __future__ import annotations

import pytest

from esign.ofd.signature_shape import holds_only_a_signature

SPACE = 'xmlns="http://www.ofdspec.org/2016"'
LIST = f'<Signatures {SPACE}><MaxSignId>1</MaxSignId><Signature ID="1" BaseLoc="/a.xml"/></Signatures>'
INFO = (
    '<SignedInfo><Provider ProviderName="a"/><SignatureMethod>b</SignatureMethod><SignatureDateTime>c</SignatureDateTime>'
    '<Parameters><Parameter Name="d">e</Parameter></Parameters>'
    '<References CheckMethod="SM3"><Reference FileRef="/f"><CheckValue>AA==</CheckValue></Reference></References>'
    '<StampAnnot ID="1" PageRef="1" Boundary="0 0 1 1"/><Seal><BaseLoc>/g</BaseLoc></Seal></SignedInfo>'
)
ONE = f"<Signature {SPACE}>\n  {INFO}<!-- made by h --><SignedValue>/i</SignedValue></Signature>"
FILES = f'<DocEntries {SPACE}><SignedValueLoc>/j</SignedValueLoc><FileList><File FileLoc="/k"/></FileList></DocEntries>'
DER = b"\x30\x03\x02\x01\x05"


@pytest.mark.parametrize("octets", [LIST.encode(), ONE.encode(), FILES.encode(), DER, b"\xef\xbb\xbf" + ONE.encode()])
def test_files_of_signatures_hold_only_that(octets: bytes) -> None:
    assert holds_only_a_signature(octets)


REFUSED = {
    "empty": b"",
    "a picture": b"GIF89a",
    "a page": f"<Page {SPACE}/>".encode(),
    "a page inside": ONE.replace("</Signature>", "<Content/></Signature>").encode(),
    "a page inside a leaf": ONE.replace("e</Parameter>", "<Content/></Parameter>").encode(),
    "a place of a seal elsewhere": ONE.replace("</References>", "<StampAnnot/></References>").encode(),
    "words between elements": ONE.replace("<Seal>", "x<Seal>").encode(),
    "words behind a comment": ONE.replace("-->", "-->x").encode(),
    "markup in a comment": ONE.replace("made by h", "<Content/>").encode(),
    "markup in CDATA": ONE.replace(">e<", "><![CDATA[<Content/>]]><").encode(),
    "markup as text": ONE.replace(">e<", ">&lt;Content/><").encode(),
    "an instruction": ONE.replace("<Seal>", "<?x?><Seal>").encode(),
    "an instruction before": (f"<?x?>{ONE}").encode(),
    "two octets a character": ONE.encode("utf-16"),
    "not well-formed": ONE[:-1].encode(),
    "octets behind": DER + b"\0",
    "no end": DER[:-1],
    "markup in a value": b"\x30\x09\x0c\x07</Page>",
    "markup in a value with blanks": b"\x30\x0c\x0c\x0a</Page\t \t>",
    "markup in a value without an end": b"\x30\x0d\x0c\x0b<x:PAGE a='",
    "a comment in a value": b"\x30\x06\x0c\x04<!--",
    "a PDF in a value": b"\x30\x07\x0c\x05%PDF-",
}


@pytest.mark.parametrize("name", REFUSED)
def test_whatever_else_is_in_them_shows(name: str) -> None:
    assert not holds_only_a_signature(REFUSED[name])
