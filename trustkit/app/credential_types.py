"""Type metadata of the credentials a home issues: made of its licence types, each read when somebody asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from esign.credential.type_making import licence_type_metadata, type_address
from esign.credential.type_metadata import parse_type_metadata
from esign.licence.types import LicenceType, licence_types, load_catalogued_type
from trustkit.app.home import POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.credential.type_metadata import TypeMetadata
    from trustkit.app.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeTypes:
    """The types of a home by the address they are published at; `folder` is its policies/licences."""

    folder: Path
    base_url: str

    @classmethod
    def of(cls, settings: Settings) -> HomeTypes:
        """Return the types of the home of these settings."""
        return cls(folder=settings.home / POLICIES / "licences", base_url=settings.server.base_url)

    def document(self, name: str) -> bytes | None:
        """Return the metadata of a type as they are published, None where nothing of this name is issued. Raise LICENCE_POLICY."""
        if name not in licence_types(self.folder):
            return None
        kind = load_catalogued_type(self.folder / name)
        return licence_type_metadata(kind, self.base_url) if isinstance(kind, LicenceType) else None

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """Yield the metadata of every type by the address it is published at. Raise LICENCE_POLICY."""
        for name in licence_types(self.folder):
            octets = self.document(name)
            if octets is not None:
                yield type_address(self.base_url, name), octets

    def state(self, name: str) -> tuple[int, int, int] | None:
        """Return what changes whenever the file of a type is written or replaced, None where there is none."""
        try:
            found = (self.folder / name / "type.toml").stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def find(self, vct: str) -> TypeMetadata | None:
        """Return what is known of a type, None where it is not one of the home's. Raise LICENCE_POLICY."""
        home = type_address(self.base_url, "")
        octets = self.document(vct.removeprefix(home)) if vct.startswith(home) else None
        return None if octets is None else parse_type_metadata(octets)
