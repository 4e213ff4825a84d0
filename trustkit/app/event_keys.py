"""The keys that events to organisations are signed with: in the home's folder of keys, their public halves in the store.

    keys = EventKeys(home, home.unlock(passphrase))
    keys.tend()                                   # makes those there are not yet
    signer, kid = keys.signing(JwsAlgorithm.ES256)
    keys.rotate(JwsAlgorithm.ES256)               # the one before is published for a week more

They sign events and nothing else. SM2 keys stand in a set of their own, as the provider's do (`idp.op.key_ring`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.copies.webhooks import ALGORITHMS
from trustkit.app.new_keys import take_new_key
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import jwk_of, parse_jwk
from trustkit.jose.keys import jwks_document, verification_key
from trustkit.jose.model import JwsAlgorithm
from trustkit.store import event_keys
from trustkit.store.event_keys import EventKeyRow

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue

KEPT: Final = timedelta(days=7)  # published after it signed last; what is sent again later is signed anew
NAMES: Final = {JwsAlgorithm.ES256: "events-es256", JwsAlgorithm.SGD_SM3_SM2: "events-sm2"}


@dataclass(frozen=True, slots=True)
class EventKeys:
    """The keys of one home. Safe in several threads."""

    home: OpenedHome
    keys: Keys = field(repr=False)

    def tend(self) -> None:
        """Make the keys there are not yet. Raise KEY_*, DISK_*."""
        with self.home.database.reading() as unit:
            there = {row.algorithm for row in event_keys.list_keys(unit) if row.state == "current"}
        for algorithm in ALGORITHMS:
            if algorithm.value not in there:
                self._make(algorithm)

    def signing(self, algorithm: JwsAlgorithm) -> tuple[Signer, str]:
        """Return the key that signs by an algorithm now, and its `kid`. Raise KEY_MISSING before the first `tend`, and as `Keys.event_signer`."""
        with self.home.database.reading() as unit:
            rows = event_keys.list_keys(unit)
        for row in rows:
            if (row.algorithm, row.state) == (algorithm.value, "current"):
                public = parse_jwk(parse_json(row.public_jwk.encode("ascii"))).public_key
                return self.keys.event_signer(NAMES[algorithm], public), row.kid
        raise TrustError(ErrorCode.KEY_MISSING, "no key signs events by this algorithm", part=NAMES[algorithm])

    def rotate(self, algorithm: JwsAlgorithm, *, compromised: bool = False) -> EventKeyRow:
        """Let a new key sign from now on, and return it; a `compromised` one is published no more. Raise as `tend`."""
        return self._make(algorithm, leaving="withdrawn" if compromised else "retired")

    def _make(self, algorithm: JwsAlgorithm, leaving: str = "retired") -> EventKeyRow:
        signer = take_new_key(self.home, self.keys, NAMES[algorithm], algorithm.suite.key_kind)
        public, now = jwk_of(signer.public_key), self.home.clock.now()
        row = EventKeyRow(
            kid=public.thumbprint,
            algorithm=algorithm.value,
            state="current",
            public_jwk=public.canonical.decode("ascii"),
            created_at=now,
        )
        with self.home.database.unit_of_work() as uow:
            event_keys.retire(uow, algorithm.value, at=now, state=leaving)
            event_keys.add(uow, row)
        return row


def published_keys(home: OpenedHome, *, sm2: bool) -> dict[str, JsonValue]:
    """Return the set of the keys that are published: SM2 ones, or all others."""
    with home.database.reading() as unit:
        rows = event_keys.list_keys(unit)
    since = home.clock.now() - KEPT
    found = [
        verification_key(
            parse_jwk(parse_json(row.public_jwk.encode("ascii"))).public_key,
            key_id=row.kid,
            algorithms={JwsAlgorithm(row.algorithm)},
        )
        for row in rows
        if (row.algorithm == JwsAlgorithm.SGD_SM3_SM2.value) is sm2
        and (
            row.state == "current" or (row.state == "retired" and row.retired_at is not None and row.retired_at > since)
        )
    ]
    return dict(jwks_document(*found))
