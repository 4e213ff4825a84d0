"""Bring the Chinese fonts that licences and seals are drawn with.

    python tools/fonts.py --prefix .venv

Order: the fonts already in ``PREFIX/share/trustkit/fonts``; the PyPI wheel `mplfonts`, hash pinned, from which only the
two files named below are taken; Debian's fonts-noto-cjk, when it is installed or when this runs as root. Else it says
what to do and ends with status 1. Then tools/page_fonts.py makes the page fonts of them. Run again all of this only
compares digests.

Both fonts are under the SIL Open Font License 1.1; its text is written beside them. Of the wheel's other files none is
taken: one of its fonts (SimHei) is not free. Runs on the standard library alone, before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WHEEL: Final = "mplfonts==0.0.11"
WHEEL_SHA256: Final = "b5e05ba7fd9a59cae48d1db41f657f50e6765e6f04b8d78504438b93a66b6e13"
DEBIAN_PACKAGE: Final = "fonts-noto-cjk"
DEBIAN_FONT: Final = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
DOWNLOAD_SECONDS: Final = 600  # 85 MB over a slow line
INSTALL_SECONDS: Final = 900  # apt-get may first have to wait for another run of itself
LICENCE_TEXT: Final = Path(__file__).with_name("OFL-1.1.txt")
NOTICE: Final = "OFL.txt"
PAGE_FONTS: Final = Path(__file__).with_name("page_fonts.py")
MAKING_SECONDS: Final = 300  # twenty on a quiet machine
REMEDY: Final = (
    "No font could be brought in. Do one of these, then run it again:\n"
    f"  - let pip reach a package index (pip download {WHEEL});\n"
    f"  - as root: apt-get install {DEBIAN_PACKAGE};\n"
    "  - copy NotoSerifCJKsc-Regular.otf and NotoSansCJKsc-Regular.otf into {folder}."
)


@dataclass(frozen=True)
class Font:
    """A font file of the wheel, with the notice its licence asks to be kept."""

    file: str
    sha256: str
    notice: str


FONTS: Final = (
    Font(
        "NotoSerifCJKsc-Regular.otf",
        "efa5e49879a789c1ecad8f07e1813c7f9aa6c4b951fdbb5791d85d67345632d7",
        "Noto Serif CJK SC, version 1.001. Copyright © 2017 Adobe Systems Incorporated (http://www.adobe.com/).",
    ),
    Font(
        "NotoSansCJKsc-Regular.otf",
        "1652500938055a232cfbfa321de6ebaadfc5635dd9f75e369bc991d14a6512dd",
        "Noto Sans CJK SC, version 1.004. Copyright © 2014, 2015 Adobe Systems Incorporated (http://www.adobe.com/).",
    ),
)


class FontsError(Exception):
    """One way of getting the fonts did not work; the next is tried."""


def present(folder: Path) -> bool:
    """Tell whether both fonts are there, are the very files that were pinned, and have their licence beside them."""
    return (folder / NOTICE).is_file() and all(
        (folder / font.file).is_file() and digest(folder / font.file) == font.sha256 for font in FONTS
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def from_package_index(folder: Path) -> None:
    """Download the wheel and take the two fonts; raise `FontsError` when that does not work."""
    with tempfile.TemporaryDirectory(prefix="trustkit-fonts-") as scratch:
        requirements = Path(scratch, "requirements.txt")
        requirements.write_text(f"{WHEEL} --hash=sha256:{WHEEL_SHA256}\n", encoding="ascii")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary", ":all:", "--require-hashes", "--requirement", str(requirements), "--dest", scratch]
        run(command, DOWNLOAD_SECONDS)
        wheels = list(Path(scratch).glob("*.whl"))
        if len(wheels) != 1 or digest(wheels[0]) != WHEEL_SHA256:
            raise FontsError("pip did not deliver the pinned wheel")
        with zipfile.ZipFile(wheels[0]) as wheel:
            for font in FONTS:
                take(wheel, font, folder)


def take(wheel: zipfile.ZipFile, font: Font, folder: Path) -> None:
    """Copy one font out of the wheel; it appears under its name only when it is whole and right."""
    partial = folder / f".{font.file}.partial"
    try:
        with wheel.open(f"mplfonts/fonts/{font.file}") as source, partial.open("wb") as target:
            shutil.copyfileobj(source, target)
    except (KeyError, zipfile.BadZipFile) as error:
        partial.unlink(missing_ok=True)
        raise FontsError(f"the wheel does not hold {font.file}") from error
    if digest(partial) != font.sha256:
        partial.unlink()
        raise FontsError(f"{font.file} is not the pinned file")
    partial.chmod(0o644)
    partial.replace(folder / font.file)


def write_notice(folder: Path) -> None:
    """Write the licence of the fonts beside them (OFL 1.1, condition 2)."""
    notices = "\n".join(f"{font.file}: {font.notice}" for font in FONTS)
    text = f"{notices}\n\nBoth are used unmodified, under the licence below.\n\n{LICENCE_TEXT.read_text('utf-8')}"
    (folder / NOTICE).write_text(text, encoding="utf-8")


def from_debian() -> None:
    """Use the Debian package, installing it when allowed; raise `FontsError` when that does not work."""
    if DEBIAN_FONT.is_file():
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise FontsError(f"{DEBIAN_PACKAGE} is not installed, and only root may install it with apt-get")
    run([apt, "update", "-qq"], INSTALL_SECONDS)
    run([apt, "install", "-qq", "-y", "--no-install-recommends", DEBIAN_PACKAGE], INSTALL_SECONDS)
    if not DEBIAN_FONT.is_file():
        raise FontsError(f"{DEBIAN_PACKAGE} was installed, but {DEBIAN_FONT} is not there")


def run(command: list[str], seconds: int) -> None:
    """Run a program quietly; raise `FontsError` with its last line when it fails."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FontsError(f"{Path(command[0]).name} did not run: {type(error).__name__}") from error
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["no message"]
        raise FontsError(f"{Path(command[0]).name} failed: {words[-1]}")


