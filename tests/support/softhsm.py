"""Tokens of SoftHSM 2 for tests: real PKCS#11, in a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, OFFICER_PIN = b"482913", b"77120456"


def make_tokens(folder: Path, *labels: str) -> Path:
    """Make tokens with these labels and return the configuration file for SOFTHSM2_CONF; skip where SoftHSM is absent."""
    if shutil.which("softhsm2-util") is None or not LIBRARY.exists():
        pytest.skip("SoftHSM 2 is not installed (make interop installs it)")
    tokens = folder / "tokens"
    tokens.mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    for label in labels:
        command = ["softhsm2-util", "--init-token", "--free", "--label", label]
        command += ["--pin", PIN.decode(), "--so-pin", OFFICER_PIN.decode()]
        environment = {"SOFTHSM2_CONF": str(configuration), "PATH": "/usr/bin:/bin"}
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == 0, ran.stderr
    return configuration
