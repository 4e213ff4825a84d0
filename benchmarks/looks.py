"""The first picture a new renderer process draws: started by the fork server, beside an interpreter that loads the same program.

    python -m benchmarks.looks [ROUNDS]

Each file a verdict looks at has a process of its own, for OFD two. Time is the clock's, since most of it is spent in other processes;
figures are medians of interleaved rounds, the server started before.
"""

from __future__ import annotations

import statistics
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Final

from tests.support.ofd_drawings import SONG, files_of, text_object, zipped
from tests.support.other_program import OtherProgram
from trustkit.app import ofd_drawer, page_reader
from trustkit.app.child_process import ChildProcess
from trustkit.app.ofd_drawer import OfdDrawer
from trustkit.app.page_reader import PageReader, memory_for

if TYPE_CHECKING:
    from collections.abc import Callable

OFD: Final = zipped(files_of(text_object("简"), resources=SONG))
_ALONE: Final = "import {0}; {0}.main()"


def _alone(module: str) -> ChildProcess:
    program = OtherProgram(_ALONE.format(module))
    return ChildProcess(lambda: program.start(()), seconds=60, most_octets=page_reader.MAX_OCTETS)


def _drawn_alone() -> None:
    drawer = _alone("trustkit.app.ofd_child")
    drawer.ask({"act": "draw", "pages": None, "octets": len(OFD)}, OFD)
    drawer.close()


def _drawn() -> bytes:
    with OfdDrawer() as drawer:
        return drawer.draw(OFD).pdf


def _pictured_alone(pdf: bytes) -> None:
    reader = _alone("trustkit.app.page_child")
    reader.ask({"act": "open", "octets": len(pdf)}, pdf)
    reader.ask({"act": "draw", "page": 0, "scale": 1.5})
    reader.close()


def _pictured(pdf: bytes) -> None:
    with PageReader(bounds=(memory_for(pdf), 4)) as reader:
        reader.draw(pdf, page=0, dots_per_inch=108)


def _spent(act: Callable[[], object]) -> float:
    begun = perf_counter()
    act()
    return perf_counter() - begun


def main(rounds: int) -> None:
    """Measure and print; a ratio above 1 is faster than the interpreter of its own."""
    pdf = _drawn()
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "an OFD's page made a PDF's": (_drawn, _drawn_alone),
        "a PDF's page drawn": (lambda: _pictured(pdf), lambda: _pictured_alone(pdf)),
    }
    for ours, _ in pairs.values():
        ours()
    for name, (ours, theirs) in pairs.items():
        spent = [(_spent(ours), _spent(theirs)) for _ in range(rounds)]
        forked, alone = (statistics.median(each) for each in zip(*spent, strict=True))
        ratio = statistics.median(b / a for a, b in spent)
        print(f"{name:<40} {forked * 1e3:8.1f} ms  alone {alone * 1e3:8.1f} ms  ratio {ratio:6.1f}", flush=True)
    for each in (ofd_drawer.RENDERERS, page_reader.RENDERERS):
        each.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
