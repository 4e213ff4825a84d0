"""One token of a PKCS#11 module, logged in (PKCS #11 v2.40 and newer, 5.6).

    token = open_token(parse_module_uri("pkcs11:token=authority?module-path=/usr/lib/softhsm/libsofthsm2.so"), pin)
    with token.session() as session: …

The binding initialises a module for one thread at a time (C_Initialize without arguments); modules that are called from several then
crash. So each module has one lock, and whoever has a session of it has the whole module alone. Logging in holds for the whole
application, so a token is opened once in a process, and who opens it again must know the same PIN.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pkcs11
from pkcs11.exceptions import PKCS11Error

from trustkit.custody.module_library import require_safe_library
from trustkit.custody.pkcs11_errors import LOST, refusal
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pkcs11.types import Session, Token

    from trustkit.custody.module_uri import Pkcs11Uri
    from trustkit.custody.passphrase import Passphrase

_Result = TypeVar("_Result")
WAIT_SECONDS: Final = 30.0  # for a module that another thread has

_modules: dict[str, threading.RLock] = {}
_opened: dict[tuple[str, bytes], Pkcs11Token] = {}
_registry = threading.Lock()


class Pkcs11Token(Secretive):
    """A token we are logged in to. Safe to use from several threads; not carried over a fork."""

    def __init__(self, library: str, token: Token, pin: Passphrase) -> None:
        """Hold where it is and how to log in; `open_token` is the way to make one."""
        self._library, self._serial, self._pin = library, token.serial, pin
        self._login: Session | None = None

    def knows(self, pin: Passphrase) -> bool:
        """Tell, in constant time, whether it was opened with this PIN."""
        return self._pin == pin

    @contextmanager
    def session(self, *, writing: bool = False) -> Iterator[Session]:
        """Lend a session, and with it the module. With `writing` it may make keys.

        Raises:
            TrustError: MODULE_UNREACHABLE when none can be had, MODULE_PIN when the token wants a new log-in and refuses it.
        """
        with _alone(self._library):
            session = self._logged_in()
            if writing:
                session = self._second(session)
            try:
                yield session
            except LOST:
                self._log_out()  # the next to ask logs in anew
                raise
            finally:
                if writing:
                    with suppress(PKCS11Error):
                        session.close()

    def use(self, act: Callable[[Session], _Result]) -> _Result:
        """Return what an act that keeps no state does with a session: once more after a new log-in, when the token went away meanwhile.

        Raises:
            TrustError: as `session`; MODULE_UNREACHABLE when it stays away. And what the act raises, PKCS11Error among it.
        """
        with suppress(*LOST), self.session() as session:
            return act(session)
        try:
            with self.session() as session:
                return act(session)
        except LOST as error:
            raise refusal(error) from None

    def close(self) -> None:
        """Log out, and forget the PIN's holder."""
        with _alone(self._library):
            self._log_out()
            _opened.pop((self._library, self._serial), None)

    def _logged_in(self) -> Session:
        if self._login is None:
            token = _find(self._library, {"token_serial": self._serial})
            try:
                self._login = token.open(user_pin=self._pin.reveal().decode("utf-8"))
            except UnicodeDecodeError:
                raise TrustError(ErrorCode.MODULE_PIN, "the PIN is no text") from None
            except PKCS11Error as error:
                raise refusal(error) from None
        return self._login

    def _second(self, login: Session) -> Session:
        """Return a session that may write, under the log-in of the first."""
        try:
            return login.token.open(rw=True)
        except PKCS11Error as error:
            raise refusal(error) from None

    def _log_out(self) -> None:
        if self._login is not None:
            with suppress(PKCS11Error):
                self._login.close()
            self._login = None


def open_token(uri: Pkcs11Uri, pin: Passphrase) -> Pkcs11Token:
    """Return the token a URI names, loaded and logged in to, or the one this process has open already.

    Raises:
        TrustError: MODULE_LIBRARY (missing, unsafe, not a module), MODULE_TOKEN, MODULE_UNREACHABLE, MODULE_PIN. A wrong PIN
            brings the token nearer to locking itself; it is not tried again.
    """
    library = str(require_safe_library(uri.library, user=os.geteuid()))
    wanted: dict[str, Any] = {}
    if uri.token:
        wanted["token_label"] = uri.token
    if uri.serial:
        wanted["token_serial"] = uri.serial.encode()
    with _alone(library):
        found = _find(library, wanted)
        known = _opened.get((library, found.serial))
        if known is not None:
            if not known.knows(pin):
                raise TrustError(ErrorCode.MODULE_PIN, "the PIN is wrong")
            return known
        token = Pkcs11Token(library, found, pin)
        with token.session():
            _opened[library, found.serial] = token
        return token


@contextmanager
def _alone(library: str) -> Iterator[None]:
    with _registry:
        lock = _modules.setdefault(library, threading.RLock())
    if not lock.acquire(timeout=WAIT_SECONDS):
        raise TrustError(ErrorCode.MODULE_UNREACHABLE, "the module is busy")
    try:
        yield
    finally:
        lock.release()


def _find(library: str, wanted: dict[str, Any]) -> Token:
    try:
        module = pkcs11.lib(library)
    except (PKCS11Error, AttributeError):
        raise TrustError(ErrorCode.MODULE_LIBRARY, "not a PKCS#11 module") from None
    try:
        return module.get_token(**wanted)
    except PKCS11Error as error:
        raise refusal(error) from None
