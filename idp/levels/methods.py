"""Names of authentication methods (`amr`): those of RFC 8176 that may stand in a session, and what two of them promise.

`pop` and `hwk` are promises that services rely on (OpenID Connect EAP ACR Values 1.0: `phr`, `phrh`), and `mfa` is one, too. They stand in
a session when they were earned, never because a provider or a factor said the word: `vouched_methods` sees to it, and
`trustkit.identity` says which of them keep which promise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.factors.port import FactorClass
from trustkit.identity import BOUND, HARDWARE

if TYPE_CHECKING:
    from collections.abc import Iterable

SEVERAL: Final = "mfa"
_EARNED: Final = frozenset({BOUND, HARDWARE, SEVERAL})
_KNOWN: Final = frozenset({"pwd", "pin", "kba"})
_HELD: Final = frozenset({"otp", "sc", "sms", "swk", "tel", HARDWARE, BOUND})
_BEING: Final = frozenset({"face", "fpt", "iris", "retina", "vbm"})
_BESIDE: Final = frozenset({"geo", "mca", "rba", "user", "wia"})  # true or not, they are no factor
_CLASSES: Final = {
    **dict.fromkeys(_KNOWN, FactorClass.KNOWLEDGE),
    **dict.fromkeys(_HELD, FactorClass.POSSESSION),
    **dict.fromkeys(_BEING, FactorClass.INHERENCE),
}


def vouched_methods(
    *,
    own: Iterable[str],
    said: Iterable[str],
    classes: frozenset[FactorClass],
    phishing_resistant: bool,
    hardware: bool,
    several: bool,
) -> tuple[str, ...]:
    """Return the methods a session shows, sorted.

    Of our own factors' names those of RFC 8176 stay; of those `said` by a provider, which fit the `classes` its ladder believes in. What
    is promised stands there when `phishing_resistant`, `hardware`, `several` say that it was proved.
    """
    kept = {each for each in own if each in _CLASSES or each in _BESIDE}
    kept |= {each for each in said if each in _BESIDE or _CLASSES.get(each) in classes}
    kept -= _EARNED
    earned = ((BOUND, phishing_resistant), (HARDWARE, hardware), (SEVERAL, several))
    return tuple(sorted(kept | {name for name, given in earned if given}))
