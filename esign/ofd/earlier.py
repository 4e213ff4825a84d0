"""The earlier signatures of an OFD, as far as whoever adds one must know: that they hold, and go on to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.ofd.model import UnreadableSignature
from esign.ofd.verify import FileDigests, verify_ofd_signature
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from esign.ofd.model import UnverifiedOfd, UnverifiedOfdSignature
    from esign.ofd.verify import IntactOfdSignature


def readable(ofd: UnverifiedOfd) -> tuple[UnverifiedOfdSignature, ...]:
    """Return the signatures. Raise the refusal of the first that cannot be read."""
    found = []
    for signature in ofd.signatures:
        if isinstance(signature, UnreadableSignature):
            raise signature.error
        found.append(signature)
    return tuple(found)


def require_open(ofd: UnverifiedOfd, changing: AbstractSet[str]) -> None:
    """Raise unless every signature holds and covers none of the files that will change.

    Raises:
        TrustError: OFD_UNSIGNABLE, naming the file; what `require_holding` raises.
    """
    for signature in readable(ofd):
        closed = changing & {reference.file for reference in signature.references}
        if closed:
            told = "an earlier signature covers a file that every further one changes"
            raise TrustError(ErrorCode.OFD_UNSIGNABLE, told, file=min(map(str, closed))[:120])
    require_holding(ofd)


def require_holding(ofd: UnverifiedOfd, *, fresh: str | None = None) -> dict[str, IntactOfdSignature]:
    """Return every signature, proved, by the file that describes it.

    Raises:
        TrustError: OFD_SIGNED_BADLY with the reason of the first that is not; of the one that `fresh` describes, which is no earlier
            one, that reason itself.
    """
    digests = FileDigests(ofd.package)
    found = {}
    for signature in readable(ofd):
        try:
            found[signature.file] = verify_ofd_signature(ofd, signature, digests=digests)
        except TrustError as error:
            if signature.file == fresh:
                raise
            told = f"{error.code.value}: {error.detail}"
            raise TrustError(ErrorCode.OFD_SIGNED_BADLY, told, file=signature.file[:120]) from error
    return found
