"""One target under atheris, guided by what its inputs reach; `tools/fuzz.py` runs all of them.

    .venv/bin/python -m tests.fuzz.coverage.harness                          # the names
    .venv/bin/python -m tests.fuzz.coverage.harness NAME SECONDS FOLDER      # fuzz, and end with one line of JSON
    .venv/bin/python -m tests.fuzz.coverage.harness serve                    # fuzz what standard input asks for, one after another
    .venv/bin/python -m tests.fuzz.coverage.harness NAME FILE                # give the octets of a file to the target

A finding does not end the run: its input and its traceback are kept, one for each place it came from. What ends the process
(memory, an input without end) is kept by libFuzzer in the same folder.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from trustkit.errors import TrustError

if TYPE_CHECKING:
    from tests.fuzz.coverage.target import Target

INSTRUMENTED = ["trustkit", "ca", "esign", "verifier"]
SLOW_SECONDS = 1.0  # of processor time for one input
HANGING_SECONDS = 60
MEMORY_MIB = 2048
REGISTRY = "tests.fuzz.coverage.targets"


def targets() -> dict[str, Target]:
    """Return the targets by name; imported late, for only what is imported then is instrumented."""
    module: Any = importlib.import_module(REGISTRY)
    found: dict[str, Target] = module.targets()
    return found


class Run:
    """What one run counts and keeps."""

    def __init__(self, target: Target, folder: Path, seconds: float) -> None:
        self._target = target
        self._folder = folder
        self._began: float | None = None  # with the first input: libFuzzer takes its time before that
        self._seconds = seconds
        self._executions = 0
        self._seen: set[str] = set()

    def __call__(self, data: bytes) -> None:
        """Give one input to the target."""
        began = time.process_time()
        self._began = self._began or time.monotonic()
        try:
            self._target.act(data)
        except TrustError:
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            self._keep(data, _place(error), "".join(traceback.format_exception(error)))
        spent = time.process_time() - began
        if spent > SLOW_SECONDS:
            self._keep(data, "slow", f"{spent:.2f} s of processor time for {len(data)} octets\n")
        self._executions += 1
        lasted = time.monotonic() - self._began
        if lasted >= self._seconds:
            self._end(lasted)

    def _keep(self, data: bytes, place: str, told: str) -> None:
        if place in self._seen:
            return
        self._seen.add(place)
        name = hashlib.sha256(place.encode()).hexdigest()[:16]
        (self._folder / f"{name}.input").write_bytes(data)
        (self._folder / f"{name}.txt").write_text(told, encoding="utf-8")

    def _end(self, lasted: float) -> NoReturn:
        """Tell the figures and end at once: libFuzzer would go on, and Python's own ending is not reached under it."""
        told = {"executions": self._executions, "seconds": round(lasted, 1), "findings": len(self._seen)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        os._exit(0)


def _place(error: BaseException) -> str:
    """Return where an exception came from: its type and the last line of ours it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{frame.filename}:{frame.lineno}" for frame in frames if "/site-packages/" not in frame.filename]
    return f"{type(error).__name__} {ours[-1] if ours else ''}"


def _write_seeds(target: Target, corpus: Path) -> None:
    from tests.support.testdata import folder  # noqa: PLC0415 - it draws in pytest, which --list does not need

    corpus.mkdir(parents=True, exist_ok=True)
    theirs = [path.read_bytes() for pattern in target.outside for path in sorted(folder().glob(pattern))]
    for octets in (*target.seeds(), *theirs):
        if len(octets) <= target.max_length:
            (corpus / hashlib.sha256(octets).hexdigest()[:32]).write_bytes(octets)


def instrumented() -> dict[str, Target]:
    """Return the targets by name, so that libFuzzer sees what they reach."""
    import atheris  # noqa: PLC0415 - absent where there is no wheel; replaying needs none

    with atheris.instrument_imports(include=INSTRUMENTED, enable_loader_override=False):
        return targets()


def fuzz(target: Target, seconds: float, folder: Path) -> NoReturn:
    """Fuzz one of the instrumented targets; ends the process."""
    import atheris  # noqa: PLC0415 - as above

    # Every exception an import leaves behind must be gone before the first input.
    corpus, findings = folder / target.name / "corpus", folder / target.name / "findings"
    _write_seeds(target, corpus)
    findings.mkdir(parents=True, exist_ok=True)
    words = [
        target.name,
        str(corpus),
        f"-max_len={target.max_length}",
        f"-timeout={HANGING_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-artifact_prefix={findings}/",
        "-len_control=0",
        "-print_final_stats=0",
    ]
    mutator: dict[str, Any] = {}
    if target.binary:
        from tests.fuzz.coverage.mutator import bent  # noqa: PLC0415 - not to be instrumented

        mutator["custom_mutator"] = lambda data, size, seed: bent(data, size, seed, atheris.Mutate)
    atheris.Setup(words, Run(target, findings, seconds), **mutator)
    atheris.Fuzz()
    raise AssertionError(target.name)  # the run ends the process


def main(words: list[str]) -> int:
    """See the module's docstring."""
    match words:
        case []:
            sys.stdout.writelines(f"{name}\n" for name in targets())
        case ["serve"]:
            from tests.fuzz.coverage.serving import serve  # noqa: PLC0415 - it imports this module

            serve()
        case [name, path]:
            try:
                targets()[name].act(Path(path).read_bytes())
            except TrustError as error:
                sys.stdout.write(f"refused: {error.code.value}\n")
            else:
                sys.stdout.write("accepted\n")
        case [name, seconds, folder]:
            fuzz(instrumented()[name], float(seconds), Path(folder))
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
