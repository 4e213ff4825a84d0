"""Targets: records of verdicts, under a digest that is made to fit; orders of proposals as they are kept."""

from __future__ import annotations

from tests.fuzz import test_licence_proposals, test_records
from tests.fuzz.coverage.target import Target
from tests.unit.verifier.recording import altered
from trustkit.encoding.canonical_json import parse_json


def _record(data: bytes) -> None:
    test_records.read(data)
    value = parse_json(data)
    if isinstance(value, dict):
        test_records.read(altered(data))


TARGETS = (
    Target(
        name="validation-record",
        act=_record,
        seeds=lambda: (test_records.record(),),
        binary=False,
        max_length=16 * 1024,
    ),
    Target(
        name="licence-proposal",
        act=test_licence_proposals.read,
        seeds=lambda: (test_licence_proposals.ORDER.octets,),
        binary=False,
    ),
)
