"""What a registry told of seals, written down and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.seal.standing import MAX_CHANGES, SealAct, SealChange, SealHistory, Standing
from trustkit.clock import format_rfc3339
from verifier.record.members import Members, malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue

_WORD: Final = 64


def seals_to_json(seals: Mapping[str, SealHistory | None]) -> dict[str, JsonValue]:
    """Return what was told by the digest of what each seal's maker signed; null where the register was not believed."""
    return {key: None if history is None else _history(history) for key, history in seals.items()}


def read_seals(members: Members) -> dict[str, SealHistory | None]:
    """Return what `seals_to_json` wrote. Raise RECORD_MALFORMED."""
    found: dict[str, SealHistory | None] = {}
    for key in members.names():
        entry = members.optional(key)
        found[key] = None if entry is None else _read_history(entry)
    return found


def _history(history: SealHistory) -> dict[str, JsonValue]:
    return {
        "number": history.number,
        "made_at": format_rfc3339(history.made_at),
        "valid_until": format_rfc3339(history.valid_until),
        "document_sm3": history.document_sm3,
        "changes": [
            {
                "act": each.act.value,
                "standing": each.standing.value,
                "reason": each.reason,
                "since": format_rfc3339(each.since),
                "recorded_at": format_rfc3339(each.recorded_at),
            }
            for each in history.changes
        ],
    }


def _read_history(members: Members) -> SealHistory:
    found = SealHistory(
        number=members.text("number", _WORD),
        made_at=members.moment("made_at"),
        valid_until=members.moment("valid_until"),
        document_sm3=members.text("document_sm3", _WORD),
        changes=tuple(_read_change(each) for each in members.listed("changes", MAX_CHANGES)),
    )
    members.close()
    return found


def _read_change(value: JsonValue) -> SealChange:
    members = Members(value, "change")
    try:
        act, standing = SealAct(members.text("act", _WORD)), Standing(members.text("standing", _WORD))
    except ValueError as error:
        raise malformed("change", "no act or standing of a seal") from error
    found = SealChange(
        act=act,
        standing=standing,
        reason=members.text("reason", _WORD),
        since=members.moment("since"),
        recorded_at=members.moment("recorded_at"),
    )
    members.close()
    return found
