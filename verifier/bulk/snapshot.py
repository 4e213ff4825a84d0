"""What a whole run is judged by, as it was when the run began: time, policy, anchors, evidence, and what a home's registers told.

    octets = write_snapshot(snapshot)
    service = service_of(read_snapshot(octets))      # on any machine: no home, no network, no key

All verdicts of a run rest on it and on the files, so the same snapshot and file give the same verdict again. Its SM3 stands beside each.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from esign.copies.model import CopyDemand  # noqa: TC001 - as above
from esign.credential.type_metadata import parse_type_metadata
from esign.seal.standing import SealHistory  # noqa: TC001 - as above
from trustkit.clock import FixedClock, format_rfc3339
from trustkit.crypto.algorithm_policy import USUAL_ALGORITHM_POLICY, parse_algorithm_policy
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import TrustError
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.trust_store import TrustStore
from verifier.bulk.registers import Registers
from verifier.issuer_evidence import read_trust_list
from verifier.policy import ValidationPolicy, parse_policy
from verifier.record.codes import code_named
from verifier.record.demand_form import COPY_DEMAND, copy_demand_to_json, read_copy_demand
from verifier.record.members import Members, malformed
from verifier.record.objects import sm3_name
from verifier.record.seal_form import read_seals, seals_to_json
from verifier.service import VerificationService

if TYPE_CHECKING:
    from collections.abc import Iterable

    from verifier.scanning import ReadsCodes
    from verifier.view_evidence import PageViews

VERSION: Final = 1
MAX_SNAPSHOT: Final = 1024 * 1024 * 1024  # revocation lists of millions
_MOST: Final = 1_000_000
_WORD: Final = 128
_TEXT: Final = 4096
_TOKEN: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a home's registers told: publications as octets, tokens by address, types by name, trust lists, seals by their digest.

    A trust list or seal that could not be had is there as the refusal.
    """

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    tokens: dict[str, str] = field(default_factory=dict)
    types: dict[str, bytes] = field(default_factory=dict)
    trust_lists: tuple[bytes | TrustError, ...] = ()
    seals: dict[str, SealHistory | TrustError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a run is judged by. `now` is when it was taken, `at` the time judged at; octets are DER or PEM, or files' as they were."""

    made_by: str
    now: datetime
    at: datetime
    policy: bytes | None
    algorithms: bytes | None
    anchors: tuple[bytes, ...]
    evidence: tuple[bytes, ...]
    registered: Registered | None
    copy_demand: CopyDemand | None = None
    engine: str = "auto"
    production: bool = False

    def validation_policy(self) -> ValidationPolicy:
        """Return the policy. Raise POLICY_MALFORMED, ALGORITHM_POLICY."""
        policy = ValidationPolicy() if self.policy is None else parse_policy(self.policy)
        usual = self.algorithms is None
        algorithms = USUAL_ALGORITHM_POLICY if usual else parse_algorithm_policy(self.algorithms or b"")
        return replace(policy, algorithms=algorithms)

    @property
    def trust_sm3(self) -> str:
        """SM3 (hexadecimal) over the anchors' own digests, sorted: the same for the same set."""
        return sm3_name("".join(sorted(map(sm3_name, self.anchors))).encode("ascii"))


def service_of(
    snapshot: Snapshot, *, views: PageViews | None = None, codes: ReadsCodes | None = None
) -> VerificationService:
    """Return who judges by a snapshot; it asks nobody else. Raise what the readers of its parts raise."""
    registers = None if snapshot.registered is None else _registers(snapshot.registered)
    anchors = tuple(map(parse_certificate, snapshot.anchors))
    return VerificationService(
        anchors=TrustStore(anchors=anchors) if anchors else TrustStore.none(),
        policy=snapshot.validation_policy(),
        publications=registers,
        fetcher=None,
        clock=FixedClock(snapshot.now),
        seals=registers,
        views=views,
        types=registers,
        issuers=registers,
        codes=codes,
    )


def write_snapshot(snapshot: Snapshot) -> bytes:
    """Return a snapshot as canonical JSON."""
    told: dict[str, JsonValue] = {
        "version": VERSION,
        "made_by": snapshot.made_by,
        "now": format_rfc3339(snapshot.now),
        "at": format_rfc3339(snapshot.at),
        "policy": None if snapshot.policy is None else encode_base64(snapshot.policy),
        "algorithms": None if snapshot.algorithms is None else encode_base64(snapshot.algorithms),
        "anchors": _texts(snapshot.anchors),
        "evidence": _texts(snapshot.evidence),
        "registered": None if snapshot.registered is None else _registered(snapshot.registered),
        "demand": dict(copy_demand_to_json(snapshot.copy_demand)),
        "engine": snapshot.engine,
        "production": snapshot.production,
    }
    return canonical_json(told)


def read_snapshot(octets: bytes) -> Snapshot:
    """Return the snapshot in octets of canonical JSON. Raise INPUT_TOO_LARGE; JSON_*; RECORD_MALFORMED, naming the place; TEXT64_*."""
    members = Members(parse_json(octets, max_size=MAX_SNAPSHOT), "snapshot")
    if members.whole("version", _MOST) != VERSION:
        raise malformed("snapshot.version", str(VERSION))
    registered, demand = members.optional("registered"), members.inner("demand")
    found = Snapshot(
        made_by=members.text("made_by", _WORD),
        now=members.moment("now"),
        at=members.moment("at"),
        policy=_maybe(members.take("policy"), "policy"),
        algorithms=_maybe(members.take("algorithms"), "algorithms"),
        anchors=_octets(members, "anchors"),
        evidence=_octets(members, "evidence"),
        registered=None if registered is None else _read_registered(registered),
        copy_demand=read_copy_demand(demand.inner(COPY_DEMAND) if COPY_DEMAND in demand.names() else None),
        engine=members.text("engine", _WORD),
        production=members.flag("production"),
    )
    demand.close()
    members.close()
    return found


def _registers(registered: Registered) -> Registers:
    return Registers(
        ca_certificates=registered.certificates,
        lists=registered.crls,
        tokens=registered.tokens,
        kinds={name: parse_type_metadata(octets) for name, octets in registered.types.items()},
        issuers=tuple(
            each if isinstance(each, TrustError) else read_trust_list(each) for each in registered.trust_lists
        ),
        histories=registered.seals,
    )


def _registered(registered: Registered) -> dict[str, JsonValue]:
    refused = {key: each for key, each in registered.seals.items() if isinstance(each, TrustError)}
    return {
        "certificates": _texts(registered.certificates),
        "crls": _texts(registered.crls),
        "tokens": dict(registered.tokens),
        "types": {name: encode_base64(octets) for name, octets in registered.types.items()},
        "trust_lists": [
            _refusal(each) if isinstance(each, TrustError) else encode_base64(each) for each in registered.trust_lists
        ],
        "seals": seals_to_json(
            {key: each for key, each in registered.seals.items() if not isinstance(each, TrustError)}
        ),
        "seals_refused": {key: _refusal(each) for key, each in refused.items()},
    }


def _read_registered(members: Members) -> Registered:
    tokens, types = members.inner("tokens"), members.inner("types")
    refused = members.inner("seals_refused")
    seals: dict[str, SealHistory | TrustError] = {
        key: each for key, each in read_seals(members.inner("seals")).items() if each is not None
    }
    found = Registered(
        certificates=_octets(members, "certificates"),
        crls=_octets(members, "crls"),
        tokens={name: tokens.text(name, _TOKEN) for name in tokens.names()},
        types={name: decode_base64(types.text(name, _TOKEN)) for name in types.names()},
        trust_lists=tuple(
            decode_base64(each) if isinstance(each, str) else _read_refusal(Members(each, "trust_lists"))
            for each in members.listed("trust_lists", _MOST)
        ),
        seals=seals | {key: _read_refusal(refused.inner(key)) for key in refused.names()},
    )
    members.close()
    return found


def _refusal(error: TrustError) -> JsonValue:
    return {"code": error.code.value, "detail": error.detail}


def _read_refusal(members: Members) -> TrustError:
    found = TrustError(code_named(members.text("code", _WORD)), members.text("detail", _TEXT))
    members.close()
    return found


def _texts(octets: Iterable[bytes]) -> list[JsonValue]:
    return [encode_base64(each) for each in octets]


def _octets(members: Members, name: str) -> tuple[bytes, ...]:
    return tuple(_required(each, name) for each in members.listed(name, _MOST))


def _maybe(value: JsonValue, name: str) -> bytes | None:
    return None if value is None else _required(value, name)


def _required(value: JsonValue, name: str) -> bytes:
    if not isinstance(value, str):
        raise malformed(f"snapshot.{name}", "octets in base64")
    return decode_base64(value)
