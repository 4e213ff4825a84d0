"""How people hear of changes to what they sign in with: notices handed to the message platform of the settings.

One POST of JSON a notice (``id``, ``person``, ``about``, ``kind``, ``at``), with the platform's token as bearer, to ``[idp] notices_url``.
The platform knows who a pseudonym is and how he is reached; here nobody does. It drops an ``id`` it had before, since what was not
answered is sent again. Without the setting notices wait in the store.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from idp.notices import deliver
from trustkit.app.logs import say
from trustkit.clock import format_rfc3339
from trustkit.custody.passphrase import passphrase_from_file
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from idp.notices import Letter
    from trustkit.app.idp_home import IdentityHome

SECONDS: Final = 5.0  # one notice waits for the platform; others wait behind it
EVERY_SECONDS: Final = 15.0
_log = logging.getLogger("trustkit.app")


def _client() -> httpx.Client:
    return httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePlatform:
    """Posts notices (`idp.notices.Channel`)."""

    url: str
    token: str = field(repr=False)
    client: httpx.Client = field(default_factory=_client, repr=False)

    def send(self, letter: Letter) -> None:
        """Hand a notice over; its answer's body is not looked at. Raise IDP_NOTICE_UNTAKEN for every answer but success."""
        told = {
            "id": letter.id,
            "person": letter.person,
            "about": letter.about.value,
            "kind": letter.kind,
            "at": format_rfc3339(letter.at),
        }
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            with self.client.stream("POST", self.url, json=told, headers=headers) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise TrustError(IdentityCode.IDP_NOTICE_UNTAKEN, "the message platform did not answer") from error
        if not httpx.codes.is_success(status):
            raise TrustError(IdentityCode.IDP_NOTICE_UNTAKEN, "the message platform took it not", status=status)


def message_platform(home: IdentityHome) -> MessagePlatform | None:
    """Return the platform of the settings, None where there is none. Raise PASSPHRASE_FILE, PASSPHRASE_MISSING for its token."""
    settings = home.settings.idp
    if not settings.notices_url:
        return None
    file = settings.notices_token
    token = passphrase_from_file(home.settings.home / Path(file)).reveal().decode("ascii", "replace") if file else ""
    return MessagePlatform(url=settings.notices_url, token=token)


@contextmanager
def handing_on(home: IdentityHome) -> Iterator[None]:
    """Hand on what is due for as long as the block lasts, where the settings say to whom."""
    platform = message_platform(home)
    if platform is None:
        yield
        return
    over = threading.Event()
    worker = threading.Thread(target=_work, args=(home, platform, over), name="notices", daemon=True)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()
        platform.client.close()


def _work(home: IdentityHome, platform: MessagePlatform, over: threading.Event) -> None:
    while not over.is_set():
        try:
            deliver(home.database, platform, now=home.clock.now())
        except TrustError as error:  # the next time does it
            say(_log, "notices.failed", logging.WARNING, code=error.code.value)
        over.wait(EVERY_SECONDS)
