"""Targets: electronic seals, their signatures (GB/T 38540) and pictures, and status lists of licences."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image

from esign.seal.model import SealPicture, SealVersion
from esign.seal.picture import read_picture
from esign.seal.read import parse_seal, parse_seal_signature
from esign.seal.verify import verify_seal, verify_seal_signature
from esign.status.read import parse_status_token
from esign.status.read_cwt import parse_status_cwt
from esign.status.verify import verify_status_list
from tests.fuzz import test_jose, test_seal
from tests.fuzz.coverage.target import Target, read_twice
from tests.support.ses import extension, make_seal
from trustkit.encoding import der_write as w
from trustkit.verdict import Indication, Verdict
from verifier.judgement.seal import judge_seal, judge_seal_signature


def _seal(data: bytes) -> None:
    seal = read_twice(parse_seal, data)
    repr(seal)
    require_no_pass(judge_seal(test_seal.a_context(), seal), data, _seal_seeds())
    verify_seal(seal)


@cache
def _seal_seeds() -> tuple[bytes, ...]:
    world = test_seal.a_world()
    rich = make_seal(
        world, extensions=w.explicit(0, w.sequence(extension("1.2.3", b"x", critical=False))), digests=True
    )
    return (*(make_seal(world, version=version) for version in SealVersion), rich)


def _signature(data: bytes) -> None:
    found = read_twice(parse_seal_signature, data)
    repr(found)
    verdict = judge_seal_signature(test_seal.a_context(), found, test_seal.CONTENT)
    require_no_pass(verdict, data, test_seal.samples())
    verify_seal_signature(found, content=test_seal.CONTENT)


def require_no_pass(verdict: Verdict, data: bytes, genuine: tuple[bytes, ...]) -> None:
    """Raise AssertionError when octets pass that nobody made."""
    if verdict.conclusion.indication is Indication.TOTAL_PASSED and data not in genuine:
        raise AssertionError(data)


def _picture(data: bytes) -> None:
    read_picture(SealPicture(type="PNG", data=data, width=40, height=40))


def _picture_seeds() -> tuple[bytes, ...]:
    found = []
    for form in ("PNG", "GIF", "BMP", "JPEG"):
        file = BytesIO()
        Image.new("RGB", (24, 12), "red").save(file, format=form)
        found.append(file.getvalue())
    return tuple(found)


def _status(data: bytes) -> None:
    verify_status_list(parse_status_token(data))


def _status_cwt(data: bytes) -> None:
    verify_status_list(parse_status_cwt(data))


TARGETS = (
    Target(name="seal", act=_seal, seeds=_seal_seeds, outside=("seals/*",)),
    Target(name="seal-signature", act=_signature, seeds=test_seal.samples),
    Target(name="seal-picture", act=_picture, seeds=_picture_seeds),
    Target(name="status-list", act=_status, seeds=lambda: (test_jose.status_token(),), binary=False),
    Target(name="status-list-cwt", act=_status_cwt, seeds=lambda: (test_jose.status_cwt(),)),
)
