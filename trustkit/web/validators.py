"""Validators of conditional requests (RFC 9110 13)."""

from __future__ import annotations


def holds_already(if_none_match: str, tag: str) -> bool:
    """Say whether the caller holds what is published: a list of tags or ``*``, compared weakly (RFC 9110 13.1.2)."""
    held = (each.strip().removeprefix("W/") for each in if_none_match.split(","))
    return any(each in {tag, "*"} for each in held)
