"""What an identity provider, a factor or a counter said of somebody: the grounds every assurance level stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique


@unique
class EvidenceKind(StrEnum):
    """What a piece of evidence is a ground for."""

    REAL_NAME = "real-name"  # who somebody is: it can raise identity assurance, never authentication
    LOGIN = "login"  # how he signed in: it can raise authentication assurance, never identity


@dataclass(frozen=True, slots=True, kw_only=True)
class AssuranceEvidence:
    """One claim of one source, as that source words it; `idp.levels` says by the source's ladder what it is worth.

    Attributes:
        source: the connector or factor by its name in the settings, such as ``guangdong`` or ``totp``.
        ladder: the ladder that knows the words, by its name in ``policies/assurance/``; empty where the source has none.
        level: the source's own word, such as ``L4``; a word its ladder does not know is worth nothing.
        at: when the source says it was established; `expires_at` when it stops to count, None for never.
    """

    kind: EvidenceKind
    source: str
    ladder: str
    level: str
    at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationClaim:
    """A source says that the person may act for an organisation; a claim becomes a mandate only by `idp.subject`."""

    uscc: str
    name: str = field(repr=False)
    role: str  # legal-representative (法定代表人), handler (经办人) or administrator (管理员)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokeredIdentity:
    """Who a connector says signed in.

    Attributes:
        provider: the connector's name in the settings; with `subject` it names the person.
        subject: the provider's own identifier, opaque. It is stored as a keyed digest only, and never logged.
        methods: how the provider says he signed in (`amr`, RFC 8176), sorted; empty when it does not say.
        authenticated_at: when the provider says he signed in; None when it does not say, which is never fresh.
        display_name: for the person's own pages, not stored.
        session: the provider's name of his session there (`sid`), by which it tells that it ended; empty where it gives none.
    """

    provider: str
    subject: str = field(repr=False)
    evidence: tuple[AssuranceEvidence, ...]
    authenticated_at: datetime | None
    methods: tuple[str, ...] = ()
    organisations: tuple[OrganisationClaim, ...] = ()
    display_name: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
