from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from esign.ofd import limits, package
from esign.ofd.package import NAMES_GB18030, NAMES_UNFLAGGED, open_package
from tests.support.zip_forge import STORED, Part, archive, forge, unpacked
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

FILES = {
    "OFD.xml": b"<a/>",
    "Doc_0/": b"",
    "Doc_0/Document.xml": b"<b/>" * 500,
    "Doc_0/Res/印章.png": bytes(range(256)),
}
PLAIN = Part(name=b"OFD.xml")
DATA = b"content"
CRC = zlib.crc32(DATA)


def _read_all(data: bytes) -> None:
    found = open_package(data)
    for name in found.names:
        found.octets(name)


def _refusal(data: bytes) -> Code:
    with pytest.raises(TrustError) as caught:
        _read_all(data)
    return caught.value.code


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_the_standard_library_writes_is_read_alike(compression: int) -> None:
    data = archive(FILES, compression)
    found = open_package(data)
    assert {name: found.octets(name) for name in found.names} == unpacked(data)
    assert found.directories == ("Doc_0",)
    assert found.notes == ()
    assert found.unpacked == sum(map(len, FILES.values()))
    assert found.size("OFD.xml") == 4
    assert "OFD.xml" in found
    assert "Doc_0" not in found


class _Pipe(io.RawIOBase):
    """A sink that cannot be wound back: the library then writes sizes after the octets."""

    def __init__(self) -> None:
        self.octets = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.octets += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


@pytest.mark.parametrize("zip64", [False, True])
def test_sizes_after_the_octets_are_read(zip64: bool) -> None:  # noqa: FBT001 - a parameter of the test
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in FILES.items():
            with packed.open(name, "w", force_zip64=zip64) as file:
                file.write(data)
    data = bytes(pipe.octets)
    found = open_package(data)
    assert {name: found.octets(name) for name in found.names} == unpacked(data)


def test_sizes_in_a_zip64_field_of_the_local_header_are_read() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed, packed.open("OFD.xml", "w", force_zip64=True) as file:
        file.write(DATA)
    assert open_package(buffer.getvalue()).octets("OFD.xml") == DATA


@pytest.mark.parametrize(
    "descriptor", [b"PK\x07\x08" + struct.pack("<3I", CRC, 7, 7), struct.pack("<3I", CRC, 7, 7)], ids=["marked", "bare"]
)
def test_both_shapes_of_a_data_descriptor_are_read(descriptor: bytes) -> None:
    zeros: dict[str, int | bytes] = {"crc": 0, "packed": 0, "size": 0}
    data = forge(Part(name=b"a", method=STORED, flags=8, descriptor=descriptor, local=zeros), PLAIN)
    assert open_package(data).octets("a") == DATA


def test_a_comment_is_read_over() -> None:
    assert open_package(forge(PLAIN, comment=b"made by x")).names == ("OFD.xml",)


def test_names_without_the_flag_are_read_as_chinese_writers_mean_them() -> None:
    utf8 = open_package(forge(PLAIN, Part(name="附件.xml".encode())))
    assert utf8.names == ("OFD.xml", "附件.xml")
    assert utf8.notes == (NAMES_UNFLAGGED,)
    gb = open_package(forge(PLAIN, Part(name="附件.xml".encode("gb18030"))))
    assert gb.names == ("OFD.xml", "附件.xml")
    assert gb.notes == (NAMES_GB18030,)


_IN_GBK = "Doc_0/图.png".encode("gb18030")  # of which the octets are UTF-8 too
_IN_GBK_ALONE = "Doc_0/印章.png".encode("gb18030")


