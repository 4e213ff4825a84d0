"""The page of connectors has every key there is, with its preset, and its examples are settings."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from trustkit.app.idp_connector_settings import (
    CertificateSettings,
    ConnectorSettings,
    ExchangeSettings,
    NationalSettings,
    OpenIdSettings,
    RemoteSettings,
    parse_connectors,
)

PAGE = (Path(__file__).parents[3] / "docs" / "connectors.md").read_text("utf-8")
ROW = re.compile(r"^\| (`[^|]+`) \| ([^|]*) \|", re.MULTILINE)
EXAMPLE = re.compile(r"```toml\n(.*?)```", re.DOTALL)


def told() -> dict[str, str]:
    found: dict[str, str] = {}
    for names, presets in ROW.findall(PAGE):
        keys = re.findall(r"`(\w+)`", names)
        values = re.findall(r"`([^`]*)`", presets) or [""] * len(keys)
        found |= dict(zip(keys, values, strict=False))
    return found


@pytest.mark.parametrize(
    "kind",
    [ConnectorSettings, RemoteSettings, OpenIdSettings, ExchangeSettings, NationalSettings, CertificateSettings],
)
def test_every_key_is_told(kind: type[ConnectorSettings]) -> None:
    page = told()
    shared = {"ladder"}  # whose preset is another with each kind
    for each in fields(kind):
        assert f"`{each.name}`" in PAGE, each.name
        if each.name in page and each.name not in shared and each.default is not MISSING:
            value = list(each.default) if isinstance(each.default, tuple) else each.default
            assert page[each.name] in {json.dumps(value), ""}, each.name


def test_no_key_is_made_up() -> None:
    kinds = (OpenIdSettings, ExchangeSettings, NationalSettings, CertificateSettings)
    known = {each.name for kind in kinds for each in fields(kind)}
    assert set(told()) <= known


@pytest.mark.parametrize("text", EXAMPLE.findall(PAGE))
def test_an_example_is_a_setting(text: str) -> None:
    assert len(parse_connectors(tomllib.loads(text)["idp"]["connector"])) == 1
