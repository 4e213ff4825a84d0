"""What is seen of a file without following anything is never less than what the walk finds."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from esign.ofd.package import open_package
from esign.ofd.reach import reach
from esign.ofd.self_contained import is_self_contained
from tests.support.ofd_forge import pack, sample_files

PIECES = (
    *(
        "<",
        ">",
        "</",
        "/>",
        '"',
        "'",
        "=",
        " ",
        "\n",
        "/",
        "//",
        ".",
        "..",
        "\\",
        ":",
        "%",
        "&",
        "&#47;",
        "&amp;",
        "?",
        "<!--",
        "-->",
    ),
    *("ofd:", "x:", "File", "FileLoc", "BaseLoc", "Profile", "Annotations", "Signatures", "Cover", "http", "xmlns:ofd"),
    *(
        "signature.xml",
        "Doc_0",
        "Signs",
        "SIGNATURE",
        "ｓignature",
        "．ｘｍｌ",
        ".xml",
        "\u3000",
        "\u017f",
        "印",
        "a",
        "b",
        "<a>",
        "</a>",
        "<ofd:File>",
        "</ofd:File>",
    ),
    *("<ofd:Signatures>", "</ofd:Signatures>", ' BaseLoc="', " Profile='", "Doc_0/Signs/Signature.xml", "../../../.."),
)
PAGE = "Doc_0/Pages/Page_0/Content.xml"
APART = "Doc_0/Signs/Signature.xml"


@cache
def files() -> dict[str, bytes]:
    return sample_files() | {APART: b"<x/>"}


@given(
    st.lists(st.sampled_from(PIECES), max_size=8),
    st.sampled_from(("{}", "<ofd:File>{}</ofd:File>", '<ofd:Page BaseLoc="{}"/>')),
    st.sampled_from(("", ' BaseLoc="Res/"', ' BaseLoc=".."')),
)
def test_the_walk_finds_nothing_where_nothing_was_seen(pieces: list[str], around: str, base: str) -> None:
    text = around.format("".join(pieces))
    octets = f'<?xml version="1.0" encoding="UTF-8"?>\n<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"{base}>{text}</ofd:Page>'
    package = open_package(pack(files() | {PAGE: octets.encode()}))
    if is_self_contained(package, frozenset({APART})):
        found = reach(package, "OFD.xml")
        assert (found.complete, found.outside, APART in found.roles) == (True, (), False)
