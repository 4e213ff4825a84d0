"""Targets: pictures of handwriting, and looking into a PDF."""

from __future__ import annotations

from esign.pdf.inspection import inspect_pdf
from esign.rendering.handwriting import read_handwriting
from tests.fuzz import test_pdf, test_rendering
from tests.fuzz.coverage.target import Target, read_twice


def _picture(data: bytes) -> None:
    repr(read_twice(read_handwriting, data))


def _inspection(data: bytes) -> None:
    repr(inspect_pdf(data))


TARGETS = (
    Target(name="handwriting", act=_picture, seeds=lambda: (test_rendering.picture(),)),
    Target(name="pdf-inspection", act=_inspection, seeds=test_pdf.samples, outside=("pdf/*",)),
)