def test_unflagged_names_of_one_archive_are_in_one_encoding() -> None:
    assert open_package(forge(PLAIN, Part(name=_IN_GBK))).names == ("OFD.xml", "Doc_0/\u037c.png")
    both = open_package(forge(PLAIN, Part(name=_IN_GBK), Part(name=_IN_GBK_ALONE)))
    assert both.names == ("OFD.xml", "Doc_0/图.png", "Doc_0/印章.png")
    assert both.notes == (NAMES_GB18030,)
    flagged = open_package(forge(PLAIN, Part(name=_IN_GBK, flags=0x800), Part(name=_IN_GBK_ALONE)))
    assert flagged.names == ("OFD.xml", "Doc_0/\u037c.png", "Doc_0/印章.png")
    not_chinese = open_package(forge(PLAIN, Part(name="图㸀.png".encode()), Part(name=b"\xd6\xd0.png")))
    assert set(not_chinese.names) >= {"中.png"}


def test_a_file_is_found_by_what_other_readers_call_it() -> None:
    found = open_package(forge(PLAIN, Part(name=_IN_GBK_ALONE), Part(name="证书.xml".encode())))
    (image, certificate) = found.names[1:]
    assert found.nearest("Doc_0/印章.PNG") == image
    for codec in ("utf-8", "cp437"):
        assert found.called(_IN_GBK_ALONE.decode(codec, "replace")) == (image,), codec
    assert found.called("证书.xml") == found.called("璇佷功.xml") == (certificate,)
    assert found.called("Doc_0/other.png") == ()
    assert open_package(forge(PLAIN)).called("ofd.xml") == ("OFD.xml",)


def test_every_file_of_a_name_is_told() -> None:
    two = open_package(forge(PLAIN, Part(name="北海".encode("gb18030")), Part(name="报告".encode("gb18030"))))
    assert two.called("\ufffd" * 4) == two.names[1:]


def test_a_unicode_path_that_says_the_same_is_read() -> None:
    name = _IN_GBK_ALONE
    data = forge(PLAIN, Part(name=name, extra=_unicode_path("Doc_0/印章.png", name)))
    assert open_package(data).names == ("OFD.xml", "Doc_0/印章.png")
    western = forge(PLAIN, Part(name=name, extra=_unicode_path(name.decode("cp437"), name)))
    assert open_package(western).names == ("OFD.xml", name.decode("cp437"))
    assert open_package(western).nearest("Doc_0/印章.png") is None  # as readers that heed it would not find it


def test_the_nearest_name_differs_in_case_alone() -> None:
    found = open_package(archive({"Doc_0/TPLS/a.xml": b"x", "Doc_0/empty/": b""}))
    assert found.nearest("Doc_0/TPLS/a.xml") == "Doc_0/TPLS/a.xml"
    assert found.nearest("doc_0/Tpls/A.xml") == "Doc_0/TPLS/a.xml"
    assert found.nearest("Doc_0/Tpls/b.xml") is None
    assert found.nearest("Doc_0/empty") is None


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(TrustError) as caught:
        open_package(archive({"OFD.xml": b""})).octets("Doc_0/Document.xml")
    assert caught.value.code is ErrorCode.OFD_MISSING
    assert caught.value.facts["file"] == "Doc_0/Document.xml"


def _unicode_path(path: str, raw: bytes, *, checksum: int | None = None) -> bytes:
    field = struct.pack("<BI", 1, zlib.crc32(raw) if checksum is None else checksum) + path.encode()
    return struct.pack("<2H", 0x7075, len(field)) + field


