"""Targets: what unified identity reads of officers' files and clients' requests."""

from __future__ import annotations

from idp.levels.acr import parse_acr_values
from idp.levels.ladder import parse_ladder
from idp.levels.strength import parse_factor_rules
from tests.fuzz.coverage.target import Target, read_twice
from tests.fuzz.test_settings_files import GOOD
from trustkit.identity import level_of_acr


def _ladder(data: bytes) -> None:
    ladder = read_twice(lambda octets: parse_ladder("ladder", octets), data)
    for kind, axis in ladder.axes.items():
        levels = [rung.level for rung in axis.rungs]
        assert levels == sorted(levels), "a ladder that falls"
        assert all(ladder.rung(kind, word) is rung for rung in axis.rungs for word in rung.words)


def _factors(data: bytes) -> None:
    assert parse_factor_rules(data) == parse_factor_rules(data)


def _acr_values(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    demands = parse_acr_values(text)
    assert parse_acr_values(" ".join(each.name for each in demands)) == demands
    assert all(level_of_acr(each.name) in {None, each.level} for each in demands)


TARGETS = (
    Target(name="ladder", act=_ladder, seeds=lambda: (GOOD["ladder"],), binary=False),
    Target(name="factor-rules", act=_factors, seeds=lambda: (GOOD["factors"],), binary=False),
    Target(
        name="acr-values",
        act=_acr_values,
        seeds=lambda: (b"phrh urn:trustkit:ial:3:aal:2 urn:trustkit:aal:1",),
        binary=False,
    ),
)
