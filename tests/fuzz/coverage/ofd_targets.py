"""Targets: packages and XML of OFD documents."""

from __future__ import annotations

from esign.ofd.xml import NAMESPACE, local_name, parse_xml
from tests.fuzz import test_ofd
from tests.fuzz.coverage.target import Target


def _package(data: bytes) -> None:
    test_ofd.read_package(data)


def _xml(data: bytes) -> None:
    assert local_name(parse_xml(data, "fuzzed"))


def _xml_seeds() -> tuple[bytes, ...]:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><o:OFD xmlns:o="{NAMESPACE}"><o:DocBody ID="1">文</o:DocBody></o:OFD>'
    )
    return text.encode(), text.replace("UTF-8", "UTF-16").encode("utf-16"), text.replace("UTF-8", "GBK").encode("gbk")


TARGETS = (
    Target(name="ofd-package", act=_package, seeds=test_ofd.packages, binary=False, max_length=64 * 1024),
    Target(name="ofd-xml", act=_xml, seeds=_xml_seeds, binary=False),
)
