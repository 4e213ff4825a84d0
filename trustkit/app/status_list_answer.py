"""A status list as whoever asks would have it: as JWT, or by ``Accept`` as CWT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.status.model import CWT_MEDIA_TYPE
from trustkit.web.accepted import prefers
from trustkit.web.validators import published

if TYPE_CHECKING:
    from fastapi import Request, Response

    from trustkit.app.publications import StorePublications

_JWT: Final = "application/statuslist+jwt"
FORMS: Final[dict[int | str, dict[str, object]]] = {200: {"content": {_JWT: {}, CWT_MEDIA_TYPE: {}}}}


def status_list_answer(request: Request, publications: StorePublications, uri: str, max_age: int) -> Response:
    """Return the newest list at `uri`, which caches keep for so many seconds. Raise REQUEST_MISSING where none is ours."""
    cwt = publications.status_cwt(uri) if prefers(request, CWT_MEDIA_TYPE, before=_JWT) else None
    if cwt is not None:
        answer = published(request, cwt, CWT_MEDIA_TYPE, max_age)
    else:  # also where there is no CWT yet: it says what it is (RFC 9110 12.5.1)
        token = publications.status_token(uri)
        answer = published(request, None if token is None else token.encode("ascii"), _JWT, max_age)
    answer.headers["Vary"] = "Accept"
    return answer
