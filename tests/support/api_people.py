"""What journeys over the authority's API share: refusals by their code, the trail about a thing, people with keys of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ca.clients import Role
from ca.operators import ActingOperator, Enrolment, instance_of
from tests.support.machine_doors import Doors, open_doors
from trustkit.app.operator_statements import SigningOperator
from trustkit.audit import trail
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from trustkit.audit.events import EventType
    from trustkit.audit.trail import TrailEntry
    from trustkit.error_family import Code
    from trustkit.store.operators import Role as OperatorRole


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    yield from open_doors(tmp_path_factory.mktemp("administration"))


@pytest.fixture(scope="module")
def registrar(doors: Doors) -> ActingOperator:
    return doors.registrar()


@pytest.fixture(scope="module")
def second(doors: Doors, registrar: ActingOperator) -> ActingOperator:
    doors.speak_for_machines(registrar)
    return doors.registrar(registrar)


@pytest.fixture(scope="module")
def admin(doors: Doors) -> dict[str, str]:
    return doors.client("admin", Role.ADMINISTRATOR)


def require(answer: httpx.Response, code: Code, status: int | None = None) -> None:
    assert answer.json().get("code") == code.value, answer.text
    assert status in {None, answer.status_code}


def events(doors: Doors, kind: EventType, about: str) -> list[TrailEntry]:
    with doors.home.database.reading() as unit:
        return list(trail.list_about(unit, kind, about))


def enrolled(doors: Doors, sponsor: ActingOperator, role: OperatorRole) -> ActingOperator:
    key = generate_key(KeyKind.SM2)
    enrolment = Enrolment(label=role.value, role=role, key=key.public_key)
    row = doors.desk.operators.enrol(enrolment, actor=doors.home.operator, sponsor=sponsor)
    return ActingOperator(row=row, signer=key.signer())


def instance(doors: Doors) -> str:
    with doors.home.database.reading() as unit:
        return instance_of(unit)


def signing(operator: ActingOperator) -> SigningOperator:
    return SigningOperator(operator=operator.row.id, signer=operator.signer)
