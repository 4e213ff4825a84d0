"""What happened to somebody, for his own page: notices in words, read up to the newest that was shown.

lines, newest = notice_lines(unit, "np-…", language=Language.ZH, titled=titled)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.factors.port import FactorKind
from idp.notices import Notice
from idp.pages.views import NoticeLine
from idp.pages.words import words_in
from trustkit.clock import CHINA
from trustkit.store import notices

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.store.notices import NoticeRow
    from trustkit.store.unit_of_work import ReadUnit
    from trustkit.texts.catalogue import Language


def notice_lines(
    unit: ReadUnit, person: str, *, language: Language, titled: Callable[[str, Language], str]
) -> tuple[tuple[NoticeLine, ...], str]:
    """Return a person's notices, newest first, and the newest's id, empty for none. `titled` says what a provider is called."""
    rows = notices.list_of(unit, person)
    return tuple(_line(row, language, titled) for row in rows), rows[0].id if rows else ""


def _line(row: NoticeRow, language: Language, titled: Callable[[str, Language], str]) -> NoticeLine:
    about = Notice(row.about).value.replace("-", "_")
    what = words_in(language)(f"means.{row.kind}") if row.kind in set(FactorKind) else titled(row.kind, language)
    if row.about == Notice.SIGNED_IN and what:
        about = f"{about}_by"
    return NoticeLine(
        about=about, what=what, at=f"{row.created_at.astimezone(CHINA):%Y-%m-%d %H:%M}", new=row.seen_at is None
    )
