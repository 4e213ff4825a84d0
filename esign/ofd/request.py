"""What is to be signed into an OFD and how: the order that `esign.ofd.prepare` writes and `esign.ofd.sign` completes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.ofd.write import WrittenOfd
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate


@unique
class OfdForm(StrEnum):
    """The two types of signature (GM/T 0099-2020 7.2.2); the value is the name in reports and options."""

    SEAL = "ofd-seal"  # Type="Seal": SES_Signature of GB/T 38540
    SIGN = "ofd-sign"  # Type="Sign": SignedData of GB/T 35275

    @property
    def word(self) -> str:
        """The value of the attribute Type."""
        return "Seal" if self is OfdForm.SEAL else "Sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class StampPlace:
    """Where a seal is shown: the identifier of the page, and left, top, width, height in millimetres from its upper left corner.

    `clip` is the part of the seal that is seen, in millimetres from the seal's own upper left corner; None for all of it.
    """

    page: str
    left: float
    top: float
    width: float
    height: float
    clip: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdSigningRequest:
    """What to sign and how.

    Attributes:
        ofd: the package, signed by others already or not, or one written a moment ago.
        certificate: the signer's; `chain` goes into a message of Type="Sign" after it.
        seal: an SESeal (DER) that lists the certificate: the signature is of Type="Seal". None for Type="Sign".
        stamps: where the seal is shown, nowhere when empty; without a seal there is nothing to show.
        timestamp: called with the signature value, returns the token over it (DER).
        parameters: pairs of name and value that the signature says of itself, such as Reason.
    """

    ofd: bytes | WrittenOfd = field(repr=False)
    signer: Signer
    certificate: Certificate
    signing_time: datetime
    chain: tuple[Certificate, ...] = ()
    seal: bytes | None = field(default=None, repr=False)
    stamps: tuple[StampPlace, ...] = ()
    timestamp: Callable[[bytes], bytes] | None = None
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def form(self) -> OfdForm:
        """Which type of signature this makes."""
        return OfdForm.SIGN if self.seal is None else OfdForm.SEAL
