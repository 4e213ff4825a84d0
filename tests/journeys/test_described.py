"""What ``/openapi.json`` says is what is answered: no fault of ours, no status, form or header it does not tell of, whatever is sent."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.authority import unused_home
from trustkit.app.asgi import application
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLES = 30  # of each operation, of what it takes and of what it does not
LEAST = {GenerationMode.POSITIVE: 16, GenerationMode.NEGATIVE: 8}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/ocsp-request")
def as_it_is(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    place = tmp_path_factory.mktemp("described")
    with open_authority(_copied(place)) as authority:
        server = replace(authority.settings.server, anonymous_per_minute=10**6)
        authority.settings = replace(authority.settings, server=server)
        yield schemathesis.openapi.from_asgi("/openapi.json", application(authority))


def _copied(place: Path) -> Path:
    return shutil.copytree(unused_home(), place / "home")


def test_every_refusal_and_every_object_has_an_example(described: Any) -> None:
    document = described.raw_schema
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                told = answer.get("content", {}).get("application/problem+json")
                assert told is None or told["example"]["status"] == int(status), (path, status)
                assert told is None or set(told["example"]) >= {"type", "title", "code", "remedy", "instance"}
            body = operation.get("requestBody", {}).get("content", {})
            assert all("example" in each for kind, each in body.items() if "json" in kind), path


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_answers_as_it_is_described(described: Any, mode: GenerationMode) -> None:
    operations = [each.ok() for each in described.get_all_operations()]
    asked: list[str] = []
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            case.validate_response(case.call(), checks=CHECKS)

        with suppress(Unsatisfiable):  # what takes nothing cannot be handed anything wrong
            ask()
            asked.append(operation.label)
    assert len(asked) >= LEAST[mode], asked
