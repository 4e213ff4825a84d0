"""Keys of the PyPI package cryptography-vectors: ML-DSA known answers, private-key forms, PKCS#12 files."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import cryptography_vectors
import pytest

from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody.containers import open_key_file
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.private_key import PrivateKey, load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trustkit.error_family import Code

VERSION = f"cryptography-vectors {version('cryptography-vectors')}"
FOLDER = Path(cryptography_vectors.__file__).parent
OIDS = {KeyKind.ML_DSA_44: 17, KeyKind.ML_DSA_65: 18, KeyKind.ML_DSA_87: 19}
# Named apart because it holds certificates alone, under a passphrase of its own and with SHA-256; all others rest on SHA-1.
TRUST_STORE = "java-truststore.p12"


def answers(kind: KeyKind) -> Iterator[dict[str, bytes]]:
    name = f"kat_MLDSA_{kind.value[-2:]}_det_pure.rsp"
    text = (FOLDER / "asymmetric" / "MLDSA" / name).read_text(encoding="ascii")
    for block in text.split("count = ")[1:]:
        pairs = (line.partition(" = ") for line in block.splitlines() if " = " in line and "len" not in line)
        yield {key: bytes.fromhex(value) for key, _, value in pairs}


def key_of(kind: KeyKind, seed: bytes) -> PrivateKey:
    identifier = w.sequence(w.oid(f"2.16.840.1.101.3.4.3.{OIDS[kind]}"))
    inside = w.octet_string(w.implicit(0, w.octet_string(seed)))
    return load_private_key(parse_private_key_info(w.sequence(w.integer(0), identifier, inside)))


@pytest.mark.parametrize("kind", OIDS)
def test_ml_dsa_keys_and_contexts(kind: KeyKind, record_property: Callable[[str, object], None]) -> None:
    """The seed gives the public key; a signature holds exactly when it was made with the empty context of RFC 9881."""
    found = tuple(answers(kind))
    for answer in found:
        key = key_of(kind, answer["xi"]).public_key
        assert key.subject_public_key == answer["pk"]
        message = answer["msg"]
        signature = answer["sm"][: len(answer["sm"]) - len(message)]
        held: Code | None = None
        try:
            verify_signature(suite=SignatureSuite(kind.value), key=key, message=message, signature=signature)
        except TrustError as error:
            held = error.code
        assert held is (ErrorCode.SIGNATURE_WRONG if answer["ctx"] else None)
    assert len(found) == 100
    record_property("vectors", len(found))


def test_ml_dsa_private_key_forms() -> None:
    folder = FOLDER / "asymmetric" / "MLDSA"
    key = open_key_file((folder / "mldsa44_priv.der").read_bytes(), plain=True).keys[0]
    assert key.public_key.spki == (folder / "mldsa44_pub.der").read_bytes()
    with pytest.raises(TrustError) as caught:
        open_key_file((folder / "mldsa65_noseed_priv.der").read_bytes(), plain=True)
    assert caught.value.code is ErrorCode.KEY_UNSUPPORTED


def test_old_pkcs12_is_refused_by_name(record_property: Callable[[str, object], None]) -> None:
    files = sorted((FOLDER / "pkcs12").glob("*.p12"))
    for path in files:
        with pytest.raises(TrustError) as caught:
            open_key_file(path.read_bytes(), lambda: Passphrase(b"password"))
        expected = ErrorCode.PASSPHRASE_WRONG if path.name == TRUST_STORE else ErrorCode.ALGORITHM_WEAK
        assert caught.value.code is expected, path.name
    assert len(files) > 20
    record_property("vectors", len(files))
