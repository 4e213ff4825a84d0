"""What a document's pages are drawn with: its fonts and pictures, found by number, read once.

material.fonts_of(resources, "7", bold=False)
material.picture(resources, "5")
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from esign.ofd.draw.layout import Fonts
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.pictures import masked, read_picture
from esign.ofd.draw.plain_pictures import unlike_beneath
from esign.ofd.draw.typefaces import EmbeddedTypeface, HouseTypeface, is_fixed, role_of
from esign.rendering.fonts import FontRole
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from esign.ofd.draw.budget import Budget
    from esign.ofd.draw.notes import Notes
    from esign.ofd.draw.pictures import Jbig2Decoder, Picture
    from esign.ofd.draw.reading import Reading
    from esign.ofd.draw.resources import FontResource, Resources
    from esign.ofd.draw.store import Store
    from esign.ofd.package import Package
    from esign.rendering.fonts import FontChain


class Material:
    """The fonts and pictures of one package; `store`, `budget`, `notes` and `reading` are shared with documents within documents.

    `reading` is None where it is not asked what other readers show.
    """

    def __init__(
        self,
        *,
        package: Package,
        chain: FontChain,
        store: Store,
        budget: Budget,
        notes: Notes,
        jbig2: Jbig2Decoder | None,
        reading: Reading | None = None,
    ) -> None:
        self.package = package
        self.chain = chain
        self.store = store
        self.budget = budget
        self.notes = notes
        self.jbig2 = jbig2
        self.reading = reading
        self._typefaces: dict[str, EmbeddedTypeface | Undrawable] = {}
        self._pictures: dict[str, Picture | Undrawable] = {}
        self._house: dict[FontRole, HouseTypeface] = {}
        self._masked: dict[tuple[str, str], int] = {}
        self._unlike: dict[bytes, bool] = {}

    def within(self, package: Package) -> Material:
        """Return the same for a document within this one."""
        return Material(
            package=package,
            chain=self.chain,
            store=self.store,
            budget=self.budget,
            notes=self.notes,
            jbig2=self.jbig2,
            reading=self.reading,
        )

    def leaves_out(self) -> bool:
        """Whether what a page hides, cuts off or makes clear is so drawn: always, but where all is drawn that any reader may show."""
        if self.reading is None:
            return True
        self.reading.differs = True
        return not self.reading.is_loose

    def may_be_anything(self, data: bytes) -> bool:
        """Whether a picture, which was read, is to be taken for anything: readers see different things in it, and all that is drawn."""
        if self.reading is None:
            return False
        if data not in self._unlike:
            self._unlike[data] = bool(unlike_beneath(data))
        return self._unlike[data] and not self.leaves_out()

    def fonts_of(self, resources: Resources, number: str | None, *, bold: bool) -> Fonts:
        """Return what a text with this font is drawn with; that another stands in for it is told."""
        font = resources.fonts.get(number) if number is not None else None
        if font is None:
            house = self._stand_in(FontRole.SERIF)
            self.notes.add(Lack.FONT, f"Font {number} → {house.family}")
            return Fonts(embedded=None, house=house, is_bold=bold)
        house = self._stand_in(role_of(font))
        embedded = self._embedded(font)
        if embedded is None:
            self.notes.add(Lack.FONT, f"{font.shown_name} → {house.family}")
        return Fonts(
            embedded=embedded,
            house=house,
            is_bold=bold or font.is_bold,
            is_italic=font.is_italic,
            is_fixed=is_fixed(font),
        )

    def _stand_in(self, role: FontRole) -> HouseTypeface:
        if role not in self._house:
            self._house[role] = HouseTypeface(self.chain, role, self.budget)
        return self._house[role]

    def _embedded(self, font: FontResource) -> EmbeddedTypeface | None:
        if font.file is None:
            return None
        if font.file not in self._typefaces:
            self._typefaces[font.file] = self._read_typeface(font.file)
        found = self._typefaces[font.file]
        if isinstance(found, EmbeddedTypeface):
            return found
        self.notes.add(found.lack, f"{font.shown_name}: {found.detail}")
        return None

    def _read_typeface(self, file: str) -> EmbeddedTypeface | Undrawable:
        self.budget.take("fonts")
        try:
            data = self.package.octets(file)
            return EmbeddedTypeface.read(data, hashlib.sha256(data).digest(), self.budget)
        except TrustError as error:
            return Undrawable(Lack.FONT_DAMAGED, error.detail)
        except Undrawable as error:
            return error

    def picture(self, resources: Resources, number: str | None, mask: str | None = None) -> int | None:
        """Return the object of a picture, with what its mask leaves of it; None for one that may be anything. Raise Undrawable, Exhausted."""
        file = self._file(resources, number)
        picture = self._picture(file)
        if self.reading is not None and self.may_be_anything(self.package.octets(file)):
            return None
        if mask is None or not self.leaves_out():
            return self.store.picture((self.package, file), picture)
        mask_file = self._file(resources, mask)
        if (file, mask_file) not in self._masked:
            seen_through = self._picture(mask_file)
            self.budget.take("pixels", picture.width * picture.height + seen_through.width * seen_through.height)
            key = (self.package, file, mask_file)
            self._masked[file, mask_file] = self.store.picture(key, masked(picture, seen_through))
        return self._masked[file, mask_file]

    def _file(self, resources: Resources, number: str | None) -> str:
        media = resources.media.get(number) if number is not None else None
        if media is None or not media.file:
            raise Undrawable(Lack.RESOURCE, f"MultiMedia {number}")
        if media.type not in {"Image", ""}:
            raise Undrawable(Lack.MEDIA, media.type)
        return media.file

    def _picture(self, file: str) -> Picture:
        if file not in self._pictures:
            try:
                self._pictures[file] = read_picture(self.package.octets(file), self.budget, self.jbig2)
            except TrustError as error:
                self._pictures[file] = Undrawable(Lack.RESOURCE, f"{error.detail}: {file}")
            except Undrawable as error:
                self._pictures[file] = Undrawable(error.lack, f"{file}: {error.detail}")
        found = self._pictures[file]
        if isinstance(found, Undrawable):
            raise Undrawable(found.lack, found.detail)
        return found
