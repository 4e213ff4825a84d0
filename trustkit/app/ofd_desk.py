"""Signing OFD files: by the authority's seal, told to the trail, or by keys of one's own.

    with open_ofd_desk(who, order, passphrase) as desk:
        signed = desk.sign(octets)

A desk is opened once and signs one file or many. What it hands out has been read and verified again, and so has every earlier signature of the file.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from esign.ofd.prepare import prepare_ofd
from esign.ofd.request import OfdForm, OfdSigningRequest, StampPlace
from esign.ofd.sign import complete_ofd
from esign.seal.model import SealVersion
from esign.seal.read import parse_seal
from trustkit.app.algorithms import algorithm_policy
from trustkit.app.electronic_seal import electronic_seal
from trustkit.app.engine import settle_engine
from trustkit.app.keys import KeyName
from trustkit.app.ofd_drawer import OfdDrawer
from trustkit.app.ofd_order import OfdSealWish
from trustkit.app.ofd_places import place_stamps
from trustkit.app.page_reader import PageReader
from trustkit.app.parties import Party, home_party, own_party
from trustkit.app.pdf_order import PdfLevel
from trustkit.app.signing_in_turn import SigningInTurn
from trustkit.app.signing_keys import signing_keys
from trustkit.app.signing_trail import SigningTrail
from trustkit.app.stamping import desk_stamps
from trustkit.app.wiring import open_authority, open_if_home
from trustkit.audit.events import EventType
from trustkit.clock import SystemClock
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trustkit.app.authority import Authority
    from trustkit.app.ofd_order import OfdOrder
    from trustkit.app.opened import OpenedHome
    from trustkit.app.pdf_order import WhoSigns
    from trustkit.clock import Clock
    from trustkit.custody.passphrase import Passphrase
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdDesk:
    """Signs by one order.

    Attributes:
        home: whose registry is asked about seals.
        trail: who is told of the authority's own signatures.
        together: a block in which stamps wait for each other; nothing of it leaves before its end.
    """

    order: OfdOrder
    parties: tuple[Party, ...]
    clock: Clock
    home: OpenedHome | None
    drawer: OfdDrawer
    reader: PageReader
    trail: SigningTrail | None = None
    together: Callable[[], AbstractContextManager[object]] = nullcontext

    def sign(self, octets: bytes) -> bytes:
        """Return the file signed by every party in turn.

        Raises:
            TrustError: what `esign.ofd.sign.sign_ofd` raises; what finding the seal and its place raises; what the trail raises.
        """
        (made,) = self.sign_all((octets,))
        if isinstance(made, TrustError):
            raise made
        return made

    def sign_all(self, files: Sequence[bytes]) -> tuple[bytes | TrustError, ...]:
        """Return each file signed, or why it is not; what the trail is told of all is told together.

        Raises:
            TrustError: what the trail and the store raise. Nothing is signed then, or nothing of it may be used.
        """
        names: dict[int, str] = {}  # of those whose intent was told
        signing = SigningInTurn(
            parties=len(self.parties),
            request=self.request,
            prepare=prepare_ofd,
            complete=complete_ofd,
            trail=self.trail,
        )
        with self.together():
            made = signing.sign(files, names)
        if self.trail is not None:
            self.trail.conclude((name, made[index]) for index, name in names.items())
        return tuple(made)

    def request(self, octets: bytes, number: int) -> OfdSigningRequest:
        """Return what is asked of the party of that number (from 0) about a file, as the one before left it.

        Raise what finding the seal and its place raises.
        """
        order, party, now = self.order, self.parties[number], self.clock.now()
        plain = OfdSigningRequest(
            ofd=octets,
            signer=party.signer,
            certificate=party.certificate,
            chain=party.chain,
            signing_time=now,
            timestamp=None if order.level is PdfLevel.B_B else party.stamp,
            parameters=order.parameters,
        )
        if order.form is OfdForm.SIGN:
            return plain
        wish = order.seals[number] if number < len(order.seals) else OfdSealWish()
        seal = electronic_seal(self.home, wish.seal, party.certificate, now)
        found = parse_seal(seal)
        stamps: tuple[StampPlace, ...] = ()
        if wish.place is not None or wish.riding is not None:
            stamps = place_stamps(octets, found.picture, wish, self.drawer, self.reader)
        # the first edition has no place for a stamp over its signature: unless one was asked for, there is none
        unstamped = found.version is SealVersion.V1 and order.level is None
        return replace(plain, seal=seal, stamps=stamps, timestamp=None if unstamped else plain.timestamp)


@contextmanager
def open_ofd_desk(who: WhoSigns, order: OfdOrder, passphrase: Callable[[], Passphrase]) -> Iterator[OfdDesk]:
    """Give the desk for as long as the block lasts; the passphrase is asked for when the first key is opened.

    Raises:
        TrustError: USAGE for an order these signers cannot carry out; HOME_*, OWN_CERTIFICATE, PASSPHRASE_*, KEY_*.
    """
    order.require_fit(who)
    with ExitStack() as stack:
        drawer, reader = stack.enter_context(OfdDrawer()), stack.enter_context(PageReader())
        if who.are_own:
            yield _own_desk(who, order, passphrase, (drawer, reader), stack)
        else:
            yield _home_desk(
                stack.enter_context(open_authority(who.home, operator=who.acting)), order, passphrase, (drawer, reader)
            )


def _usual_level(home: Authority, order: OfdOrder, certificate: Certificate) -> PdfLevel:
    """Return the level that signatures get for whom none was ordered. A seal that cannot be used is refused with each file."""
    if order.form is OfdForm.SIGN:
        return PdfLevel.B_T
    word = order.seals[0].seal if order.seals else None
    try:
        seal = parse_seal(electronic_seal(home, word, certificate, home.clock.now()))
    except TrustError:
        return PdfLevel.B_T
    return PdfLevel.B_B if seal.version is SealVersion.V1 else PdfLevel.B_T


def _home_desk(
    home: Authority, order: OfdOrder, passphrase: Callable[[], Passphrase], tools: tuple[OfdDrawer, PageReader]
) -> OfdDesk:
    home.require_fit_to_sign(KeyName.SEAL, KeyName.TIMESTAMP)
    keys = home.unlock(passphrase())
    stamping = desk_stamps(home, keys)
    party = home_party(home, keys, stamping)
    level = order.level or _usual_level(home, order, party.certificate)
    return OfdDesk(
        order=replace(order, level=level),  # as the trail is told of every file
        parties=(party,),
        clock=home.clock,
        home=home,
        drawer=tools[0],
        reader=tools[1],
        trail=SigningTrail(
            home=home,
            form=order.form.value,
            level=level.value,
            certificate=party.certificate,
            intended=EventType.OFD_INTENDED,
            signed=EventType.OFD_SIGNED,
        ),
        together=stamping.together,
    )


def _own_desk(
    who: WhoSigns,
    order: OfdOrder,
    passphrase: Callable[[], Passphrase],
    tools: tuple[OfdDrawer, PageReader],
    stack: ExitStack,
) -> OfdDesk:
    settle_engine("auto", production=False)
    rules, clock = algorithm_policy(who.home), SystemClock()
    asked = stack.enter_context(who.stamp.authority()) if who.stamp is not None else None
    keys = signing_keys(who, passphrase, clock, home=who.home)
    return OfdDesk(
        order=order,
        parties=tuple(own_party(key, asked, rules, clock) for key in keys),
        clock=clock,
        home=stack.enter_context(open_if_home(who.home, required=False)),
        drawer=tools[0],
        reader=tools[1],
    )
