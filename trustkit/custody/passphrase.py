"""Passphrases: from a file, a descriptor or a prompt; never from the command line or the environment.

A `Passphrase` shows nothing of itself in text, logs or pickles. `reveal` is called where the key is derived, nowhere
else.
"""

from __future__ import annotations

import getpass
import os
import secrets
import unicodedata
import warnings
from typing import TYPE_CHECKING, Final

from trustkit.custody.key_files import read_private_file
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MIN_CHARACTERS: Final = 12  # GB/T 22239 asks for complexity; length is what resists guessing (NIST SP 800-63B 5.1.1)
MAX_OCTETS: Final = 1024  # longer input is a wrong file, not a passphrase


class Passphrase(Secretive):
    """A secret that opens a key container. Not shown, not pickled, compared in constant time."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        """Hold the octets. Raise PASSPHRASE_MISSING when empty, USAGE beyond 1024 octets."""
        if not octets:
            raise TrustError(ErrorCode.PASSPHRASE_MISSING, "the passphrase is empty")
        if len(octets) > MAX_OCTETS:
            raise TrustError(ErrorCode.USAGE, "the passphrase is too long", limit=MAX_OCTETS)
        self._octets = bytes(octets)

    def reveal(self) -> bytes:
        """Return the octets, for a key derivation."""
        return self._octets

    def require_strength(self) -> None:
        """Raise PASSPHRASE_WEAK below 12 characters. Asked when a container is made, not when one is opened."""
        try:
            characters = len(self._octets.decode("utf-8"))
        except UnicodeDecodeError:
            characters = len(self._octets)
        if characters < MIN_CHARACTERS:
            raise TrustError(ErrorCode.PASSPHRASE_WEAK, "the passphrase is too short", least=MIN_CHARACTERS)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Passphrase) and secrets.compare_digest(self._octets, other._octets)

    # A secret has no place in a set or among keys.
    __hash__ = None  # type: ignore[assignment]


def passphrase_from_file(path: Path) -> Passphrase:
    """Return the passphrase in a file only its owner can read: one line of text; a line end after it is dropped.

    Raises:
        TrustError: PASSPHRASE_MISSING (no such file), KEY_FILE_MODE (others may read it), PASSPHRASE_FILE for what holds no
            passphrase: a folder, pipe or link, an empty or huge file, one that cannot be read or is no text.
    """
    try:
        data = read_private_file(path, limit=MAX_OCTETS + 2)
    except TrustError as error:
        if error.code is ErrorCode.KEY_MISSING:
            raise TrustError(ErrorCode.PASSPHRASE_MISSING, "no passphrase file") from error
        if error.code is ErrorCode.KEY_FILE_MODE and path.is_file() and not path.is_symlink():
            raise  # the right kind of file, open to others
        raise TrustError(ErrorCode.PASSPHRASE_FILE, error.detail, file=path.name) from error
    octets = _without_line_end(data)
    if not 0 < len(octets) <= MAX_OCTETS:
        told = "the file is too long" if octets else "the file is empty"
        raise TrustError(ErrorCode.PASSPHRASE_FILE, told, file=path.name, limit=MAX_OCTETS)
    if not _is_line_of_text(octets):
        raise TrustError(ErrorCode.PASSPHRASE_FILE, "the file holds more than one line, or no text", file=path.name)
    return Passphrase(octets)


def passphrase_from_fd(descriptor: int) -> Passphrase:
    """Return the passphrase read to the end of an open descriptor, which stays open.

    Raises:
        TrustError: PASSPHRASE_MISSING (closed or empty), USAGE (too long).
    """
    data = b""
    try:
        while len(data) <= MAX_OCTETS + 2 and (part := os.read(descriptor, MAX_OCTETS)):
            data += part
    except OSError as error:
        raise TrustError(ErrorCode.PASSPHRASE_MISSING, "the descriptor cannot be read", fd=descriptor) from error
    return Passphrase(_without_line_end(data))


def passphrase_from_prompt(
    *, confirm: bool, ask: Callable[[str], str] = getpass.getpass, what: str = "Passphrase"
) -> Passphrase:
    """Return what a person types at the terminal, without showing it; with `confirm` it is asked for twice.

    `what` is asked for, such as a module's PIN.

    Raises:
        TrustError: PASSPHRASE_MISSING (no terminal, nothing typed), USAGE (the two differ).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # it would show what is typed
            first = ask(f"{what}: ")
            second = ask(f"{what} again: ") if confirm else first
    except (EOFError, OSError, KeyboardInterrupt, getpass.GetPassWarning) as error:
        raise TrustError(ErrorCode.PASSPHRASE_MISSING, "no terminal to ask at") from error
    passphrase = Passphrase(first.encode("utf-8", "surrogateescape"))
    if second != first:
        raise TrustError(ErrorCode.USAGE, "the two passphrases differ")
    return passphrase


def _is_line_of_text(octets: bytes) -> bool:
    """Tell a passphrase from a picture, a key or a letter given by mistake."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(character) == "Cc" and character != "\t" for character in text)


def _without_line_end(data: bytes) -> bytes:
    return data.removesuffix(b"\n").removesuffix(b"\r")
