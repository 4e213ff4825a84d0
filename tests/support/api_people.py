"""What journeys over the authority's API share: refusals by their code, the trail about a thing, people with keys of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.operators import ActingOperator, Enrolment, instance_of
from trustkit.app.operator_statements import SigningOperator
from trustkit.audit import trail
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key

if TYPE_CHECKING:
    import httpx

    from tests.support.machine_doors import Doors
    from trustkit.audit.events import EventType
    from trustkit.audit.trail import TrailEntry
    from trustkit.errors import ErrorCode
    from trustkit.store.operators import Role as OperatorRole


def require(answer: httpx.Response, code: ErrorCode, status: int | None = None) -> None:
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
