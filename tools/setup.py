"""Make the checkout ready: virtual environment, locked packages, the project itself, fonts, system library.

    python3 -m tools.setup

Needs Python 3.11 or newer and nothing else. Whatever is already as it should be is left alone, so a second run only
compares digests. The stamp that says "done" is written last and taken away first: an interrupted run is simply run
again. Two runs at once wait for each other.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import fcntl
import hashlib
import importlib.util
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.programs import StepError, install, may_install, run

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[1]
ENVIRONMENT: Final = ROOT / ".venv"
PYTHON: Final = ENVIRONMENT / "bin" / "python"
STAMP: Final = ENVIRONMENT / "trustkit-setup.sha256"
REQUIREMENTS: Final = ROOT / "requirements" / "dev.txt"
FONTS: Final = ROOT / "tools" / "fonts.py"
CLIENT: Final = ROOT / "clients" / "python"
# What decides how the environment looks; a change in any of them sets it up anew.
INPUTS: Final = (
    REQUIREMENTS,
    ROOT / "pyproject.toml",
    CLIENT / "pyproject.toml",
    Path(__file__),
    *sorted(FONTS.parent.glob("*fonts.py")),
)
ROOMS: Final = ("trustkit", "ca", "esign", "idp", "verifier")
NOT_RUN: Final = ("pip", "setuptools", "mypy", "hypothesis", "playwright", "_pytest", "importlinter")  # by a service
LIBRARY: Final = "import sysconfig; print(sysconfig.get_path('purelib'))"  # told by the environment's own Python
OLDEST: Final = (3, 11)
OPENSSL_3: Final = 0x30000000
LIBCRYPTO_PACKAGES: Final = ("libssl3", "libssl3t64")  # Debian 12; Debian 13 and Ubuntu 24.04


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(f"setup: {line}", flush=True)


def in_ci() -> bool:
    """Tell whether a continuous integration service runs us; then programs speak for themselves."""
    return bool(os.environ.get("CI", ""))  # noqa: TID251 - runs before trustkit.app.settings can be imported


def wanted_stamp() -> str:
    """Return the digest over the interpreter, the place of the checkout and every input."""
    total = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for path in INPUTS:
        total.update(hashlib.sha256(path.read_bytes() if path.exists() else b"").digest())
    return total.hexdigest()


def is_ready() -> bool:
    """Tell whether an earlier run finished with the same inputs."""
    try:
        return STAMP.read_text(encoding="ascii") == wanted_stamp() and PYTHON.exists()
    except OSError:
        return False


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other run works in this checkout."""
    folder = os.open(REQUIREMENTS.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def require_venv_module() -> None:
    """Install Debian's part of Python that makes environments, when it is missing; raise StepError when we may not."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    say(f"installing {package}, which this Python lacks")
    try:
        install([package])
    except StepError as error:
        raise StepError(f"this Python cannot make virtual environments.\n    {error}") from error


def make_environment() -> None:
    """Create the virtual environment, anew when what is there does not work or has another Python."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    try:
        found = run([str(PYTHON), "-m", "pip", "--version"], seconds=60)
    except StepError:
        found = ""
    if f"(python {version})" in found:
        return
    require_venv_module()
    say(f"virtual environment .venv with Python {version}")
    run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])


def install_packages() -> None:
    """Install exactly the locked packages, each by its digest, then the project itself so that edits take effect."""
    loud = in_ci()
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    pip_install = [*pip, "install", "--no-deps", "--no-compile", *(["--progress-bar", "off"] if loud else ["--quiet"])]
    say("packages of requirements/dev.txt (a few minutes the first time)")
    run([*pip_install, "--require-hashes", "--requirement", str(REQUIREMENTS)], loud=loud)
    say("trustkit itself and its client, editable")
    run([*pip_install, "--no-build-isolation", "--editable", str(ROOT), "--editable", str(CLIENT)], loud=loud)
    run([*pip, "check"], seconds=120)


def compile_bytecode() -> None:
    """Compile the rooms and the packages they stand on, as an installation does: else each start of a service compiles all it loads.

    Python keeps what it compiled by itself, except where the surroundings forbid it (PYTHONDONTWRITEBYTECODE): there this is all there is.
    """
    library = run([str(PYTHON), "-c", LIBRARY], seconds=60).strip()
    aside = "|".join(NOT_RUN)
    # templates and test data among the packages are not all Python of today: what cannot be compiled is no failure
    call = "import compileall, re, sys; [compileall.compile_dir(each, quiet=2, workers=0, rx=re.compile(sys.argv[1])) for each in sys.argv[2:]]"
    places = (library, *(str(ROOT / room) for room in ROOMS))
    run([str(PYTHON), "-c", call, rf"/({aside})/", *filter(None, places)])


def bring_fonts() -> None:
    """Bring the Chinese fonts into the environment; raise StepError when none can be had."""
    if FONTS.exists():
        say("Chinese fonts")
        run([str(PYTHON), str(FONTS), "--prefix", str(ENVIRONMENT)], loud=in_ci())


def libcrypto_version() -> str:
    """Return the system OpenSSL's version text, empty when there is none of version 3 or newer."""
    name = ctypes.util.find_library("crypto")
    if name is None:
        return ""
    try:
        library = ctypes.CDLL(name)
        number = library.OpenSSL_version_num
        number.restype = ctypes.c_ulong
        text = library.OpenSSL_version
        text.restype = ctypes.c_char_p
    except (OSError, AttributeError):
        return ""
    return str(text(0).decode("ascii", "replace")) if number() >= OPENSSL_3 else ""


def require_libcrypto() -> None:
    """See that the system OpenSSL is there, the SM2 engine that every machine can have; install it when we may.

    Its absence is told and is no failure: the engine of the package ipp-crypto does not need it.
    """
    if libcrypto_version():
        return
    if may_install():
        for package in LIBCRYPTO_PACKAGES:
            try:
                say(f"installing {package} (OpenSSL 3)")
                install([package])
            except StepError:
                continue
            break
    if not libcrypto_version():
        say("note: no OpenSSL 3 library found; install libssl3 to have the portable SM2 engine too")


def set_up() -> None:
    """Do every step, then write the stamp."""
    STAMP.unlink(missing_ok=True)
    make_environment()
    install_packages()
    say("bytecode")
    compile_bytecode()
    bring_fonts()
    require_libcrypto()
    partial = STAMP.with_suffix(".partial")
    partial.write_text(wanted_stamp(), encoding="ascii")
    partial.replace(STAMP)
    say("ready")


def main() -> int:
    """Set up what is not ready; return the exit status."""
    if sys.version_info[:2] < OLDEST:
        print(f"setup: Python 3.11 or newer is needed; this is {sys.version.split()[0]}", file=sys.stderr)
        return 1
    if is_ready():
        return 0
    try:
        with alone():
            if not is_ready():
                set_up()
    except (StepError, OSError) as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
