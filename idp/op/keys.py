"""The provider's signing keys, changed so that no login fails for it: published first, then signing, then published still.

    keys = ProviderKeys(database=database, sealing=secrets, clock=clock)
    keys.tend(operator)                       # at the start and every hour: what is due
    signer, kid = keys.signing(JwsAlgorithm.ES256)
    keys.rotate(JwsAlgorithm.ES256, operator) # by hand

For each algorithm there is a key that signs and one that comes next, which is published from the day it is made. A change is in the
store at once, in one transaction with the trail; every process sees it within `RELOAD`, and until then signs with a key that is
published still. The private halves lie in the store, sealed under the home's secret.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from idp.op.key_ring import KeyRing, KeyState, ProviderKey
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.custody.private_key import generate_key, load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM, Principal, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.jose.jwk import Sm2CurveName, jwk_of
from trustkit.jose.keys import parse_verification_key, verification_key
from trustkit.jose.model import JwsAlgorithm
from trustkit.store import op_keys
from trustkit.store.op_keys import KeyRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from idp.sealing import Sealing
    from trustkit.clock import Clock
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.keys import JwkSet
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

ALGORITHMS: Final = (JwsAlgorithm.ES256, JwsAlgorithm.RS256, JwsAlgorithm.SGD_SM3_SM2)
RELOAD: Final = timedelta(seconds=15)
_PURPOSE: Final = "op-signing-key"
_PREFIX: Final = "sig"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTimes:
    """How long a key is in each state.

    Attributes:
        lead: published before it signs, longer than readers keep a set, also those who heed no Cache-Control.
        life: signing.
        keep: published after it signed last, longer than any token is in force.
    """

    lead: timedelta = timedelta(days=1)
    life: timedelta = timedelta(days=90)
    keep: timedelta = timedelta(days=2)


class ProviderKeys:
    """The keys of one provider, as this process sees them. Safe in several threads; several processes may share a store."""

    def __init__(
        self,
        *,
        database: Database,
        sealing: Sealing,
        clock: Clock,
        times: KeyTimes | None = None,
        algorithms: Sequence[JwsAlgorithm] = ALGORITHMS,
        sm2_curve: Sm2CurveName = Sm2CurveName.SM2P256V1,
    ) -> None:
        """Name what is needed; nothing is read or made yet."""
        self._sm2_curve = sm2_curve
        self._database = database
        self._sealing = sealing
        self._clock = clock
        self._times = times or KeyTimes()
        self._algorithms = tuple(algorithms)
        self._lock = threading.Lock()
        self._opened: dict[str, Signer] = {}
        self._ring: tuple[float, KeyRing] | None = None

    def signing(self, algorithm: JwsAlgorithm) -> tuple[Signer, str]:
        """Return the current key for an algorithm and its `kid`. Raise OP_KEY_MISSING before the first `tend`."""
        return self.ring().signing(algorithm)

    def verifying(self) -> JwkSet:
        """Return every key whose tokens may still be about."""
        return self.ring().verifying

    def jwks(self) -> Mapping[str, JsonValue]:
        """Return the set of standard keys."""
        return self.ring().jwks()

    def gm_jwks(self) -> Mapping[str, JsonValue]:
        """Return the set of SM2 keys."""
        return self.ring().gm_jwks(self._sm2_curve)

    def ring(self, *, anew: bool = False) -> KeyRing:
        """Return the keys as they were at most `RELOAD` ago, or as they are now.

        One thread reads them again; others go on with what they have meanwhile. What was read serves on while the store is out of
        reach.

        Raises:
            TrustError: STORE_*; KEY_CONTAINER_MALFORMED, DECRYPTION_FAILED for a key that is another home's.
        """
        held = self._ring
        now = self._clock.monotonic()
        if held is not None and not anew and now - held[0] < RELOAD.total_seconds():
            return held[1]
        if not self._lock.acquire(blocking=held is None or anew) and held is not None:
            return held[1]
        try:
            ring = self._read()
        except TrustError as error:
            if held is None or anew or error.code is not ErrorCode.STORE_UNREACHABLE:
                raise
            ring = held[1]
        finally:
            self._lock.release()
        self._ring = (now, ring)
        return ring

    def tend(self, operator: Principal = SYSTEM) -> KeyRing:
        """Do what is due: make keys that are missing, let those sign whose time has come, forget those nothing is left of.

        Two processes at once do it once: the other's STORE_CONFLICT is no failure.

        Raises:
            TrustError: as `ring`; SIGNING_FAILED when no key can be made.
        """
        if self._due():
            try:
                with self._database.unit_of_work() as uow:
                    self._tend(uow, operator)
            except TrustError as error:
                if error.code is not ErrorCode.STORE_CONFLICT:
                    raise
        return self.ring(anew=True)

    def rotate(
        self, algorithm: JwsAlgorithm, operator: Principal, *, at_once: bool = False, compromised: bool = False
    ) -> ProviderKey:
        """Let the next key of an algorithm sign from now on, and publish another next one; return the one that signs.

        With `at_once`, also when it was published for less than the lead: readers that keep the set refuse new tokens until they
        fetch it again. With `compromised`, what the old key signed is refused from now on, by whoever reads the set anew.

        Raises:
            TrustError: OP_KEY_EARLY; OP_KEY_MISSING for an algorithm without keys; STORE_CONFLICT when another process changed them
                meanwhile; as `ring`.
        """
        now = self._clock.now()
        with self._database.unit_of_work() as uow:
            rows = [row for row in op_keys.list_keys(uow) if row.algorithm == algorithm.value]
            upcoming = _in_state(rows, KeyState.NEXT)
            if upcoming is None:
                raise TrustError(IdentityCode.OP_KEY_MISSING, "no key comes next", alg=algorithm.value)
            if not (at_once or compromised) and now < upcoming.created_at + self._times.lead:
                raise TrustError(IdentityCode.OP_KEY_EARLY, "the next key was published too lately", kid=upcoming.kid)
            self._change(uow, rows, upcoming, operator, now=now, compromised=compromised)
        found = [key for key in self.ring(anew=True).keys if key.kid == upcoming.kid]
        return found[0]

    def _due(self) -> bool:
        with self._database.reading() as unit:
            rows = op_keys.list_keys(unit)
        now = self._clock.now()
        if any(self._is_over(row, now) for row in rows):
            return True
        for algorithm in self._algorithms:
            own = [row for row in rows if row.algorithm == algorithm.value]
            upcoming, current = _in_state(own, KeyState.NEXT), _in_state(own, KeyState.CURRENT)
            if upcoming is None or current is None or self._is_time(upcoming, current, now):
                return True
        return False

    def _tend(self, uow: UnitOfWork, operator: Principal) -> None:
        now = self._clock.now()
        rows = op_keys.list_keys(uow)
        for row in rows:
            if self._is_over(row, now):
                op_keys.remove(uow, row.kid, was=row.state)
                _tell(uow, EventType.OP_KEY_REMOVED, row, operator, now)
        for algorithm in self._algorithms:
            own = [row for row in rows if row.algorithm == algorithm.value]
            upcoming, current = _in_state(own, KeyState.NEXT), _in_state(own, KeyState.CURRENT)
            if upcoming is None:
                upcoming = self._make(uow, algorithm, operator, now)
            if current is None or self._is_time(upcoming, current, now):
                self._change(uow, own, upcoming, operator, now=now)

    def _change(
        self,
        uow: UnitOfWork,
        rows: Sequence[KeyRow],
        upcoming: KeyRow,
        operator: Principal,
        *,
        now: datetime,
        compromised: bool = False,
    ) -> None:
        """Retire the current key, let the next one sign, and make another next one: one transaction."""
        if (current := _in_state(rows, KeyState.CURRENT)) is not None:
            if compromised:
                op_keys.remove(uow, current.kid, was=KeyState.CURRENT)
                _tell(uow, EventType.OP_KEY_REMOVED, current, operator, now, reason="compromised")
            else:
                op_keys.retire(uow, current.kid, at=now)
                _tell(uow, EventType.OP_KEY_RETIRED, current, operator, now)
        op_keys.activate(uow, upcoming.kid, at=now)
        _tell(uow, EventType.OP_KEY_ACTIVATED, upcoming, operator, now)
        self._make(uow, JwsAlgorithm(upcoming.algorithm), operator, now)

    def _make(self, uow: UnitOfWork, algorithm: JwsAlgorithm, operator: Principal, now: datetime) -> KeyRow:
        private = generate_key(algorithm.suite.key_kind)
        kid = fresh_identifier(_PREFIX)
        public = jwk_of(private.signer(algorithm.suite).public_key)
        row = KeyRow(
            kid=kid,
            algorithm=algorithm.value,
            state=KeyState.NEXT,
            public_jwk=public.canonical.decode("ascii"),
            sealed=self._sealing.seal(_PURPOSE, kid.encode("ascii"), private.private_key_info()),
            created_at=now,
        )
        op_keys.add(uow, row)
        _tell(uow, EventType.OP_KEY_MADE, row, operator, now)
        return row

    def _read(self) -> KeyRing:
        with self._database.reading() as unit:
            rows = op_keys.list_keys(unit)
        keys = tuple(map(_provider_key, rows))
        current = [(row, key) for row, key in zip(rows, keys, strict=True) if key.state is KeyState.CURRENT]
        opened = {row.kid: self._opened.get(row.kid) or self._open(row, key) for row, key in current}
        self._opened = opened
        return KeyRing.of(keys, {key.algorithm: (opened[key.kid], key.kid) for _, key in current})

    def _open(self, row: KeyRow, key: ProviderKey) -> Signer:
        info = parse_private_key_info(self._sealing.open(_PURPOSE, row.kid.encode("ascii"), row.sealed))
        signer = load_private_key(info, made_here=True).signer(key.algorithm.suite)  # sealed by `_make`
        if signer.public_key != key.key.public_key:
            raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "the public half is another key's", kid=row.kid)
        return signer

    def _is_over(self, row: KeyRow, now: datetime) -> bool:
        return row.retired_at is not None and now >= row.retired_at + self._times.keep

    def _is_time(self, upcoming: KeyRow, current: KeyRow, now: datetime) -> bool:
        began = current.activated_at or current.created_at
        return now >= began + self._times.life and now >= upcoming.created_at + self._times.lead


def list_keys(unit: ReadUnit) -> tuple[ProviderKey, ...]:
    """Return the public side of all keys there are: by algorithm, the current one first, then the next and those of before."""
    found = map(_provider_key, op_keys.list_keys(unit))
    return tuple(sorted(found, key=lambda key: (key.algorithm.value, key.state.value)))


def _in_state(rows: Sequence[KeyRow], state: KeyState) -> KeyRow | None:
    return next((row for row in rows if row.state == state), None)


def _provider_key(row: KeyRow) -> ProviderKey:
    algorithm = JwsAlgorithm(row.algorithm)
    public = parse_verification_key(parse_json(row.public_jwk.encode("ascii"))).public_key
    return ProviderKey(
        kid=row.kid,
        algorithm=algorithm,
        state=KeyState(row.state),
        key=verification_key(public, key_id=row.kid, algorithms={algorithm}),
        created_at=row.created_at,
        activated_at=row.activated_at,
        retired_at=row.retired_at,
    )


def _tell(
    uow: UnitOfWork, kind: EventType, row: KeyRow, operator: Principal, now: datetime, *, reason: str = ""
) -> None:
    public_key = canonical_json(parse_json(row.public_jwk.encode("ascii")))
    event = AuditEvent(
        type=kind,
        at=now,
        actor=operator,
        object_type="op-key",
        object_id=row.kid,
        reason=reason,
        facts={"algorithm": row.algorithm, "public_key_sm3": digest(DigestAlgorithm.SM3, public_key).hex()},
    )
    trail.record(uow, event)
