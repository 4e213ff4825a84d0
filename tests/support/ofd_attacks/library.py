"""The genuine packages of the OFD corpus, each made once: whose twin an attack is, an attribute's name says.

    library = Library()
    library.sealed, library.twice, library.licence …      # octets
    library.parts("sealed")                               # {name: octets}, to be changed
    library.verify(octets)                                # the verdict, with the evidence everybody has

Signing time is the world's START; verdicts are asked an hour later, with both authorities' lists at hand.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from esign.ofd.encryption_write import encrypt_package
from esign.ofd.integrity_sign import protect_package
from esign.ofd.package import open_package
from esign.seal.model import SealVersion
from tests.support.ofd_attacks import documents, zips
from tests.support.ofd_attacks.signing import Order, sign, token
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal
from tests.unit.verifier.licences import Desk

if TYPE_CHECKING:
    from tests.support.pki import Member
    from trustkit.verdict import Verdict


class Library:
    """See the module's docstring."""

    def __init__(self) -> None:
        self.world = PkiWorld()
        self._parts: dict[str, dict[str, bytes]] = {}

    def verify(self, octets: bytes, *, alone: bool = False) -> Verdict:
        return Desk(self.world, lists=not alone, sits=False).verify(octets, self.issuer)

    @property
    def issuer(self) -> bytes:
        """The issuing authority's certificate, which seals do not carry."""
        return self.world.issuing.der

    def parts(self, name: str) -> dict[str, bytes]:
        """Return a copy of a genuine package's parts by the name of the attribute that packs them."""
        if name not in self._parts:
            self._parts[name] = getattr(self, f"_{name}")()
        return dict(self._parts[name])

    def sign(self, files: dict[str, bytes], order: Order | None = None) -> dict[str, bytes]:
        return sign(self.world, files, order)

    def resealed(self, order: Order) -> bytes:
        """Return the licence sealed otherwise."""
        return zips.pack(self.sign(documents.licence(), order))

    @cached_property
    def second(self) -> Member:
        """Somebody else of the same authority."""
        return self.world.issue("另一签章人")

    @cached_property
    def stranger(self) -> PkiWorld:
        """Another authority, which nobody here trusts."""
        return PkiWorld(organisation="冒充的机构")

    @cached_property
    def genuine_seal(self) -> bytes:
        """The seal of the world's signer."""
        return make_seal(self.world)

    def _sealed(self) -> dict[str, bytes]:
        return self.sign(documents.licence(), Order(seal=self.genuine_seal))

    @cached_property
    def sealed(self) -> bytes:
        """A licence of two pages under one v4 seal that refers to every file but the list of signatures."""
        return zips.pack(self.parts("sealed"))

    def _old(self) -> dict[str, bytes]:
        return self.sign(documents.licence(), Order(version=SealVersion.V1))

    @cached_property
    def old(self) -> bytes:
        """The same under a seal of GM/T 0031-2014."""
        return zips.pack(self.parts("old"))

    def _new(self) -> dict[str, bytes]:
        return self.sign(documents.licence(), Order(version=SealVersion.V5))

    @cached_property
    def new(self) -> bytes:
        """The same under a seal of GM/T 0031-2025."""
        return zips.pack(self.parts("new"))

    def _signed(self) -> dict[str, bytes]:
        return self.sign(documents.licence(), Order(kind="Sign"))

    @cached_property
    def signed(self) -> bytes:
        """The same signed by GB/T 35275, without a seal."""
        return zips.pack(self.parts("signed"))

    def _twice(self) -> dict[str, bytes]:
        return self.sign(self.parts("sealed"), Order(number=1, signer=self.second))

    @cached_property
    def twice(self) -> bytes:
        """The sealed licence under a second seal, which refers to the first one's files too."""
        return zips.pack(self.parts("twice"))

    def _unstamped(self) -> dict[str, bytes]:
        return self.sign(documents.licence(), Order(stamp=False))

    @cached_property
    def unstamped(self) -> bytes:
        """A sealed licence without a time stamp."""
        return zips.pack(self.parts("unstamped"))

    def _open_entry(self) -> dict[str, bytes]:
        files = documents.licence()
        return self.sign(files, Order(covered=tuple(name for name in files if name != documents.ENTRY)))

    @cached_property
    def open_entry(self) -> bytes:
        """A sealed licence whose seal leaves OFD.xml out, as real ones do."""
        return zips.pack(self.parts("open_entry"))

    def _list_covered(self) -> dict[str, bytes]:
        """A seal that refers to the list of signatures it is in."""
        drawn = self.parts("sealed")
        files = {**documents.licence(), documents.SIGNATURES: drawn[documents.SIGNATURES]}
        return self.sign(files, Order(listing=True))

    @cached_property
    def list_covered(self) -> bytes:
        return zips.pack(self.parts("list_covered"))

    def _protected(self, data: bytes) -> bytes:
        world = self.world
        return protect_package(
            data,
            signer=world.signer.signer,
            certificate=world.signer.certificate,
            chain=(world.issuing.certificate,),
            at=world.START,
            timestamp=lambda value: token(world, value),
        )

    def _listed(self) -> dict[str, bytes]:
        return unpacked(self._protected(self.sealed))

    @cached_property
    def listed(self) -> bytes:
        """The sealed licence with the list of its files signed (GM/T 0099-2020 annex D)."""
        return zips.pack(self.parts("listed"))

    def _listed_alone(self) -> dict[str, bytes]:
        files = documents.licence()
        files[documents.ENTRY] = documents.entry(documents.body(signed=False))
        return unpacked(self._protected(zips.pack(files)))

    @cached_property
    def listed_alone(self) -> bytes:
        """A licence that nobody signed, with the list of its files signed."""
        return zips.pack(self.parts("listed_alone"))

    @cached_property
    def encrypted(self) -> bytes:
        """The sealed licence, encrypted."""
        reader = self.world.encryption.certificate
        return encrypt_package(self.sealed, (reader,), at=self.world.START)

    def _other(self) -> dict[str, bytes]:
        files = documents.licence()
        files[documents.PAGE] = documents.page(documents.text(21, "名称：另一有限公司"))
        return self.sign(files)

    @cached_property
    def other(self) -> bytes:
        """Another licence, sealed by the same seal."""
        return zips.pack(self.parts("other"))


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the files of a package, as our own reader has them."""
    package = open_package(data)
    return {name: package.octets(name) for name in package.names}