def make_page_fonts(folder: Path) -> None:
    """Make the page fonts where the project's packages are installed; pages are drawn without them too, only slower."""
    if importlib.util.find_spec("fontTools") is None or importlib.util.find_spec("esign") is None:
        return
    try:
        run([sys.executable, str(PAGE_FONTS), "--folder", str(folder)], MAKING_SECONDS)
    except FontsError as error:
        print(f"fonts: page fonts: {error}", file=sys.stderr)


def bring(prefix: Path) -> int:
    """Bring the fonts into a prefix, and make the page fonts; return the exit status."""
    status = bring_whole(prefix)
    if status == 0:
        make_page_fonts(prefix / "share" / "trustkit" / "fonts")
    return status


def bring_whole(prefix: Path) -> int:
    """Bring the whole fonts into a prefix; return the exit status."""
    folder = prefix / "share" / "trustkit" / "fonts"
    if present(folder):
        print(f"fonts: present in {folder}")
        return 0
    try:
        print(f"fonts: fetching {WHEEL} (85 MB, once)", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        from_package_index(folder)
        write_notice(folder)
    except (FontsError, OSError) as error:
        print(f"fonts: package index: {error}", file=sys.stderr)
    else:
        print(f"fonts: {len(FONTS)} from {WHEEL} in {folder}")
        return 0
    try:
        from_debian()
    except FontsError as error:
        print(f"fonts: Debian: {error}", file=sys.stderr)
        print(REMEDY.format(folder=folder), file=sys.stderr)
        return 1
    print(f"fonts: {DEBIAN_FONT} of Debian's {DEBIAN_PACKAGE}")
    return 0


def main() -> int:
    """Read the command line and bring the fonts."""
    parser = argparse.ArgumentParser(description="Bring the Chinese fonts that licences and seals are drawn with.")
    parser.add_argument("--prefix", type=Path, default=Path(sys.prefix), help="the environment to put them in")
    return bring(parser.parse_args().prefix)


if __name__ == "__main__":
    sys.exit(main())
