"""Taking the snapshot of a run: from what the command line names, and from a home's registers where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.credential_types import HomeTypes
from trustkit.app.engine import settle_engine
from trustkit.app.files import read_input
from trustkit.app.opening import program_name
from trustkit.app.store_seals import StoreSeals
from trustkit.app.trust_lists import HomeTrustLists
from trustkit.app.verification import evidence_of, files_in, verification_for
from trustkit.encoding.canonical_json import JsonValue, canonical_json
from trustkit.errors import TrustError
from trustkit.store import seals, status_lists
from verifier.bulk.snapshot import MAX_SNAPSHOT, Registered, Snapshot, read_snapshot, service_of, write_snapshot
from verifier.record.objects import sm3_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from esign.seal.standing import SealHistory
    from trustkit.app.opened import OpenedHome
    from trustkit.app.verify_request import VerifyRequest
    from trustkit.clock import Clock

_PAGE: Final = 100


def snapshot_of(request: VerifyRequest, home: OpenedHome | None, clock: Clock) -> bytes:
    """Return the snapshot of a request, readable. Raise as `trustkit.app.verification.verify_files` of anchors, evidence and policy."""
    if request.by is not None:
        octets = read_input(request.by, limit=MAX_SNAPSHOT)
        settle_engine("auto", production=False)
        service_of(read_snapshot(octets))
        return octets
    service = verification_for(request, home)
    now = clock.now()
    policy = service.policy
    octets = write_snapshot(
        Snapshot(
            made_by=program_name(),
            now=now,
            at=request.at or now,
            policy=policy.octets if policy.digest else None,
            algorithms=policy.algorithms.octets if policy.algorithms.digest else None,
            anchors=tuple(each.der for each in service.anchors.anchors),
            evidence=evidence_of(request),
            registered=None if home is None else _registered(home),
            copy_demand=request.copy_demand,
            engine="auto" if home is None else home.settings.engine,
            production=home is not None and home.settings.production,
        )
    )
    service_of(read_snapshot(octets))  # what cannot be read again is found out before anything is judged
    return octets


def order_sm3(request: VerifyRequest, roots: Sequence[str], *, paths: bool) -> str:
    """Return a digest of what a run was asked: one that is taken up must be asked the same. Raise as `snapshot_of`."""
    told: dict[str, JsonValue] = {
        "program": program_name(),
        "roots": [*(each.encode("utf-8", "surrogateescape").hex() for each in roots)],
        "trust": _digests(request.trust),
        "evidence": _digests(request.evidence),
        "policy": _digests(() if request.policy is None else (request.policy,)),
        "by": _digests(() if request.by is None else (request.by,)),
        "at": request.at.isoformat() if request.at else None,
        "demand": repr(request.copy_demand),
        "home": str(request.home) if request.home_required or request.home.exists() else None,
        "paths": paths,
    }
    return sm3_name(canonical_json(told))


def _digests(paths: tuple[Path, ...]) -> list[JsonValue]:
    return [sm3_name(read_input(path, limit=MAX_SNAPSHOT)) for path in files_in(paths)]


def _registered(home: OpenedHome) -> Registered:
    publications, types = home.publications(), HomeTypes.of(home.settings)
    with home.database.reading() as unit:
        uris = [each.uri for each in status_lists.list_all(unit)]
    tokens = {uri: token for uri in uris if (token := publications.status_token(uri)) is not None}
    return Registered(
        certificates=publications.certificates(),
        crls=publications.crls(),
        tokens=tokens,
        types=dict(types.documents()),
        trust_lists=tuple(
            each if isinstance(each, TrustError) else each.octets
            for each in HomeTrustLists.of(home.settings).trust_lists()
        ),
        seals=dict(_seals(home)),
    )


def _seals(home: OpenedHome) -> Iterator[tuple[str, SealHistory | TrustError]]:
    register = StoreSeals(database=home.database)
    after: str | None = None
    while True:
        with home.database.reading() as unit:
            page = seals.search(unit, after=after, limit=_PAGE)
        for row in page:
            if row.info_sm3 is None:
                continue
            try:
                history = register.history(row.info_sm3)
            except TrustError as error:
                yield row.info_sm3, error
            else:
                if history is not None:
                    yield row.info_sm3, history
        if len(page) < _PAGE:
            return
        after = page[-1].number
