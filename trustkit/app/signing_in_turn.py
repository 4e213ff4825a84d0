"""Several files signed by several parties in turn: each file for itself, the trail told of all of them before a key is used.

made = SigningInTurn(parties=2, request=desk.request, prepare=prepare_pdf, complete=complete_pdf, trail=trail).sign(files, names)

Every refusal that needs no key comes before the intent, so that the trail tells of no intent that could not have been carried out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from trustkit.app.one_of_many import attempted
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustkit.app.signing_trail import SigningTrail

_Request = TypeVar("_Request")
_Prepared = TypeVar("_Prepared")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningInTurn(Generic[_Request, _Prepared]):
    """How one format is signed.

    Attributes:
        request: what is asked of the party of a number (from 0) about a file, as the one before left it.
        prepare: does all that needs no key.
        complete: signs what is prepared.
        trail: who is told of the first party's signatures, None for nobody.
    """

    parties: int
    request: Callable[[bytes, int], _Request]
    prepare: Callable[[_Request], _Prepared]
    complete: Callable[[_Request, _Prepared], bytes]
    trail: SigningTrail | None

    def sign(self, files: Sequence[bytes], names: dict[int, str]) -> list[bytes | TrustError]:
        """Return each file signed by all, or why it is not; put into `names` whose intent was told, by their place among all.

        Raises:
            TrustError: what the trail raises. Nothing is signed then.
        """
        made: list[bytes | TrustError] = list(files)
        for number in range(self.parties):
            ready = self._ready(made, number)
            if self.trail is not None and number == 0:
                names |= {index: digest(DigestAlgorithm.SM3, files[index]).hex() for index in ready}
                self.trail.intend(names.values())
            for index, (request, prepared) in ready.items():
                made[index] = attempted(self.complete, request, prepared)
        return made

    def _ready(self, made: list[bytes | TrustError], number: int) -> dict[int, tuple[_Request, _Prepared]]:
        """Return what can be signed, by its place among all; put why not in the place of what cannot."""
        ready = {}
        for index, octets in enumerate(made):
            if isinstance(octets, bytes):
                found = attempted(self._asked, octets, number)
                if isinstance(found, TrustError):
                    made[index] = found
                else:
                    ready[index] = found
        return ready

    def _asked(self, octets: bytes, number: int) -> tuple[_Request, _Prepared]:
        request = self.request(octets, number)
        return request, self.prepare(request)
