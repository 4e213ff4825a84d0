"""Build the wheel and try it as a stranger would: in a clean environment, away from the source.

    .venv/bin/python -m tools.wheel

A wheel can lose a package or a data file and every test in the source tree still passes. So the wheel goes into a new
environment with the locked run-time packages and the fonts, and from an empty folder the installed program is asked for
help, makes an authority, verifies its root certificate, and shows that each package name is ours.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tools.programs import StepError, run

ROOT: Final = Path(__file__).resolve().parents[1]
FONTS: Final = Path("share", "trustkit", "fonts")  # below an environment, as esign.rendering.fonts looks for them
NAMES: Final = """
import importlib.metadata, importlib.util, sys
owners = importlib.metadata.packages_distributions()
for name in ("trustkit", "ca", "esign", "idp", "verifier"):
    assert set(owners[name]) == {"trustkit"}, (name, owners[name])
    assert importlib.util.find_spec(name).origin.startswith(sys.prefix), name
"""
INITIALISE: Final = ("--name", "示例市市场监督管理局", "--uscc", "1199010000TRYQK01Q")
JOURNEY_SECONDS: Final = 120


def build(folder: Path) -> Path:
    """Build the wheel into a folder, with the build tools of this environment; return its path."""
    build_command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    run([*build_command, "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)])
    (wheel,) = folder.glob("trustkit-*.whl")
    return wheel


def install(wheel: Path, environment: Path) -> Path:
    """Install the wheel with the locked packages into a new environment; return the folder of its programs."""
    run([sys.executable, "-m", "venv", str(environment)])
    programs = environment / "bin"
    pip = [str(programs / "pip"), "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    run([*pip, "--require-hashes", "--requirement", str(ROOT / "requirements" / "run.txt")])
    run([*pip, str(wheel)])
    run([str(programs / "pip"), "check"])
    if Path(sys.prefix, FONTS).is_dir():  # else Debian's fonts are what the set-up brought
        shutil.copytree(Path(sys.prefix, FONTS), environment / FONTS)
    return programs


def journey(programs: Path, folder: Path) -> None:
    """Walk a short way with the installed program, in a folder that holds nothing of the source."""
    secret = folder / "passphrase"
    secret.touch(mode=0o600)
    secret.write_text("correct horse battery staple\n", encoding="ascii")
    home = ("--home", str(folder / "home"))
    program = str(programs / "trustkit")
    _step([str(programs / "python"), "-I", "-c", NAMES], folder)
    _step([program, "--help"], folder)
    _step([program, "init", *INITIALISE, *home, "--passphrase-file", str(secret)], folder)
    _step([program, "ca", "export", str(folder / "trust"), *home], folder)
    roots = sorted(str(path) for path in (folder / "trust").rglob("*root*") if path.is_file())
    _step([program, "verify", *roots[:1], "--offline", *home], folder, allowed=(0, 2))
    _step([program, "doctor", *home], folder)


def _step(command: list[str], folder: Path, allowed: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=JOURNEY_SECONDS,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode not in allowed:
        words = " ".join(Path(word).name for word in command[:3])
        raise StepError(f"{words} ended with status {done.returncode}\n{done.stdout}{done.stderr}")


def main() -> int:
    """Build, install, walk; return the exit status."""
    try:
        with tempfile.TemporaryDirectory(prefix="trustkit-wheel-") as name:
            folder = Path(name)
            wheel = build(folder)
            print(f"wheel: {wheel.name}, {wheel.stat().st_size // 1024} kB", flush=True)
            programs = install(wheel, folder / "environment")
            empty = folder / "elsewhere"
            empty.mkdir()
            journey(programs, empty)
    except StepError as error:
        print(f"wheel: {error}", file=sys.stderr)
        return 1
    print("wheel: installed in a clean environment, it works away from the source")
    return 0


if __name__ == "__main__":
    sys.exit(main())
