"""Shared libraries that come inside wheels, found by the wheel's own list of files and loaded by absolute path.

They lie outside the loader's search path on purpose: nothing an environment variable names can take their place.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from trustkit.errors import ErrorCode, TrustError


def wheel_library(distribution: str, name: str) -> Path:
    """Return the absolute path of the shared library `name` of an installed distribution. Raise ENGINE_MISSING."""
    try:
        files = metadata.distribution(distribution).files or []
    except metadata.PackageNotFoundError as error:
        raise TrustError(ErrorCode.ENGINE_MISSING, f"the package {distribution} is not installed") from error
    for file in files:
        if file.name == name:
            path = Path(str(file.locate())).resolve()
            if path.is_file():
                return path
    raise TrustError(ErrorCode.ENGINE_MISSING, f"the package {distribution} has no {name}")


def wheel_version(distribution: str) -> str:
    """Return the version of an installed distribution. Raise ENGINE_MISSING."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError as error:
        raise TrustError(ErrorCode.ENGINE_MISSING, f"the package {distribution} is not installed") from error
