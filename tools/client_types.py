"""Make the types of the JavaScript client: of the OpenAPI a home serves, by openapi-typescript, and of its own source, by TypeScript.

    .venv/bin/python -m tools.client_types [--check]

Both come from npm, in the versions of clients/js/package-lock.json. With --check nothing is written, and what differs is named.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx

from tools.programs import StepError, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

ROOT: Final = Path(__file__).resolve().parents[1]
CLIENT: Final = ROOT / "clients" / "js"
TOOLS: Final = ROOT / "build" / "client-js"
OPENAPI: Final = Path("openapi.d.ts")
# What the client calls; types of the other doors would be weight for whoever installs it.
PATHS: Final = (
    "/v1/licence-types",
    "/v1/licence-types/{name}",
    "/v1/licences/{identifier}/status",
    "/v1/verify",
    "/v1/verify/batch",
    "/v1/verify/bundle",
)


def description() -> Mapping[str, object]:
    """Return the OpenAPI of the paths the client calls, as a home made for it serves them."""
    from trustkit.app.asgi import application  # noqa: PLC0415 - only with the environment set up
    from trustkit.app.initialise import InitialiseRequest, initialise_home  # noqa: PLC0415 - as above
    from trustkit.app.wiring import open_authority  # noqa: PLC0415 - as above
    from trustkit.clock import SystemClock  # noqa: PLC0415 - as above
    from trustkit.custody.passphrase import Passphrase  # noqa: PLC0415 - as above
    from trustkit.custody.pkcs8 import MIN_ITERATIONS  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory(prefix="trustkit-openapi-") as name:
        home = Path(name) / "home"
        request = InitialiseRequest(
            name="示例市市场监督管理局",
            uscc="1199010000TRYQK01Q",
            base_url="http://127.0.0.1:8440",
            port=8440,
            keys="sm2",
            iterations=MIN_ITERATIONS,
        )
        initialise_home(home, request, lambda: Passphrase(b"correct horse battery staple"), SystemClock())
        with open_authority(home) as authority:
            served = asyncio.run(_served(application(authority)))
    paths = served["paths"]
    return {**served, "paths": {path: paths[path] for path in PATHS}}


async def _served(app: ASGIApp) -> dict[str, Any]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://trustkit.test") as client:
        found: dict[str, Any] = (await client.get("/openapi.json")).raise_for_status().json()
        return found


def bring_tools() -> None:
    """Install what the client's package-lock.json names, beside the checkout's other build output. Raise StepError."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(CLIENT / file, TOOLS / file)
    run(["npm", "ci", "--prefix", str(TOOLS), "--no-audit", "--no-fund", "--ignore-scripts"])


def make(folder: Path) -> None:
    """Write the types into a folder that holds a copy of the client's source. Raise StepError."""
    described = folder / "openapi.json"
    described.write_text(json.dumps(description(), sort_keys=True), encoding="utf-8")
    programs = TOOLS / "node_modules" / ".bin"
    run([str(programs / "openapi-typescript"), str(described), "--output", str(folder / "src" / OPENAPI)])
    run([str(programs / "tsc"), "--project", str(folder)])
    shutil.copy(folder / "src" / OPENAPI, folder / "types" / OPENAPI)


def made() -> Mapping[Path, bytes]:
    """Return the types by their paths within the client. Raise StepError."""
    with tempfile.TemporaryDirectory(prefix="trustkit-types-") as name:
        folder = Path(name)
        shutil.copytree(CLIENT / "src", folder / "src")
        shutil.copy(CLIENT / "tsconfig.json", folder)
        shutil.copy(CLIENT / "package.json", folder)
        make(folder)
        files = [folder / "src" / OPENAPI, *sorted((folder / "types").glob("*.d.ts"))]
        return {path.relative_to(folder): path.read_bytes() for path in files}


def main(arguments: list[str]) -> int:
    """Write or compare; return the exit status."""
    try:
        bring_tools()
        found = made()
    except StepError as error:
        print(f"client-types: {error}", file=sys.stderr)
        return 1
    kept = {path.relative_to(CLIENT): path.read_bytes() for path in sorted((CLIENT / "types").glob("*.d.ts"))}
    kept |= {path: (CLIENT / path).read_bytes() for path in found if path not in kept and (CLIENT / path).exists()}
    if "--check" in arguments:
        stale = sorted(str(path) for path in {*found, *kept} if found.get(path) != kept.get(path))
        for name in stale:
            print(f"client-types: {name} is not as the source has it: make client-types", file=sys.stderr)
        return min(len(stale), 1)
    for path in {*kept} - {*found}:
        (CLIENT / path).unlink()
    for path, octets in found.items():
        (CLIENT / path).parent.mkdir(exist_ok=True)
        (CLIENT / path).write_bytes(octets)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
