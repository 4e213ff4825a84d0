"""OFD documents drawn at arm's length: `esign.ofd.draw` in a process with bounded memory and time.

with OfdDrawer() as drawer:
    drawn = drawer.draw(ofd, pages=(1,))
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, Self

from esign.ofd.draw.beneath import DrawnBeneath, PartBeneath
from esign.ofd.draw.draw import DrawnDocument, DrawnPage
from esign.ofd.draw.limits import MAX_NOTES, MAX_PAGES, MAX_TOLD
from esign.ofd.draw.notes import Lack, Note
from esign.ofd.draw.stamps import MAX_STAMPS
from esign.ofd.limits import MAX_PATH
from trustkit.app.child_process import ChildProcess, finite, whole
from trustkit.app.forked_process import ForkServer
from trustkit.code_families import CODES
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esign.ofd.model import LaterSeals

DRAWING_SECONDS: Final = 60.0  # a page takes a tenth of one, a map of vectors some ten
PAGE_SECONDS: Final = 2.0  # more for each page
MAX_PDF_OCTETS: Final = 512 * 1024 * 1024
RENDERERS: Final = ForkServer("trustkit.app.ofd_child")
_MAX_COUNT: Final = 10_000_000
_MAX_FACT: Final = 200


class OfdDrawer:
    """One drawing process, started at the first request and again after a crash. Not for several threads at once."""

    def __init__(self, *, seconds: float = DRAWING_SECONDS) -> None:
        self._seconds = seconds
        self._child = ChildProcess(lambda: RENDERERS.start(()), seconds=seconds, most_octets=MAX_PDF_OCTETS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close()

    def count(self, data: bytes) -> int:
        """Return how many pages an OFD has. Raise as `draw`."""
        told, _ = self._child.ask({"act": "count", "octets": len(data)}, data)
        with self._child.understood():
            refusal = _refusal(told)
            if refusal is None:
                return whole(told["page_count"], _MAX_COUNT)
        raise refusal

    def draw(self, data: bytes, *, pages: Sequence[int] | None = None) -> DrawnDocument:
        """Return an OFD drawn, as `esign.ofd.draw.draw.draw_ofd` does.

        Raises:
            TrustError: as that; PAGE_RENDERER when the process ends over the file, or takes too long.
        """
        count = len(pages) if pages is not None else min(self.count(data), MAX_PAGES)
        asked = {"act": "draw", "pages": pages if pages is None else list(pages), "octets": len(data)}
        told, pdf = self._child.ask(asked, data, seconds=self._seconds + PAGE_SECONDS * count)
        with self._child.understood():
            refusal = _refusal(told)
            if refusal is None:
                return DrawnDocument(
                    pdf=pdf,
                    pages=tuple(_page(each) for each in _listed(told["pages"], MAX_PAGES)),
                    page_count=whole(told["page_count"], _MAX_COUNT),
                    notes=_notes(told),
                )
        raise refusal

    def draw_beneath(self, data: bytes, looks: Sequence[LaterSeals]) -> tuple[DrawnBeneath | TrustError, ...]:
        """Return what lies beneath seals at each look, or why that cannot be told, as `esign.ofd.draw.beneath.draw_beneath` does.

        All looks share one allowance. Raise PAGE_RENDERER as `draw`.
        """
        names = [{"kept": list(each.kept), "over": list(each.over), "absent": list(each.absent)} for each in looks]
        told, pdfs = self._child.ask({"act": "beneath", "looks": names, "octets": len(data)}, data)
        with self._child.understood():
            found = _listed(told["looks"], len(looks))
            sizes = [whole(each.get("size", 0), MAX_PDF_OCTETS) for each in found]
            if len(found) != len(looks) or sum(sizes) != len(pdfs):
                raise ValueError("not an answer to each look")
            ends = accumulate(sizes)
            return tuple(
                _refusal(each)
                or DrawnBeneath(
                    pdf=pdfs[end - size : end],
                    parts=tuple(_part(part) for part in _listed(each["parts"], 2 * MAX_STAMPS)),
                    notes=_notes(each),
                )
                for each, size, end in zip(found, sizes, ends, strict=True)
            )


def _part(value: object) -> PartBeneath:
    page, file = _listed(value, 2)
    return PartBeneath(page=whole(page, _MAX_COUNT), file=str(file)[:MAX_PATH])


def _notes(told: Mapping[str, Any]) -> tuple[Note, ...]:
    return tuple(_note(each) for each in _listed(told["notes"], MAX_NOTES + 1))


def _refusal(told: Mapping[str, Any]) -> TrustError | None:
    if "refused" not in told:
        return None
    code = CODES[told["refused"]]
    facts = {str(name)[:_MAX_FACT]: _fact(value) for name, value in dict(told["facts"]).items()}
    return TrustError(code, str(told["detail"])[:_MAX_FACT], **facts)


def _fact(value: object) -> str | int | bool:
    return value if isinstance(value, int) else str(value)[:_MAX_FACT]


def _listed(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("no list of that length")
    return value


def _page(value: object) -> DrawnPage:
    number, width, height = _listed(value, 3)
    return DrawnPage(number=whole(number, _MAX_COUNT), width=finite(width), height=finite(height))


def _note(value: object) -> Note:
    lack, page, detail, object_id, count = _listed(value, 5)
    return Note(
        lack=Lack(lack),
        page=whole(page, _MAX_COUNT),
        detail=_text(detail),
        object_id=_text(object_id),
        count=whole(count, _MAX_COUNT),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TOLD:
        raise ValueError("no text of that length")
    return value
