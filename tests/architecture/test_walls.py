"""A fresh interpreter imports the verifying side and finds no private key's door open.

Import contracts read import statements; they do not see that importing a module runs its package's __init__. This does.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.source import PACKAGES, ROOT, modules

VERIFYING_FILES = frozenset({"model", "read", "verify"})
FRONT_DOORS = (
    "verifier.service",
    "trustkit.app.bulk_worker",
    "esign.ofd.encryption_write",
    "esign.ofd.integrity_verify",
    "trustkit.cms.bag",
    "trustkit.cms.encrypt",
    "trustkit.cms.message_read",
    "trustkit.cms.verify",
    "trustkit.timestamp.verify",
    "trustkit.cose.verify",
    "trustkit.jose.verify",
)
PRIVATE_DOORS = frozenset(
    {
        "esign.ofd.encryption_open",
        "esign.ofd.integrity_sign",
        "trustkit.cms.cosign",
        "trustkit.cms.open",
        "trustkit.cms.sign_encrypt",
    }
)
PROGRAM = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def _verifying_side() -> tuple[str, ...]:
    """Return every module that must not reach a private key: formats' reading halves, x509, crypto, the verifier."""
    names = (module.name for module in modules(ROOT, PACKAGES))
    return tuple(
        name
        for name in names
        if (name.startswith("esign.") and name.rpartition(".")[2] in VERIFYING_FILES)
        or name in FRONT_DOORS
        or name.startswith(("verifier.", "trustkit.x509.", "trustkit.crypto."))
    )


def _is_private(name: str) -> bool:
    ours = name.partition(".")[0] in PACKAGES
    return ours and (
        name in PRIVATE_DOORS
        or name.startswith("trustkit.custody")
        or name.partition(".")[0] == "ca"
        or name.endswith(".sign")
    )


def _loaded(names: tuple[str, ...]) -> frozenset[str]:
    command = [sys.executable, "-c", PROGRAM, *names]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    return frozenset(json.loads(done.stdout))


def test_importing_the_verifying_side_loads_no_private_module() -> None:
    assert sorted(filter(_is_private, _loaded(_verifying_side()))) == []


def test_the_front_doors_are_among_what_was_imported() -> None:
    assert set(FRONT_DOORS) <= set(_verifying_side())


@pytest.mark.parametrize("name", ["trustkit.custody.port", "ca.service", "esign.pdf.sign", "trustkit.cms.sign"])
def test_the_wall_knows_what_is_private(name: str) -> None:
    assert _is_private(name)


def test_the_wall_bites() -> None:
    assert any(map(_is_private, _loaded(("esign.pdf.sign",))))
