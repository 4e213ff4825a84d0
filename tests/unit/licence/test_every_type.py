"""Every type of the policies: its sample is read, its page is valid PDF/A in one piece, and its parts are the whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from esign.licence.data import read_licence_data
from esign.licence.face import licence_face
from esign.licence.fields import FieldFormat
from esign.licence.identifier import compose_identifier
from esign.licence.metadata import StatusReference, build_metadata
from esign.licence.types import LicenceType, licence_types, load_catalogued_type, load_licence_type
from esign.ofd.typeset import read_typeset
from esign.rendering.licence_page import lay_out_licence, render_licence
from tests.support.pdfa import pdfa_failures
from tests.unit.licence.conftest import POLICIES
from tests.unit.licence.test_parts import ink
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from esign.rendering.licence_page import LicencePage
    from trustkit.error_family import Code
    from trustkit.identity import Organisation

ISSUED = tuple(name for name in licence_types(POLICIES) if name != "resident-identity-card")


def _sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((POLICIES / name / "sample.json").read_bytes())
    return found


def _face(name: str, fields: dict[str, Any], issuer: Organisation, now: datetime) -> LicencePage:
    kind = load_licence_type(POLICIES / name)
    data = read_licence_data(kind, json.dumps(fields).encode(), today=now.date())
    identifier = compose_identifier(type_code=kind.code, issuer=issuer.uscc, serial="1", version=1)
    status = StatusReference(uri="https://licence.example.gov.cn/status/1", index=7)
    metadata = build_metadata(kind, data, identifier=identifier, issuer=issuer, issued_at=now, status=status)
    assert metadata["CZZT"]
    assert metadata["CZZTDM"]
    return licence_face(kind, data, metadata, issued_at=now, qr_text="https://licence.example.gov.cn/v1/licences/1")


def _least(name: str) -> dict[str, Any]:
    kind = load_licence_type(POLICIES / name)
    return {rule.key: _sample(name)[rule.key] for rule in kind.fields if rule.required}


@pytest.mark.parametrize("name", licence_types(POLICIES))
def test_the_catalogue_describes_it_and_marks_what_nobody_confirmed(name: str, now: datetime) -> None:
    kind = load_catalogued_type(POLICIES / name)
    assert kind.catalogue is not None
    assert (kind.catalogue.code_scope == "local") == ("code" in kind.catalogue.unconfirmed)
    assert kind.legal_basis
    assert not any(statute.confirmed for statute in kind.legal_basis)
    sample = _sample(name)
    assert "Invented" in sample["$comment"]
    assert read_licence_data(kind, json.dumps(sample).encode(), today=now.date()).holder.code


def test_an_identity_card_is_data_and_is_never_issued() -> None:
    folder = POLICIES / "resident-identity-card"
    assert not isinstance(load_catalogued_type(folder), LicenceType)
    with pytest.raises(TrustError, match="not issued here: the police issue it") as caught:
        load_licence_type(folder)
    assert caught.value.code is ErrorCode.LICENCE_TYPE


@pytest.mark.parametrize("name", ISSUED)
def test_its_page_is_one_and_valid_and_its_parts_are_the_whole(
    name: str, issuer: Organisation, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "page.pdf"
    for fields in (_sample(name), _least(name)):
        page = _face(name, fields, issuer, now)
        path.write_bytes(render_licence(page))
        assert pdfa_failures(path) == []
        typeset = lay_out_licence(page)
        parts = read_typeset(typeset.pdf, typeset.ground, typeset.code, typeset.drawn)
        assert ink(parts) == ink(read_typeset(path.read_bytes()))


@pytest.mark.parametrize("letter", ["示例", "W"])
@pytest.mark.parametrize("name", ISSUED)
def test_the_longest_texts_fit(name: str, letter: str, issuer: Organisation, now: datetime) -> None:
    kind = load_licence_type(POLICIES / name)
    longest = {
        rule.key: (letter * rule.max_length)[: rule.max_length]
        for rule in kind.fields
        if rule.format is FieldFormat.TEXT
    }
    assert render_licence(_face(name, _sample(name) | longest, issuer, now))


_D, _H = ErrorCode.LICENCE_DATA, ErrorCode.HOLDER_CODE
REFUSED: tuple[tuple[str, dict[str, str | None], Code, str], ...] = (
    ("food-operation-licence", {"valid_to": "2031-11-02"}, _D, "valid_to: more than 5 years"),
    ("food-operation-licence", {"valid_to": "2026-10-31"}, _D, "valid_to: before its start"),
    ("food-operation-licence", {"valid_to": "长期"}, _D, "valid_to: a date is written"),
    ("food-operation-licence", {"valid_to": None}, _D, "valid_to: missing"),
    ("food-operation-licence", {"vehicle": "x"}, _D, "vehicle: no such field"),
    ("food-operation-licence", {"credit_code": "11010519491231002X"}, _H, "credit_code:"),
    ("road-transport-licence", {"valid_to": "2030-11-02"}, _D, "valid_to: more than 4 years"),
    ("road-transport-licence", {"holder_type": "111"}, _H, "operator_code: no code of the type 111"),
    ("permit", {"holder_type": "001"}, _H, "holder_code: no code of the type 001"),
    ("permit", {"holder_type": "414"}, _D, "holder_type: one of 001, 111"),
    ("permit", {"particulars": "占用面积"}, _D, "particulars: row 1"),
    ("construction-permit", {"price": "186500000"}, _D, "price: an amount"),
    ("physician-qualification", {"level": "主任医师"}, _D, "level: one of 执业医师, 执业助理医师"),
    ("physician-qualification", {"born_on": "2199-01-01"}, _D, "born_on: a day that has not come"),
    ("physician-qualification", {"citizen_id": "91990100MA7TRYQ01H"}, _H, "citizen_id:"),
    ("real-estate-certificate", {"co_ownership": "共同共有"}, _D, "co_ownership: the holders listed make it 按份共有"),
    ("real-estate-certificate", {"land_area": "12,4"}, _D, "land_area: a number"),
    ("birth-certificate", {"father": None}, _D, "father: given with father and father_id"),
    ("birth-certificate", {"father_id": None}, _D, "father_id: given with father and father_id"),
    ("birth-certificate", {"number": "11010519491231002X"}, _D, "number: longer than"),
    ("birth-certificate", {"mother_id": "199001"}, _H, "mother_id:"),
    ("birth-certificate", {"weight": "3.2"}, _D, "weight: a whole number"),
)


@pytest.mark.parametrize(("name", "changes", "code", "told"), REFUSED)
def test_what_breaks_the_rules_of_a_type(
    name: str, changes: dict[str, str | None], code: Code, told: str, now: datetime
) -> None:
    fields = {key: value for key, value in {**_sample(name), **changes}.items() if value is not None}
    with pytest.raises(TrustError) as caught:
        read_licence_data(load_licence_type(POLICIES / name), json.dumps(fields).encode(), today=now.date())
    assert caught.value.code is code
    assert told in caught.value.detail


def test_owners_alone_joint_and_by_shares(now: datetime) -> None:
    kind = load_licence_type(POLICIES / "real-estate-certificate")
    sample = _sample(kind.name)
    first, second = (row.rsplit(" | ", 1)[0] for row in sample["owners"].split("; "))
    rows = (("单独所有", first), ("共同共有", f"{first}; {second}"), ("按份共有", f"{first} | 1/3; {second} | 2/3"))
    for how, owners in rows:
        fields = json.dumps(sample | {"owners": owners, "co_ownership": how}).encode()
        data = read_licence_data(kind, fields, today=now.date())
        assert data.kept("CZZT") == ("张示例" if how == "单独所有" else "张示例、李示例")
        assert data.holder.type_code == "111"
    twice = json.dumps(sample | {"owners": f"{first}; {first}", "co_ownership": "共同共有"}).encode()
    with pytest.raises(TrustError, match="stands there twice"):
        read_licence_data(kind, twice, today=now.date())


def test_a_mother_is_not_the_father(now: datetime) -> None:
    sample = _sample("birth-certificate")
    octets = json.dumps(sample | {"father_id": sample["mother_id"]}).encode()
    with pytest.raises(TrustError, match="father_id: the same as mother_id"):
        read_licence_data(load_licence_type(POLICIES / "birth-certificate"), octets, today=now.date())
