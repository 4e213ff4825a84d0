r"""What other readers make of a path: as our own rules have it, with backslashes, escapes, a query; and where it leads outside.

    readings("Pages\Page%5F9\Content.xml")     # …, "Pages/Page_9/Content.xml"
    leads_outside("http://example.test/a.xml", holder="Doc_0/Document.xml")

A document may be prepared so that its signer sees a path that leads nowhere, and a reader on another machine finds a file by it
that was brought in later. So whatever somebody could make of a path counts as named.
"""

from __future__ import annotations

import re
from typing import Final

from esign.ofd.paths import resolve
from trustkit.errors import TrustError

_ODD: Final = re.compile(r"\A/|[\\%?#:]|//|[. ](?:/|\Z)")
_ESCAPE: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_ENDS: Final = re.compile(r"[. ]+(?=/|\Z)")  # of a step: Windows drops them
_SCHEME: Final = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*:/*")


def is_odd(loc: str) -> bool:
    """Whether readers could take a path for another than is written."""
    return _ODD.search(loc) is not None


def readings(loc: str) -> tuple[str, ...]:
    """Return a path as written, and the other paths that readers could take it for."""
    if not is_odd(loc):
        return (loc,)
    found = [loc]
    for change in (_with_slashes, _unescaped, _without_query, _without_scheme, _plain_steps, _from_anywhere):
        found = list(dict.fromkeys((*found, *(change(each) for each in found))))
    return tuple(each for each in found if each)


def leads_outside(loc: str, *, holder: str, base: str = "") -> bool:
    """Whether what stands where a file of the package should be named is no path in it: an address, a drive, one that climbs out."""
    try:
        resolve(loc, holder=holder, base=base)
    except TrustError:
        return True
    return False


def _with_slashes(loc: str) -> str:
    return loc.replace("\\", "/")


def _unescaped(loc: str) -> str:
    octets = _ESCAPE.sub(lambda match: bytes((int(match[1], 16),)), loc.encode("utf-8", "surrogatepass"))
    return octets.decode("utf-8", "replace")


def _without_query(loc: str) -> str:
    return re.split("[?#]", loc, maxsplit=1)[0]


def _without_scheme(loc: str) -> str:
    return _SCHEME.sub("/", loc)


def _plain_steps(loc: str) -> str:
    kept = (step if step in {"", ".", ".."} else _ENDS.sub("", step) for step in loc.split("/"))
    return re.sub("/{2,}", "/", "/".join(kept))


def _from_anywhere(loc: str) -> str:
    return loc.lstrip("/")