NAMES = {
    "climbs": b"../OFD.xml",
    "climbs inside": b"Doc_0/../OFD.xml",
    "absolute": b"/OFD.xml",
    "backslash": b"Doc_0\\Document.xml",
    "drive": b"C:/OFD.xml",
    "stream": b"OFD.xml:evil",
    "dot": b"./OFD.xml",
    "empty step": b"Doc_0//x",
    "trailing dot": b"OFD.xml.",
    "trailing space": b"Doc_0 /x",
    "newline": b"OFD\n.xml",
    "nul": b"OFD.xml\0.png",
    "turned round": "a\u202elmx.xml".encode(),
    "no encoding": b"\xff\xff\xff",
    "only a slash": b"/",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_an_unsafe_name_is_refused(name: bytes) -> None:
    assert _refusal(forge(PLAIN, Part(name=name, data=b""))) is ErrorCode.OFD_NAME


PAIRS = {
    "same": (b"Doc_0/a.xml", b"Doc_0/a.xml"),
    "case": (b"Doc_0/a.xml", b"doc_0/A.xml"),
    "directory": (b"Doc_0/a/", b"Doc_0/A"),
    "unicode form": ("é.xml".encode(), "é.xml".encode()),
    "full width": ("Ａ.xml".encode(), b"a.xml"),
    "other encoding of one": (_IN_GBK, "Doc_0/图.png".encode()),
    "other encoding, other case": (_IN_GBK, "doc_0/图.PNG".encode()),
    "encodings": ("附.xml".encode(), "附.xml".encode("gb18030")),
    "file as folder": (b"Doc_0/a", b"Doc_0/a/b"),
    "file as folder, other case": (b"Doc_0/A", b"doc_0/a/b"),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_two_entries_of_one_name_are_refused(pair: tuple[bytes, bytes]) -> None:
    parts = [Part(name=name, data=b"") for name in pair]
    assert _refusal(forge(PLAIN, *parts)) is ErrorCode.OFD_NAME
    assert _refusal(forge(PLAIN, *reversed(parts))) is ErrorCode.OFD_NAME


def test_a_directory_with_content_is_refused() -> None:
    assert _refusal(forge(PLAIN, Part(name=b"Doc_0/"))) is ErrorCode.OFD_NAME


_OTHER = Part(name=b"b.xml")
_LONG_END = b"PK\x07\x08" + struct.pack("<3I", CRC, 7, 7)


def _stored_and_streamed(octets: bytes) -> bytes:
    told = struct.pack("<3I", zlib.crc32(octets), len(octets), len(octets))
    zeros: dict[str, int | bytes] = {"crc": 0, "packed": 0, "size": 0}
    return forge(Part(name=b"a", data=octets, method=STORED, flags=8, descriptor=told, local=zeros), PLAIN)


_LONG = struct.pack("<2H", 0x7075, 5 + 5) + b"\x01" + b"\0\0\0\0" + b"b.xml"
STRUCTURES = {
    "nothing": b"",
    "empty": forge(),
    "no end": forge(PLAIN)[:-22],
    "truncated": forge(PLAIN, Part(name=b"b", data=bytes(500), method=STORED))[200:],
    "prepended": b"MZ" + forge(PLAIN),
    "prepended with offsets mended": forge(PLAIN, prefix=b"MZ"),
    "appended": forge(PLAIN) + b"x",
    "appended archive": forge(PLAIN) + forge(_OTHER),
    "end inside the comment": forge(PLAIN, comment=forge(_OTHER)[-22:]),
    "comment too short": forge(PLAIN, comment=b"ab")[:-1],
    "gap between entries": forge(PLAIN, Part(name=b"b.xml", before=b"PK\x03\x04hidden")),
    "gap before the directory": forge(PLAIN, between=b"hidden"),
    "overlapping": forge(PLAIN, Part(name=b"b.xml", central={"offset": 0})),
    "directory shorter than told": forge(PLAIN, end={"count": 2, "here": 2}),
    "directory longer than told": forge(PLAIN, _OTHER, end={"count": 1, "here": 1}),
    "several disks": forge(PLAIN, end={"disk": 1}),
    "other count here": forge(PLAIN, end={"here": 0}),
    "zip64 directory": forge(PLAIN, end={"size": 0xFFFFFFFF}),
    "zip64 locator": forge(PLAIN)[:-22] + b"PK\x06\x07" + bytes(16) + forge(PLAIN)[-22:],
    "zip64 sizes": forge(Part(name=b"OFD.xml", central={"size": 0xFFFFFFFF})),
    "zip64 offset": forge(Part(name=b"OFD.xml", central={"offset": 0xFFFFFFFF})),
    "two names": forge(Part(name=b"OFD.xml", local={"name": b"Ofd.xml"})),
    "two names by an extra field": forge(Part(name=b"a.xml", extra=_LONG)),
    "another name by a Unicode path": forge(
        Part(name=_IN_GBK_ALONE, extra=_unicode_path("Doc_0/图章.png", _IN_GBK_ALONE))
    ),
    "a Unicode path of another name": forge(
        Part(name=_IN_GBK_ALONE, extra=_unicode_path("Doc_0/印章.png", _IN_GBK_ALONE, checksum=1))
    ),
    "an extra field twice": forge(Part(name=b"a.xml", extra=struct.pack("<2H", 0x000A, 0) * 2)),
    "an entry inside an extra field": forge(
        Part(name=b"a.xml", extra=struct.pack("<2H", 0xCAFE, 4 + len(PLAIN.name)) + b"PK\x03\x04" + PLAIN.name)
    ),
    "stored, streamed, with long sizes behind": forge(
        Part(
            name=b"a",
            data=b"content",
            method=STORED,
            flags=8,
            descriptor=struct.pack("<I2Q", zlib.crc32(b"content"), 7, 7),
            local={"crc": 0, "packed": 0, "size": 0},
        )
    ),
    "stored, streamed, with an end inside": _stored_and_streamed(b"x" + _LONG_END),
    "stored, streamed, with an entry inside": _stored_and_streamed(b"x" + PLAIN.name + b"PK\x03\x04"),
    "two methods": forge(Part(name=b"OFD.xml", local={"method": STORED})),
    "two sizes": forge(Part(name=b"OFD.xml", local={"size": 3})),
    "two checksums": forge(Part(name=b"OFD.xml", local={"crc": 3})),
    "flags that differ": forge(Part(name=b"OFD.xml", local={"flags": 8})),
    "no descriptor": forge(Part(name=b"OFD.xml", flags=8)),
    "a descriptor that lies": forge(Part(name=b"OFD.xml", flags=8, descriptor=struct.pack("<3I", 1, 9, 7))),
    "wrong checksum": forge(Part(name=b"OFD.xml", local={"crc": 3}, central={"crc": 3})),
    "larger than told": forge(Part(name=b"OFD.xml", local={"size": 3}, central={"size": 3})),
    "smaller than told": forge(Part(name=b"OFD.xml", local={"size": 300}, central={"size": 300})),
    "stored larger than told": forge(Part(name=b"a", method=STORED, local={"size": 3}, central={"size": 3})),
    "packed octets left over": forge(
        Part(
            name=b"a", method=STORED, data=zlib.compress(DATA)[2:-4] + b"x", local={"method": 8}, central={"method": 8}
        )
    ),
    "bzip2": forge(Part(name=b"OFD.xml", local={"method": 12}, central={"method": 12})),
    "unknown compression": forge(Part(name=b"OFD.xml", local={"method": 99}, central={"method": 99})),
    "another encoding of the name": forge(Part(name="印".encode(), local={"flags": 0x800})),
    "patched": forge(Part(name=b"OFD.xml", flags=0x20)),
    "not deflate": forge(Part(name=b"a", data=b"\xff" * 9, method=STORED, local={"method": 8}, central={"method": 8})),
    "symbolic link": forge(Part(name=b"OFD.xml", data=b"/etc/passwd", mode=0o120777, system=3)),
    "device": forge(Part(name=b"OFD.xml", data=b"", mode=0o020666, system=3)),
    "fifo of macOS": forge(Part(name=b"OFD.xml", data=b"", mode=0o010666, system=19)),
}


@pytest.mark.parametrize("data", STRUCTURES.values(), ids=STRUCTURES)
def test_a_structure_that_is_broken_or_ambiguous_is_refused(data: bytes) -> None:
    assert _refusal(data) is ErrorCode.OFD_ZIP


@pytest.mark.parametrize("flag", [0x1, 0x41, 0x2000])
def test_an_encrypted_entry_is_refused_by_name(flag: int) -> None:
    assert _refusal(forge(PLAIN, Part(name=b"b.xml", flags=flag))) is ErrorCode.OFD_ENCRYPTED


def test_every_truncation_is_refused() -> None:
    data = archive(FILES)
    for end in range(len(data)):
        assert _refusal(data[:end]) is ErrorCode.OFD_ZIP


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    zeros = bytes(limits.MAX_ENTRY_OCTETS)
    begun = time.process_time()
    bomb = archive({"OFD.xml": b"", "a.png": zeros})
    packed = time.process_time() - begun
    begun = time.process_time()
    assert _refusal(bomb) is ErrorCode.OFD_LIMIT  # by its ratio
    assert time.process_time() - begun < max(0.05, packed)
    assert _refusal(archive({"a.png": zeros + b"0"})) is ErrorCode.OFD_LIMIT  # by its size


def test_a_bomb_that_lies_about_its_size_is_stopped_where_it_said_it_ends() -> None:
    lie: dict[str, int | bytes] = {"size": 10}
    data = forge(Part(name=b"OFD.xml", data=bytes(10_000_000), local=lie, central=lie))
    assert _refusal(data) is ErrorCode.OFD_ZIP


def test_a_nested_archive_is_a_file_like_any_other() -> None:
    inner = archive({"a": bytes(1_000_000)})
    assert open_package(archive({"OFD.xml": b"", "seal.ofd": inner})).octets("seal.ofd") == inner


def test_a_million_entries_are_refused_by_their_number() -> None:
    many = forge(*(Part(name=b"%d" % number, data=b"", method=STORED) for number in range(limits.MAX_ENTRIES + 1)))
    begun = time.process_time()
    assert _refusal(many) is ErrorCode.OFD_LIMIT
    assert time.process_time() - begun < 0.1
    entry = forge(PLAIN)[:-22]
    directory = entry[entry.rindex(b"PK\x01\x02") :] * 1_000_000
    told = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), 0, 0)
    assert _refusal(directory + told) is ErrorCode.OFD_LIMIT


