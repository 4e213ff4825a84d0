"""The type of a certificate profile: one kind of certificate this authority issues. `ca.profile` reads it from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.crypto.public_key import KeyKind

if TYPE_CHECKING:
    from ca.subject_form import SubjectAttribute

ALTERNATIVE_NAME_KINDS: Final = ("dns", "ip", "email", "uri", "directory", "registered-id", "other")
CONSTRAINT_KINDS: Final = ("dns", "ip", "email", "uri")
CONSTRAINT_KEYS: Final = tuple(f"{sense}_{kind}" for sense in ("permitted", "excluded") for kind in CONSTRAINT_KINDS)
ALL_KEY_KINDS: Final = tuple(kind.value for kind in KeyKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateProfile:
    """One kind of certificate.

    Attributes: `days` its longest lifetime; `key_kinds` the kinds of keys it is issued for; `alternative_names` the kinds of
    subject alternative names it may have (`ALTERNATIVE_NAME_KINDS`); `policies` dotted OIDs of its certificatePolicies;
    `extensions` dotted OIDs of further extensions an order may bring; `name_constraints` (key of `CONSTRAINT_KEYS`, values)
    of a CA; `publish_links` whether links to CRL, OCSP and issuer are written; `no_check` whether ocsp-nocheck is (RFC 6960
    4.2.2.2.1); `subject` its subject form, None when any subject goes.
    """

    name: str
    title_en: str
    title_zh: str
    days: int
    ca: bool
    path_length: int | None
    key_usage: frozenset[str]
    extended_key_usage: tuple[str, ...]
    publish_links: bool
    key_kinds: frozenset[str] = frozenset(ALL_KEY_KINDS)
    alternative_names: frozenset[str] = frozenset()
    alternative_names_required: bool = False
    policies: tuple[str, ...] = ()
    extensions: frozenset[str] = frozenset()
    name_constraints: tuple[tuple[str, tuple[str, ...]], ...] = ()
    no_check: bool = False
    subject: tuple[SubjectAttribute, ...] | None = None
