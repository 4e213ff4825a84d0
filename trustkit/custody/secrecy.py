"""What every object that holds a secret refuses: to show it, to be pickled, to be copied."""

from __future__ import annotations

from typing import NoReturn


class Secretive:
    """Base of classes that hold a secret. Its text is the name of the class; it cannot be pickled or copied."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __reduce__(self) -> NoReturn:
        message = f"{type(self).__name__} holds a secret and cannot be pickled or copied"
        raise TypeError(message)
