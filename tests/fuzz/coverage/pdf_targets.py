"""Targets: signed PDF, changed by recipe and judged whole, or taken as octets."""

from __future__ import annotations

from random import Random  # noqa: TID251 - seeds that are the same at every run

from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from tests.fuzz import test_pdf, test_pdf_corpus
from tests.fuzz.coverage.target import Target, read_twice
from tests.support.attacks.mutations import ACT

MAX_PDF = 64 * 1024
MAX_ACTS = 6
_RECIPES = 200


def _file(data: bytes) -> None:
    pdf = read_twice(read_pdf, data)
    repr(pdf)
    for signature in pdf.signatures:
        verify_pdf_signature(pdf, signature)


def _recipes() -> tuple[bytes, ...]:
    test_pdf_corpus.known()  # made once, so that no input pays for it
    chance = Random(1)
    return tuple(chance.randbytes(1 + ACT * chance.randint(1, MAX_ACTS)) for _ in range(_RECIPES))


TARGETS = (
    Target(name="pdf", act=_file, seeds=test_pdf.samples, binary=False, max_length=MAX_PDF),
    Target(
        name="pdf-recipe",
        act=test_pdf_corpus.judge,
        seeds=_recipes,
        binary=False,
        max_length=1 + ACT * MAX_ACTS,
    ),
)
