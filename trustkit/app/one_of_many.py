"""One file of many: whatever goes wrong with it becomes its own result, and the others go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

from trustkit.app.files import disk_error
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")
_R = TypeVar("_R")


def attempted(act: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R | TrustError:
    """Return what an act with a file returns, else the refusal: DISK_* for the disk's, BUG with the class's name for our own."""
    try:
        return act(*args, **kwargs)
    except TrustError as error:
        return error
    except OSError as error:
        return disk_error(error)
    except Exception as error:  # noqa: BLE001 - our own bugs with one file must not stop the others
        return TrustError(ErrorCode.BUG, type(error).__name__)
