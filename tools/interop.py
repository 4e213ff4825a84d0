"""Bring in the other implementations that the interoperability tests talk to.

    .venv/bin/python -m tools.interop

BouncyCastle, qpdf, poppler, SoftHSM, certbot, curl, oathtool and Apache's mod_auth_openidc are Debian packages. When one is absent it is installed
if we are root; otherwise the line to run is printed. gmsm is a Go module: it is fetched where there is a Go new enough for it (Debian's is
not, and its tests are skipped then). ofdrw and Keycloak come from Maven Central,
openid-client, oidc-provider, @sd-jwt, @openid4vc and what makes the types of our own client in JavaScript from npm, pycose from the
Python index, into a folder of its own.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from tools import client_types
from tools.programs import StepError, absent, install, run

GMSM: Final = Path(__file__).resolve().parents[1] / "tests" / "interop" / "gmsm"
OFDRW: Final = GMSM.parent / "ofdrw"
OFDRW_JARS: Final = GMSM.parents[2] / "build" / "ofdrw"
PYCOSE: Final = ("pycose==1.1.0", "cbor2==5.7.1")  # it does not read with the cbor2 that we use
KEYCLOAK: Final = "org.keycloak:keycloak-quarkus-dist:26.5.4:zip"  # starts on Java 17, which Debian 12 has
KEYCLOAK_FOLDER: Final = OFDRW_JARS.parent / "keycloak"
PACKAGES: Final = (
    "openid_client",
    "oidc_provider",
    "sd_jwt",
    "openid4vc",
    "openid4vp",
)  # of npm: their lists are beside the tests, what is installed in build/
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
    except StepError as error:
        print(f"interop: {error}", file=sys.stderr)
        return 1
    peers = (
        ("openid-client, oidc-provider, @sd-jwt and @openid4vc", _from_npm),
        ("openapi-typescript", client_types.bring_tools),
        ("Keycloak", _keycloak),
        ("pycose", _pycose),
    )
    for what, bring in peers:
        try:
            bring()
        except (
            StepError,
            OSError,
        ) as error:  # where their registries are out of reach, the other peers are asked all the same
            print(f"interop: {what} cannot be had, and what asks them is skipped: {error}", file=sys.stderr)
    return 0


def _from_npm() -> None:
    for name in PACKAGES:
        place = OFDRW_JARS.parent / name.replace("_", "-")
        place.mkdir(parents=True, exist_ok=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(GMSM.parent / name / file, place / file)
        run(["npm", "ci", "--prefix", str(place), "--no-audit", "--no-fund", "--ignore-scripts"])


def _pycose() -> None:
    place = OFDRW_JARS.parent / "pycose"
    if not (place / "pycose").is_dir():
        run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(place), *PYCOSE])


def _keycloak() -> None:
    if not any(KEYCLOAK_FOLDER.glob("keycloak-*/bin/kc.sh")):
        places = (f"-DoutputDirectory={KEYCLOAK_FOLDER}", f"-DmarkersDirectory={KEYCLOAK_FOLDER / 'markers'}")
        KEYCLOAK_FOLDER.mkdir(parents=True, exist_ok=True)
        unpack = ("mvn", "--batch-mode", "--quiet", "dependency:unpack", f"-Dartifact={KEYCLOAK}", *places)
        run(["env", "-C", str(KEYCLOAK_FOLDER), *unpack])  # it leaves its own marks where it runs


if __name__ == "__main__":
    sys.exit(main())
