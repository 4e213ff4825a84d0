"""Write the SM2 edge-case vectors, or with --check compare them with what stands there.

.venv/bin/python -m tools.sm2_vectors [--check]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from tools.sm2_vectors import ciphertexts, signatures
from tools.sm2_vectors.cases import render
from tools.sm2_vectors.peers import DECRYPTION, VERIFICATION

FOLDER: Final = Path(__file__).resolve().parents[2] / "tests" / "vectors"


def files() -> dict[str, str]:
    """Return the text of each file by its name."""
    return {
        "sm2_verify_test.json": render("Edge cases of SM2 signatures", signatures.groups(), VERIFICATION),
        "sm2_decrypt_test.json": render(
            "Edge cases of SM2 ciphertexts and public keys", ciphertexts.groups(), DECRYPTION
        ),
    }


def main(*, check: bool) -> int:
    """Write or compare; return the exit status."""
    differing = []
    for name, text in files().items():
        path = FOLDER / name
        if check and path.read_text("utf-8") != text:
            differing.append(name)
        elif not check:
            path.write_text(text, "utf-8")
            print(f"sm2-vectors: {path.name}: {text.count('tcId')} vectors")
    for name in differing:
        print(f"sm2-vectors: {name} is not what the generator writes", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
