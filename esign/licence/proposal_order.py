"""What a proposal asks for, whole: what one person proposes, another approves, and is then done, are compared as this. Pure.

asked.digest(salt)                      # what both agree on; the salt keeps whoever has the digest alone from guessing the fields
parse_proposed_order(asked.octets)      # as it is kept
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from esign.licence.lifecycle_rules import ISSUE, ISSUE_MANY
from trustkit.clock import format_rfc3339, parse_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import TrustError
from trustkit.licence_codes import LicenceCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.encoding.canonical_json import JsonValue

MAX_ORDER: Final = 1024 * 1024
FORMAT: Final = 1
# What the order rests on, and says nothing of by itself: where only these differ, the world has moved on.
RESTS_ON: Final = {"changes": "licence", "seal_sm3": "seal", "signer_sm3": "signing-key", "type_sm3": "type"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedOrder:
    """An act with all that it says and rests on; empty is what the act does not have.

    Attributes:
        kind, type_code, type_sm3: the type by its folder's name and code, and the digest of that folder where a document is made.
        identifier, changes: the licence it is done to, and how many acts were done to that before.
        data: the fields, a JSON object as it was given.
        seal, seal_sm3, signer_sm3: the electronic seal as it was named, the digests of it and of the key that signs.
        rows, rows_sm3, batch: of a file how many licences it asks for, the digest of their keys, and the batch's name.
    """

    act: str
    type_code: str
    kind: str = ""
    type_sm3: str = ""
    identifier: str = ""
    changes: int = 0
    data: str = field(default="", repr=False)
    formats: tuple[str, ...] = ()
    seal: str = ""
    seal_sm3: str = ""
    signer_sm3: str = ""
    reason: str = ""
    basis: str = ""
    effective_at: datetime | None = None
    rows: int = 0
    rows_sm3: str = ""
    batch: str = ""

    @property
    def octets(self) -> bytes:
        """The order as it is kept, canonical JSON; read by `parse_proposed_order`."""
        told: dict[str, JsonValue] = {each.name: getattr(self, each.name) for each in fields(self)}
        begins = None if self.effective_at is None else format_rfc3339(self.effective_at)
        return canonical_json({**told, "format": FORMAT, "formats": list(self.formats), "effective_at": begins})

    def digest(self, salt: bytes) -> str:
        """Return the digest that maker and checker agree on, 64 hex digits."""
        return digest(DigestAlgorithm.SM3, salt + self.octets).hex()

    @property
    def makes_document(self) -> bool:
        """Whether a licence is issued by it."""
        return bool(self.type_sm3)

    def as_rows_of(self, file: ProposedOrder) -> ProposedOrder:
        """Return the order of a file that this order of one licence would be a row of."""
        if self.act != ISSUE:
            return self
        told = {"rows": file.rows, "rows_sm3": file.rows_sm3, "batch": file.batch}
        return replace(self, act=ISSUE_MANY, data="", **told)  # type: ignore[arg-type]  # each of its own type

    def require_same(self, proposed: ProposedOrder) -> None:
        """Return when this, about to be done, is what was proposed.

        Raises:
            TrustError: PROPOSAL_OVERTAKEN, naming what it rests on and has changed, when that is all; else PROPOSAL_OTHERWISE.
        """
        differ = [each.name for each in fields(self) if getattr(self, each.name) != getattr(proposed, each.name)]
        if not differ:
            return
        if set(differ) <= set(RESTS_ON):
            told = ", ".join(RESTS_ON[name] for name in differ)
            raise TrustError(LicenceCode.PROPOSAL_OVERTAKEN, f"changed since: {told}", what=RESTS_ON[differ[0]])
        raise TrustError(LicenceCode.PROPOSAL_OTHERWISE, f"differs in: {', '.join(differ)}", what=differ[0])


def parse_proposed_order(octets: bytes) -> ProposedOrder:
    """Return an order as it was kept. Raise PROPOSAL_OTHERWISE for octets that no order has."""
    try:
        tree = parse_json(octets, max_size=MAX_ORDER, max_depth=2)
        told = dict(tree) if isinstance(tree, dict) else {}
        begins, formats, version = told.pop("effective_at"), told.pop("formats"), told.pop("format")
        texts = formats if isinstance(formats, list) else []
        found = ProposedOrder(
            **told,  # type: ignore[arg-type]  # checked below, octet by octet
            formats=tuple(map(str, texts)),
            effective_at=None if begins is None else parse_rfc3339(str(begins)),
        )
        is_right = version == FORMAT and found.octets == octets and _well_typed(found)
    except (TrustError, LookupError, TypeError, ValueError) as error:
        raise _altered() from error
    if not is_right:
        raise _altered()
    return found


def rows_digest(keys: Iterable[str]) -> str:
    """Return the digest of the keys of a file's rows, whatever their order: 64 hex digits."""
    return digest(DigestAlgorithm.SM3, "\n".join(sorted(keys)).encode("ascii")).hex()


def _well_typed(order: ProposedOrder) -> bool:
    counts, apart = {"changes", "rows"}, {"formats", "effective_at"}
    return all(
        type(getattr(order, each.name)) is (int if each.name in counts else str)
        for each in fields(order)
        if each.name not in apart
    )


def _altered() -> TrustError:
    return TrustError(LicenceCode.PROPOSAL_OTHERWISE, "what is kept of the order is none")
