"""NIST PKITS, every case of sections 4.1 to 4.16 with its variants: path, policies and revocation lists.

All certificates of authorities and all lists of the suite are given to every case, so that the path and the lists of a case
have to be found among those of the others. It is judged at a past time, in the middle of the suite's validity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import cryptography_vectors
import pytest

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.crl import CertificateList, parse_crl
from trustkit.x509.oids import ANY_POLICY
from trustkit.x509.path import ValidatedPath, validate_path
from trustkit.x509.path_policy import PolicyDemand
from trustkit.x509.path_revocation import revocation_of_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.revocation import RevocationState
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = f"1.0.1, 2011 certificates, in cryptography-vectors {version('cryptography-vectors')}"
FOLDER = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
TABLE = Path(__file__).with_name("pkits.tsv")
AT = datetime(2020, 6, 1, tzinfo=UTC)
TEST_POLICY = "2.16.840.1.101.3.2.1.48."
# Cases in which trustkit differs from the document, and why. The test fails when one of them agrees again.
DIFFERENT = {
    "4.1.4": "DSA keys are refused: FIPS 186-5 no longer approves DSA for new signatures, and GM/T knows none",
    "4.1.5": "DSA keys are refused, so there are no parameters to inherit",
}


@dataclass(frozen=True, slots=True)
class Case:
    number: str
    certificate: str
    verdict: str
    demand: PolicyDemand


def read_case(line: str) -> Case:
    number, certificate, verdict, policies, inputs = line.split("\t")
    acceptable = {ANY_POLICY} if policies == "any" else {TEST_POLICY + each for each in policies.split(",")}
    demand = PolicyDemand(
        acceptable=frozenset(acceptable),
        explicit="explicit" in inputs,
        inhibit_mapping="no-mapping" in inputs,
        inhibit_any="no-any" in inputs,
    )
    return Case(number, certificate, verdict, demand)


CASES = [read_case(line) for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


@cache
def certificates() -> dict[str, Certificate]:
    return {path.stem: parse_certificate(path.read_bytes()) for path in sorted((FOLDER / "certs").glob("*.crt"))}


@cache
def helpers() -> tuple[Certificate, ...]:
    return tuple(each for name, each in certificates().items() if not name.endswith("EE"))


@cache
def lists() -> tuple[CertificateList, ...]:
    return tuple(parse_crl(path.read_bytes()) for path in sorted((FOLDER / "crls").glob("*.crl")))


def path_to(certificate: str, demand: PolicyDemand) -> ValidatedPath:
    anchors = TrustStore(anchors=(certificates()["TrustAnchorRootCertificate"],))
    return validate_path(
        certificates()[certificate], anchors=anchors, pool=helpers(), at=AT, purpose=Purpose.ANY, policies=demand
    )


def judge(case: Case) -> str:
    """Return "valid", "revoked" or "unknown", or the error code, of a case."""
    try:
        path = path_to(case.certificate, case.demand)
    except TrustError as error:
        return error.code.value.removeprefix("x509:")
    states = {status.state for status in revocation_of_path(path, lists(), at=AT, pool=helpers())}
    if RevocationState.REVOKED in states:
        return "revoked"
    return "unknown" if RevocationState.UNKNOWN in states else "valid"


@pytest.mark.parametrize("case", CASES, ids=[case.number for case in CASES])
def test_case(case: Case, record_property: Callable[[str, object], None]) -> None:
    if case.number in DIFFERENT:
        record_property("listed", f"{case.number}: {DIFFERENT[case.number]}")
        assert judge(case) == ErrorCode.KEY_UNSUPPORTED.value
    else:
        assert judge(case) == case.verdict


def test_the_table_is_whole(record_property: Callable[[str, object], None]) -> None:
    """Each end certificate of the suite stands in the table, and each section has its number of cases."""
    record_property("vectors", 0)
    numbers = {(section, int(number)) for section, number in (case.number.split(".")[1:3] for case in CASES)}
    counts = [sum(1 for section, _ in numbers if section == str(n)) for n in range(1, 17)]
    assert counts == [6, 8, 11, 21, 8, 17, 5, 20, 8, 14, 11, 10, 38, 35, 10, 2]
    assert {name for name in certificates() if name.endswith("EE")} == {case.certificate for case in CASES}
    assert len(CASES) == len({case.number for case in CASES}) == 247


# What the document says is to be displayed: beginnings of notices, or the pointer
NOTICES = {
    "UserNoticeQualifierTest15EE": ["q1:"],
    "UserNoticeQualifierTest16EE": ["q1:"],
    "UserNoticeQualifierTest17EE": ["q3:"],
    "UserNoticeQualifierTest18EE": ["q4:", "q5:"],
    "UserNoticeQualifierTest19EE": ["q6:"],
    "CPSPointerQualifierTest20EE": ["http://csrc.nist.gov/"],
    "ValidPolicyMappingTest12EE": ["q8:", "q7:"],
}


@pytest.mark.parametrize("name", NOTICES)
def test_notices(name: str, record_property: Callable[[str, object], None]) -> None:
    record_property("vectors", 0)
    policies = path_to(name, PolicyDemand()).policies
    texts = [qualifier.text for _, qualifiers in policies.qualifiers for qualifier in qualifiers]
    assert len(texts) == len(NOTICES[name])
    assert all(text.startswith(start) for text, start in zip(texts, NOTICES[name], strict=True))


@pytest.mark.parametrize(("policy", "start"), [("1", "q7:"), ("2", "q8:")])
def test_the_notice_shown_is_that_of_the_policy_accepted(
    policy: str, start: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("vectors", 0)
    demand = PolicyDemand(acceptable=frozenset({TEST_POLICY + policy}))
    ((_, (qualifier,)),) = path_to("ValidPolicyMappingTest12EE", demand).policies.qualifiers
    assert qualifier.text.startswith(start)
