from __future__ import annotations

from pathlib import Path

import pytest

from ca.profile import load_profile
from ca.subject_form import SubjectAttribute, build_subject, require_subject, subject_values
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.name import Name, display_name
from trustkit.x509.name_build import build_name

USCC = "1199010000TRYQK01Q"
FORM = (
    SubjectAttribute(label="C", fixed="CN"),
    SubjectAttribute(label="O", required=True, limit=8),
    SubjectAttribute(label="OU", required=True, form="uscc"),
    SubjectAttribute(label="CN", required=True),
    SubjectAttribute(label="serialNumber", form="code"),
)
GOOD = {"O": "示范局", "OU": USCC, "CN": "印章"}


def test_a_subject_is_written_in_the_forms_order_with_what_is_fixed() -> None:
    subject = build_subject(FORM, dict(reversed(GOOD.items())))
    assert display_name(subject) == f"C=CN, O=示范局, OU={USCC}, CN=印章"
    require_subject(FORM, subject)
    assert subject_values(subject) == {"C": "CN", **GOOD}


@pytest.mark.parametrize(
    ("change", "attribute"),
    [
        ({"C": "US"}, "C"),
        ({"O": "九个字的名称不能超过八"}, "O"),
        ({"OU": USCC[:-1] + "R"}, "OU"),
        ({"OU": "1199010000tryqk01q"}, "OU"),
        ({"serialNumber": "a b"}, "serialNumber"),
        ({"title": "局长"}, "title"),
        ({"1.2.3": "x"}, "1.2.3"),
    ],
)
def test_a_value_that_breaks_the_form_is_refused_by_name(change: dict[str, str], attribute: str) -> None:
    with pytest.raises(TrustError) as caught:
        build_subject(FORM, GOOD | change)
    assert caught.value.code is ErrorCode.CA_SUBJECT
    assert caught.value.facts["attribute"] == attribute
    assert all(value not in str(caught.value) for value in change.values())


@pytest.mark.parametrize("missing", ["O", "OU", "CN"])
def test_a_missing_attribute_is_refused(missing: str) -> None:
    with pytest.raises(TrustError) as caught:
        build_subject(FORM, {label: value for label, value in GOOD.items() if label != missing})
    assert caught.value.facts["attribute"] == missing


@pytest.mark.parametrize(
    "subject",
    [
        build_name((("O", "示范局"), ("C", "CN"), ("OU", USCC), ("CN", "印章"))),  # another order
        build_name((("C", "CN"), ("O", "示范局"), ("OU", USCC), ("CN", "印章"), ("CN", "章"))),  # one twice
        build_name((("O", "示范局"), ("OU", USCC), ("CN", "印章"))),  # what is fixed is not there
        Name.build(common_name="x"),
        b"\x30\x00",
    ],
)
def test_a_name_of_another_form_is_refused(subject: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        require_subject(FORM, subject)
    assert caught.value.code is ErrorCode.CA_SUBJECT


@pytest.mark.parametrize("value", ["*.example.cn", "example.cn"])
def test_the_common_name_of_a_server_is_a_host(value: str) -> None:
    form = load_profile(Path(__file__).parents[3] / "policies" / "certificates", "tls-server").subject
    assert form is not None
    assert build_subject(form, {"CN": value})
    with pytest.raises(TrustError):
        build_subject(form, {"CN": value + "/x"})
