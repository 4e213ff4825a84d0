"""Evidence written down and read back: what was looked at, where it came from, and what could not be had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from esign.credential.type_metadata import parse_type_metadata
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.crl import parse_crl
from trustkit.x509.ocsp_response import read_ocsp_response
from trustkit.x509.path_revocation import OwnEvidence
from verifier.evidence import MAX_TOKENS, read_status_list
from verifier.issuer_evidence import read_trust_list
from verifier.material import Evidence, Problem
from verifier.record.codes import code_named
from verifier.record.members import Members
from verifier.record.model import MAX_OBJECTS
from verifier.record.seal_form import read_seals, seals_to_json
from verifier.record.view_form import read_views, views_to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.encoding.canonical_json import JsonValue
    from verifier.record.objects import KeptObjects, Objects

TYPES: Final = "types"
TRUST_LISTS: Final = "trust_lists"
MAX_TRUST_LISTS: Final = 16
MAX_PROBLEMS: Final = 2_000
MAX_TYPES: Final = 1  # a credential names one
MAX_STATUS_LISTS: Final = 2 * MAX_TOKENS  # handed in, and published; each may unpack to 16 MiB
_MAX_TEXT: Final = 4_096
_Item = TypeVar("_Item")


def evidence_to_json(evidence: Evidence, objects: Objects) -> dict[str, JsonValue]:
    """Return evidence by the names of its objects, which `objects` keeps."""
    own = evidence.own
    # only where there are some: records of other files stay as they were, and older ones are read
    types: dict[str, JsonValue] = (
        {TYPES: objects.put_all(each.octets for each in evidence.types)} if evidence.types else {}
    )
    if evidence.trust_lists:
        types[TRUST_LISTS] = objects.put_all(each.octets for each in evidence.trust_lists)
    return {
        "certificates": objects.put_all(each.der for each in evidence.certificates),
        "crls": objects.put_all(each.der for each in evidence.crls),
        "ocsp_responses": objects.put_all(each.der for each in evidence.ocsp_responses),
        "status_lists": objects.put_all(each.octets for each in evidence.status_lists),
        "own": {
            "certificates": objects.put_all(each.der for each in own.pool),
            "crls": objects.put_all(each.der for each in own.crls),
            "ocsp_responses": objects.put_all(each.der for each in own.answers),
        },
        "seals": seals_to_json(evidence.seals),
        "views": views_to_json(evidence.views),
        "problems": [
            {"source": each.source, "code": each.code.value, "detail": each.detail} for each in evidence.problems
        ],
        **types,
    }


def read_evidence(members: Members, objects: KeptObjects) -> Evidence:
    """Return the evidence of a record, every object of it read.

    Raises:
        TrustError: RECORD_MALFORMED; what the readers of certificates, lists, answers and status lists raise.
    """

    def kept(table: Members, name: str, read: Callable[[bytes], _Item], most: int = MAX_OBJECTS) -> tuple[_Item, ...]:
        names = table.listed(name, most)
        # what is named over and over is read once: a small record must not unpack to more than it holds
        unique = {each: read(objects.get(each)) for each in dict.fromkeys(map(str, names))}
        return tuple(unique[str(each)] for each in names)

    own = members.inner("own")
    found = Evidence(
        certificates=kept(members, "certificates", parse_certificate),
        crls=kept(members, "crls", parse_crl),
        ocsp_responses=kept(members, "ocsp_responses", read_ocsp_response),
        status_lists=kept(members, "status_lists", read_status_list, MAX_STATUS_LISTS),
        own=OwnEvidence(
            pool=kept(own, "certificates", parse_certificate),
            crls=kept(own, "crls", parse_crl),
            answers=kept(own, "ocsp_responses", read_ocsp_response),
        ),
        seals=read_seals(members.inner("seals")),
        views=read_views(members.listed("views", MAX_OBJECTS)),
        types=kept(members, TYPES, parse_type_metadata, MAX_TYPES) if TYPES in members.names() else (),
        trust_lists=(
            kept(members, TRUST_LISTS, read_trust_list, MAX_TRUST_LISTS) if TRUST_LISTS in members.names() else ()
        ),
        problems=tuple(_problem(each) for each in members.listed("problems", MAX_PROBLEMS)),
    )
    own.close()
    members.close()
    return found


def _problem(value: JsonValue) -> Problem:
    members = Members(value, "problem")
    found = Problem(
        source=members.text("source", _MAX_TEXT),
        code=code_named(members.text("code", _MAX_TEXT)),
        detail=members.text("detail", _MAX_TEXT),
    )
    members.close()
    return found
