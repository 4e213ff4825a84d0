"""Which SM2 engine this process uses, and why: by capability, proved by known answers, never by silent fall-back.

Every engine that was passed over is reported with its reason, for ``trustkit doctor``. A name given in settings is a
demand: when that engine cannot serve, the process says so instead of taking another.

    use_engines(production=True, preferred="ipp")   # once, at start-up; optional
    current_engine().verify(...)
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from _cffi_backend import FFI

from trustkit.crypto.engines.gmssl import GmsslEngine
from trustkit.crypto.engines.ipp import IppEngine
from trustkit.crypto.engines.multibuffer import MultibufferEngine
from trustkit.crypto.engines.openssl import OpensslEngine
from trustkit.crypto.engines.self_test import require_known_answers, require_known_batch_answers
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trustkit.crypto.engines.port import Sm2BatchEngine, Sm2Engine
    from trustkit.error_family import Code

_LOG: Final = logging.getLogger(__name__)
ENGINE_NAMES: Final = (IppEngine.name, OpensslEngine.name, GmsslEngine.name)
_MAKERS: Final[dict[str, Callable[[], IppEngine | OpensslEngine | GmsslEngine]]] = {
    IppEngine.name: IppEngine,  # the fastest first
    OpensslEngine.name: OpensslEngine,
    GmsslEngine.name: GmsslEngine,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineReport:
    """What became of one engine: `chosen` or not, `usable` or not, its version when it loaded, and why."""

    name: str
    chosen: bool
    usable: bool
    reason: str
    version: str = ""
    code: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoice:
    """The engines for one signature and for many (None where there is no such), and a report on each engine."""

    single: Sm2Engine
    batch: Sm2BatchEngine | None
    reports: tuple[EngineReport, ...]


def choose(*, production: bool, preferred: str | None = None) -> EngineChoice:
    """Try every engine and return the choice with all reasons. For start-up checks and for the doctor.

    Raises:
        TrustError: ENGINE_MISSING or ENGINE_SELF_TEST (nothing usable, or not the preferred one), ENGINE_REFUSED (only
            `gmssl` is left, or preferred, in production mode), USAGE (no engine of the preferred name).
    """
    single, reports = _choose_single(production=production, preferred=preferred, survey=True)
    batch, report = _choose_batch(single)
    return EngineChoice(single=single, batch=batch, reports=(report, *reports))


def use_engines(*, production: bool, preferred: str | None = None) -> None:
    """Fix how this process chooses; the choice itself is made at the first use. Raise USAGE for an unknown name."""
    _require_known(preferred)
    _PROCESS.configure(production=production, preferred=preferred)


def current_engine() -> Sm2Engine:
    """Return the engine of this process, chosen on first use, in production mode unless said otherwise.

    Raises:
        TrustError: as `choose`.
    """
    return _PROCESS.single or _PROCESS.choose_single()


def current_batch_engine() -> Sm2BatchEngine | None:
    """Return the batch engine of this process, or None; looked for on first use. Raise as `choose`."""
    return _PROCESS.batch if _PROCESS.batch_asked else _PROCESS.choose_batch()


class _Process:
    """The choice of this process. The lock only keeps two threads from choosing at once."""

    def __init__(self) -> None:
        self.production = True
        self.preferred: str | None = None
        self.unlock()
        self.forget()

    def unlock(self) -> None:
        self.lock = threading.RLock()

    def forget(self) -> None:
        self.single: Sm2Engine | None = None
        self.reports: tuple[EngineReport, ...] = ()
        self.batch: Sm2BatchEngine | None = None
        self.batch_asked = False

    def configure(self, *, production: bool, preferred: str | None) -> None:
        with self.lock:
            self.production, self.preferred = production, preferred
            self.forget()

    def choose_single(self) -> Sm2Engine:
        with self.lock:
            if self.single is None:
                engine, self.reports = _choose_single(
                    production=self.production, preferred=self.preferred, survey=False
                )
                for report in self.reports:
                    if report.code is not None:
                        _LOG.warning("SM2 engine %s is passed over: %s", report.name, report.reason)
                self.single = engine
            return self.single

    def choose_batch(self) -> Sm2BatchEngine | None:
        with self.lock:
            if not self.batch_asked:
                single = self.choose_single()
                self.batch, report = _choose_batch(single)
                self.reports = (report, *self.reports)
                self.batch_asked = True
            return self.batch


_PROCESS: Final = _Process()
os.register_at_fork(after_in_child=_PROCESS.unlock)  # another thread may have held it when the process forked


def _choose_single(
    *, production: bool, preferred: str | None, survey: bool
) -> tuple[Sm2Engine, tuple[EngineReport, ...]]:
    """Return the first engine that serves, and a report on each; with `survey` the others are tried as well."""
    _require_known(preferred)
    chosen: Sm2Engine | None = None
    reports: list[EngineReport] = []
    for name in ENGINE_NAMES:
        wanted = chosen is None and preferred in {None, name}
        if not wanted and (not survey or name == GmsslEngine.name):
            reports.append(_passed_over(name, "not tried", chosen, preferred))
            continue
        try:
            engine, version = _make(name, production=production)
        except TrustError as error:
            reports.append(
                EngineReport(name=name, chosen=False, usable=False, reason=error.detail or str(error), code=error.code)
            )
            continue
        if not wanted:
            reports.append(_passed_over(name, "passes its self-test", chosen, preferred, version=version))
            continue
        chosen = engine
        reason = "named in the settings" if preferred else "the fastest that passes its self-test"
        reports.append(EngineReport(name=name, chosen=True, usable=True, reason=reason, version=version))
    if chosen is None:
        raise _nothing(reports, preferred)
    return chosen, tuple(reports)


def _passed_over(
    name: str, how: str, chosen: Sm2Engine | None, preferred: str | None, *, version: str = ""
) -> EngineReport:
    why = f"{chosen.name} is used" if chosen else f"the settings name {preferred}"
    return EngineReport(name=name, chosen=False, usable=bool(version), reason=f"{how}; {why}", version=version)


def _choose_batch(single: Sm2Engine) -> tuple[Sm2BatchEngine | None, EngineReport]:
    name = MultibufferEngine.name
    try:
        with _translated(name):
            engine = MultibufferEngine(single)
            require_known_batch_answers(engine)
    except TrustError as error:
        return None, EngineReport(name=name, chosen=False, usable=False, reason=error.detail, code=error.code)
    reason = "batches: passes its self-test on this CPU"
    return engine, EngineReport(name=name, chosen=True, usable=True, reason=reason, version=engine.version)


def _make(name: str, *, production: bool) -> tuple[Sm2Engine, str]:
    """Return a working engine and its version. Raise ENGINE_MISSING, ENGINE_REFUSED, ENGINE_SELF_TEST."""
    if production and name == GmsslEngine.name:
        raise TrustError(ErrorCode.ENGINE_REFUSED, "pure Python, not constant time: refused in production mode")
    with _translated(name):
        engine = _MAKERS[name]()
        require_known_answers(engine)
    return engine, engine.version


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn what a library that does not fit may raise into ENGINE_MISSING."""
    try:
        yield
    except (AttributeError, FFI.error, OSError, ImportError) as error:  # a symbol, a file or a module that is not there
        raise TrustError(ErrorCode.ENGINE_MISSING, f"{name} does not load on this machine") from error


def _require_known(preferred: str | None) -> None:
    if preferred is not None and preferred not in ENGINE_NAMES:
        raise TrustError(ErrorCode.USAGE, f"engines are {', '.join(ENGINE_NAMES)}", engine=preferred)


def _nothing(reports: list[EngineReport], preferred: str | None) -> TrustError:
    """Return the refusal: with the preferred engine's own code, else that of the last one tried."""
    tried = [report for report in reports if report.code is not None]
    code = tried[-1].code or ErrorCode.ENGINE_MISSING
    reasons = "; ".join(f"{report.name}: {report.reason}" for report in tried)
    return TrustError(code, f"no SM2 engine ({reasons})", preferred=preferred or "any")
