"""pyHanko signs PDF through a service of the CSC API: ``python sign_remote.py BASE CREDENTIAL SECRET TLS_ROOT WAY FILE…``.

Each FILE is signed to FILE.signed, all in one authorization. pyHanko speaks version 1.0.4.0; where version 2 names the same things
otherwise, the hooks it offers for that say so. Nothing of trustkit is in here.

WAY is pss for that padding of RSA, or other: another hash is authorized in the place of the last. Anything else leaves all to pyHanko.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import asyncio
import base64
import ssl
import sys
from io import BytesIO
from pathlib import Path

import aiohttp
from asn1crypto import algos
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCServiceSessionInfo,
    CSCSigner,
    fetch_certs_in_csc_credential,
)

SHA256 = "2.16.840.1.101.3.4.2.1"


def pss() -> algos.SignedDigestAlgorithm:
    """Return RSASSA-PSS with a salt as long as the digest: of itself pyHanko takes the longest that fits the key."""
    sha256 = {"algorithm": "sha256"}
    mask = {"algorithm": "mgf1", "parameters": sha256}
    words = {"hash_algorithm": sha256, "mask_gen_algorithm": mask, "salt_length": 32}
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(words)})


class Authorizing(CSCAuthorizationManager):  # type: ignore[misc,unused-ignore]
    """Asks for each authorization when its hashes are known, in the words of version 2."""

    session: aiohttp.ClientSession
    bent: bool = False

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        """Return the SAD for just these hashes."""
        asked = self.format_csc_auth_request(hash_b64s=hash_b64s)
        hashes = [*asked.pop("hash")[:-1], base64.b64encode(bytes(32)).decode()] if self.bent else asked.pop("hash")
        body = asked | {"hashes": hashes, "hashAlgorithmOID": SHA256}
        url = self.csc_session_info.endpoint_url("credentials/authorize")
        async with self.session.post(url, headers=self.auth_headers, json=body, raise_for_status=True) as answer:
            return self.parse_csc_auth_response(await answer.json())


class Signer(CSCSigner):  # type: ignore[misc,unused-ignore]
    """Signs in the words of version 2."""

    pss: bool = False

    def get_signature_mechanism_for_digest(self, digest_algorithm: str | None) -> algos.SignedDigestAlgorithm:
        """Return the padding that was asked for, else pyHanko's choice."""
        return pss() if self.pss else super().get_signature_mechanism_for_digest(digest_algorithm)

    async def format_csc_signing_req(self, tbs_hashes: list[str], digest_algorithm: str) -> dict[str, object]:
        """Return the body of signatures/signHash."""
        asked = await super().format_csc_signing_req(tbs_hashes, digest_algorithm)
        return asked | {"hashes": asked.pop("hash"), "hashAlgorithmOID": asked.pop("hashAlgo")}


async def signature(document: bytes, signer: Signer) -> bytes:
    """Return the document with a signature of PAdES B-B."""
    words = PdfSignatureMetadata(field_name="Remote", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    out = await PdfSigner(words, signer=signer).async_sign_pdf(IncrementalPdfFileWriter(BytesIO(document)))
    return bytes(out.getvalue())


async def signatures(told: CSCServiceSessionInfo, root: str, way: str, documents: list[bytes]) -> list[bytes]:
    """Return all of them signed."""
    trusting = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=root))
    async with aiohttp.ClientSession(connector=trusting) as session:
        manager = Authorizing(told, await fetch_certs_in_csc_credential(session, told))
        manager.session, manager.bent = session, way == "other"
        signer = Signer(session, manager, batch_size=len(documents))
        signer.pss = way == "pss"
        return list(await asyncio.gather(*(signature(each, signer) for each in documents)))


if __name__ == "__main__":
    base, credential, secret, anchor, padding, *names = sys.argv[1:]
    files = [Path(name) for name in names]
    service = CSCServiceSessionInfo(base, credential, oauth_token=Path(secret).read_text().strip(), api_ver="v2")
    made = asyncio.run(signatures(service, anchor, padding, [file.read_bytes() for file in files]))
    for file, octets in zip(files, made, strict=True):
        file.with_name(f"{file.name}.signed").write_bytes(octets)