@pytest.mark.parametrize(
    "data",
    [
        forge(PLAIN, Part(name=b"n" * (limits.MAX_NAME_OCTETS + 1))),
        forge(PLAIN, Part(name=b"")),
        forge(PLAIN, Part(name=b"a/" * limits.MAX_NAME_DEPTH + b"b")),
    ],
    ids=["long name", "no name", "deep"],
)
def test_a_name_out_of_bounds_is_refused(data: bytes) -> None:
    assert _refusal(data) is ErrorCode.OFD_LIMIT


def test_a_package_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esign.ofd.directory.MAX_PACKAGE_OCTETS", 50)
    assert _refusal(forge(PLAIN)) is ErrorCode.OFD_LIMIT


def test_large_files_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_KEPT_OCTETS", 4)
    found = open_package(archive({"small": b"1234", "large": b"12345"}))
    assert found.octets("small") is found.octets("small")
    assert found.octets("large") is not found.octets("large")


def test_small_xml_stays_parsed_within_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_KEPT_TREE", 10)
    monkeypatch.setattr(package, "MAX_KEPT_TREES", 16)
    files = {"small.xml": b"<a/>", "large.xml": b"<a>larger</a>", "again.xml": b"<a>--</a>", "last.xml": b"<b>-</b>"}
    found = open_package(archive(files))
    kept = {name: found.xml(name) is found.xml(name) for name in files}
    assert kept == {"small.xml": True, "large.xml": False, "again.xml": True, "last.xml": False}


def test_what_is_no_xml_is_refused_each_time() -> None:
    found = open_package(archive({"OFD.xml": b"<a>"}))
    for _ in range(2):
        with pytest.raises(TrustError) as caught:
            found.xml("OFD.xml")
        assert caught.value.code is ErrorCode.OFD_XML


@pytest.mark.parametrize(
    ("names", "told"), [(("OFD.xml", "a/b.xml"), True), (("OFD.xml", "a/印章.xml"), False), (("OFD.xml",), False)]
)
def test_a_name_is_the_only_one_where_no_reader_knows_another(names: tuple[str, ...], *, told: bool) -> None:
    found = open_package(archive(dict.fromkeys(names, b"")))
    assert found.is_only("a/b.xml") is told
    assert not found.is_only("A/B.xml")
