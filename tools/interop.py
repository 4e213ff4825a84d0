"""Bring in the other implementations that the interoperability tests talk to.

    .venv/bin/python -m tools.interop

BouncyCastle, qpdf, poppler, SoftHSM, certbot, curl, oathtool and Apache's mod_auth_openidc are Debian packages. When one is absent it is installed
if we are root; otherwise the line to run is printed. gmsm is a Go module: it is fetched where there is a Go new enough for it (Debian's is
not, and its tests are skipped then). ofdrw comes from Maven Central, openid-client from npm.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from tools.programs import StepError, absent, install, run

GMSM: Final = Path(__file__).resolve().parents[1] / "tests" / "interop" / "gmsm"
OFDRW: Final = GMSM.parent / "ofdrw"
OFDRW_JARS: Final = GMSM.parents[2] / "build" / "ofdrw"
OPENID_CLIENT: Final = OFDRW_JARS.parent / "openid-client"
LIBRARIES: Final = (
    "libbcprov-java",
    "libbcpkix-java",
    "libbcutil-java",
    "qpdf",
    "poppler-utils",
    "softhsm2",
    "apache2",
    "libapache2-mod-auth-openidc",
)
# Any program of the name serves: the tests compile a small Java program, and a small device of GM/T 0018 in C.
COMPILERS: Final = {
    "javac": "default-jdk-headless",
    "cc": "gcc",
    "mvn": "maven",
    "certbot": "certbot",
    "curl": "curl",
    "oathtool": "oathtool",
    "npm": "npm",
}


def main() -> int:
    """Install what is absent; return the exit status."""
    wanted = absent(LIBRARIES) + tuple(package for name, package in COMPILERS.items() if not shutil.which(name))
    try:
        if wanted:
            print(f"interop: installing {' '.join(wanted)}", flush=True)
            install(wanted)
        if shutil.which("go"):
            # An older Go would fetch a newer one of itself: GOTOOLCHAIN says no, and the tests say why they are skipped.
            run(["env", "-C", str(GMSM), "GOTOOLCHAIN=local", "sh", "-c", "go mod download || true"])
        copy = ("dependency:copy-dependencies", f"-DoutputDirectory={OFDRW_JARS}")
        run(["mvn", "--batch-mode", "--quiet", "--file", str(OFDRW / "pom.xml"), *copy])
        OPENID_CLIENT.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(GMSM.parent / "openid_client" / name, OPENID_CLIENT / name)
        run(["npm", "ci", "--prefix", str(OPENID_CLIENT), "--no-audit", "--no-fund", "--ignore-scripts"])
    except StepError as error:
        print(f"interop: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
