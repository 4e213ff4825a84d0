"""Targets: electronic seals and their signatures (GB/T 38540), and status lists of licences."""

from __future__ import annotations

from esign.seal.model import SealVersion
from esign.seal.read import parse_seal, parse_seal_signature
from esign.seal.verify import verify_seal, verify_seal_signature
from esign.status.read import parse_status_token
from esign.status.verify import verify_status_list
from tests.fuzz import test_jose, test_seal
from tests.fuzz.coverage.target import Target, read_twice
from tests.support.pki import PkiWorld
from tests.support.ses import extension, make_seal
from trustkit.encoding import der_write as w


def _seal(data: bytes) -> None:
    seal = read_twice(parse_seal, data)
    repr(seal)
    verify_seal(seal)


def _seal_seeds() -> tuple[bytes, ...]:
    world = PkiWorld()
    rich = make_seal(
        world, extensions=w.explicit(0, w.sequence(extension("1.2.3", b"x", critical=False))), digests=True
    )
    return (*(make_seal(world, version=version) for version in SealVersion), rich)


def _signature(data: bytes) -> None:
    found = read_twice(parse_seal_signature, data)
    repr(found)
    verify_seal_signature(found, content=test_seal.CONTENT)


def _status(data: bytes) -> None:
    verify_status_list(parse_status_token(data))


TARGETS = (
    Target(name="seal", act=_seal, seeds=_seal_seeds, outside=("seals/*",)),
    Target(name="seal-signature", act=_signature, seeds=test_seal.samples),
    Target(name="status-list", act=_status, seeds=lambda: (test_jose.status_token(),), binary=False),
)
