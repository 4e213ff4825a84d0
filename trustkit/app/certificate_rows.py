"""One certificate in full and one authority in its tree, as ``trustkit ca show`` and ``ca tree`` print them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from trustkit.app.rows import time_text
from trustkit.x509 import oids
from trustkit.x509.describe import describe_extensions
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.general_name import IP_ADDRESS

if TYPE_CHECKING:
    from trustkit.store.authorities import AuthorityRow
    from trustkit.store.certificates import CertificateRow
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDetail:
    """A certificate of the register, what it says and what became of it."""

    row: CertificateRow
    certificate: Certificate

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row, certificate = self.row, self.certificate
        return {
            "serial": row.serial,
            "profile": row.profile,
            "ca": row.issuer,
            "authority": row.authority,
            "role": row.role,
            "subject": row.subject,
            "alternative_names": list(self._names()),
            "issuer": certificate.issuer,
            "state": row.standing,
            "issued_at": time_text(row.issued_at),
            "not_before": time_text(certificate.not_before),
            "not_after": time_text(certificate.not_after),
            "revoked_at": time_text(row.revoked_at) or None,
            "reason": row.reason,
            "key_kind": certificate.public_key.kind.value,
            "key_usage": sorted(certificate.key_usage or ()),
            "extended_key_usage": list(certificate.extended_key_usage or ()),
            "fingerprint_sm3": certificate.fingerprint_sm3,
            "extensions": [asdict(view) for view in describe_extensions(certificate)],
        }

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return (name, value) for a person; what is empty is left out."""
        shown = []
        found = self.to_json()
        del found["extensions"]
        for name, value in found.items():
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
            if text:
                shown.append((name.replace("_", " "), text))
        for view in describe_extensions(self.certificate):
            name = view.name if view.name == view.name_zh else f"{view.name} ({view.name_zh})"
            shown.append(("extension", f"{name}{', critical' if view.critical else ''}: {view.value}"))
        return tuple(shown)

    def _names(self) -> tuple[str, ...]:
        extension = self.certificate.extensions.get(oids.SUBJECT_ALT_NAME)
        names = () if extension is None else read_alternative_names(extension.value)
        return tuple(str(ip_address(name.value)) if name.form == IP_ADDRESS else name.text for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityLine:
    """An authority in the tree: `depth` 0 for a root, `current` the row of its certificate, None while it has none."""

    row: AuthorityRow
    depth: int
    current: CertificateRow | None

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        current = self.current
        return {
            "name": self.row.name,
            "parent": self.row.parent,
            "profile": self.row.profile,
            "key_kind": self.row.key_kind,
            "serial": current.serial if current else None,
            "subject": current.subject if current else None,
            "state": current.standing if current else "without certificate",
            "not_after": (time_text(current.not_after) or None) if current else None,
        }

    def row_text(self) -> tuple[str, ...]:
        """Return the row of ``ca tree``."""
        current = self.current
        name = "  " * self.depth + self.row.name
        if current is None:
            return (name, "without certificate", self.row.key_kind, "", "")
        return (name, current.subject, self.row.key_kind, current.serial, time_text(current.not_after))
