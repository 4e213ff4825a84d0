"""Build the wheels and try them as a stranger would: in clean environments, away from the source.

    .venv/bin/python -m tools.wheel

A wheel can lose a package or a data file and every test in the source tree still passes. So the wheel goes into a new
environment with the locked run-time packages and the fonts, and from an empty folder the installed program is asked for
help, makes an authority, verifies its root certificate, and shows that each package name is ours. The Python client goes into another
environment, with what it asks for alone, and asks the installed service by the five lines of its README.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.programs import StepError, run

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[1]
CLIENT: Final = ROOT / "clients" / "python"
# All that a platform gets with the client; what makes the environment itself left out.
CLIENT_PACKAGES: Final = frozenset(
    {"anyio", "certifi", "h11", "httpcore", "httpx", "idna", "sniffio", "trustkit-client", "typing-extensions"}
)
TOOLS: Final = frozenset({"pip", "setuptools", "wheel"})
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
START_SECONDS: Final = 60
README_CODE: Final = re.compile(r"^```python\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)


def build(folder: Path, source: Path = ROOT) -> Path:
    """Build a wheel into a folder, with the build tools of this environment; return its path."""
    build_command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    run([*build_command, "--no-build-isolation", "--wheel-dir", str(folder), str(source)])
    (wheel,) = folder.glob("trustkit-*.whl" if source == ROOT else "trustkit_client-*.whl")
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


def install_client(wheel: Path, environment: Path) -> Path:
    """Install the client into a new environment with nothing but what it asks for, in the locked versions; return the folder of its programs.

    Raise StepError when more comes along than is promised.
    """
    run([sys.executable, "-m", "venv", str(environment)])
    programs = environment / "bin"
    pins = re.findall(
        r"^[a-z0-9][^\s\\;]*==[^\s\\;]+", (ROOT / "requirements" / "run.txt").read_text("utf-8"), re.MULTILINE
    )
    constraints = environment / "constraints.txt"
    constraints.write_text("\n".join(pins), encoding="ascii")
    pip = [str(programs / "pip"), "--disable-pip-version-check"]
    run([*pip, "install", "--quiet", "--constraint", str(constraints), str(wheel)])
    found = {
        line.partition("==")[0].lower().replace("_", "-") for line in run([*pip, "list", "--format", "freeze"]).split()
    }
    if surplus := found - CLIENT_PACKAGES - TOOLS:
        raise StepError(f"the client brings along {', '.join(sorted(surplus))}")
    return programs


def client_journey(programs: Path, suite: Path, folder: Path) -> None:
    """Have the client verify a certificate at the installed service, by the first lines of its README."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    (root, *_) = sorted(path for path in (folder / "trust").rglob("*root*") if path.is_file())
    code = README_CODE.findall((CLIENT / "README.md").read_text("utf-8"))[0]
    for named, ours in (("https://verify.example.cn", f"http://127.0.0.1:{port}"), ("licence.pdf", str(root))):
        code = code.replace(named, ours)
    with _served([str(suite / "trustkit"), "serve", "--home", str(folder / "home"), "--port", port], folder, int(port)):
        said = _step([str(programs / "python"), "-I", "-c", code], folder).split()
    if said not in (["TOTAL-PASSED"], ["INDETERMINATE"]):
        raise StepError(f"the client said {said}")


@contextmanager
def _served(command: list[str], folder: Path, port: int) -> Iterator[None]:
    """Run a service until the block ends. Raise StepError when it does not come up."""
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise StepError("the installed service did not come up")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


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


def _step(command: list[str], folder: Path, allowed: tuple[int, ...] = (0,)) -> str:
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
    return done.stdout


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
            client = build(folder, CLIENT)
            print(f"wheel: {client.name}, {client.stat().st_size // 1024} kB", flush=True)
            client_journey(install_client(client, folder / "platform"), programs, empty)
    except StepError as error:
        print(f"wheel: {error}", file=sys.stderr)
        return 1
    print("wheel: installed in clean environments, suite and client work away from the source")
    return 0


if __name__ == "__main__":
    sys.exit(main())
