"""What pyHanko says of a signed PDF: ``python judge.py FILE ROOT.der MOMENT LIST.crl…``, one JSON object for each signature.

It runs in a process of its own because pyHanko's names for SM2 and SM3 are registered in asn1crypto, for the whole process. SM2 itself
is verified by gmssl, in pure Python, through the hooks pyHanko offers. Nothing of trustkit is in here.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

from asn1crypto import algos, core, crl, keys, x509
from cryptography.exceptions import InvalidSignature
from gmssl.sm2 import CryptSM2
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.utils import DEFAULT_ALGORITHM_USAGE_POLICY, CMSAlgorithmUsagePolicy
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidationContext,
)

SM3, SM2_SM3, CURVE = "1.2.156.10197.1.401", "1.2.156.10197.1.501", "1.2.156.10197.1.301"
HALF = 32


class _RS(core.Sequence):  # type: ignore[misc,unused-ignore]
    _fields = [("r", core.Integer), ("s", core.Integer)]  # noqa: RUF012 - asn1crypto completes the list


def register() -> None:
    """Give SM2 and SM3 names in asn1crypto."""
    keys.NamedCurve.register("sm2p256v1", CURVE, HALF)
    for kind, oid, name in (
        (algos.DigestAlgorithmId, SM3, "sm3"),
        (algos.SignedDigestAlgorithmId, SM2_SM3, "sm3_sm2"),
    ):
        kind._map[oid] = name
        if kind._reverse_map is not None:
            kind._reverse_map[name] = oid


class Sm2Validator(DefaultSignatureValidator):  # type: ignore[misc,unused-ignore]
    """SM2 by gmssl, everything else by pyHanko's own."""

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: keys.PublicKeyInfo,
        signature_algorithm: algos.SignedDigestAlgorithm,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        """Return when the signature holds, else raise InvalidSignature."""
        if signature_algorithm["algorithm"].native != "sm3_sm2":
            super().validate_signature(signature, signed_data, public_key_info, signature_algorithm, context)
            return
        parts = _RS.load(signature)
        pair = "".join(f"{int(parts[name].native):064x}" for name in ("r", "s"))
        point = public_key_info["public_key"].native.hex()[2:]
        machine = CryptSM2(private_key="", public_key="")
        machine.public_key = point  # its constructor cuts each leading 0 and 4 off a point whose x begins with 04
        if context.prehashed or not machine.verify_with_sm3(pair, signed_data):
            raise InvalidSignature


class Sm2Policy(CMSAlgorithmUsagePolicy):  # type: ignore[misc,unused-ignore]
    """SM2 with SM3 and no other digest; everything else as pyHanko has it."""

    def digest_algorithm_allowed(
        self, algo: algos.DigestAlgorithm, moment: datetime | None
    ) -> AlgorithmUsageConstraint:
        """Allow SM3."""
        if algo["algorithm"].native == "sm3":
            return AlgorithmUsageConstraint(allowed=True)
        return DEFAULT_ALGORITHM_USAGE_POLICY.digest_algorithm_allowed(algo, moment)

    def signature_algorithm_allowed(
        self, algo: algos.SignedDigestAlgorithm, moment: datetime | None, public_key: keys.PublicKeyInfo | None
    ) -> AlgorithmUsageConstraint:
        """Allow SM2 with SM3."""
        if algo["algorithm"].native == "sm3_sm2":
            return AlgorithmUsageConstraint(allowed=True)
        return DEFAULT_ALGORITHM_USAGE_POLICY.signature_algorithm_allowed(algo, moment, public_key)

    def digest_combination_allowed(
        self,
        signature_algo: algos.SignedDigestAlgorithm,
        message_digest_algo: algos.DigestAlgorithm,
        moment: datetime | None,
    ) -> AlgorithmUsageConstraint:
        """Demand SM3 beside SM2."""
        if signature_algo["algorithm"].native == "sm3_sm2":
            return AlgorithmUsageConstraint(allowed=message_digest_algo["algorithm"].native == "sm3")
        return DEFAULT_ALGORITHM_USAGE_POLICY.digest_combination_allowed(signature_algo, message_digest_algo, moment)


async def judge(file: Path, root: Path, moment: datetime, lists: list[Path]) -> list[dict[str, object]]:
    """Return what pyHanko says of each signature, every chain and revocation checked from what is given and inside."""

    def context() -> ValidationContext:
        return ValidationContext(
            trust_roots=[x509.Certificate.load(root.read_bytes())],
            crls=[crl.CertificateList.load(path.read_bytes()) for path in lists],
            moment=moment,
            revocation_mode="hard-fail",
            allow_fetching=False,
            signature_validator=Sm2Validator(),
            algorithm_usage_policy=Sm2Policy(),
        )

    told: list[dict[str, object]] = []
    with file.open("rb") as source:
        for signature in PdfFileReader(source).embedded_regular_signatures:
            status = await async_validate_pdf_signature(
                signature, context(), ts_validation_context=context(), algorithm_policy=Sm2Policy()
            )
            stamp = status.timestamp_validity
            told.append(
                {
                    "bottom_line": status.bottom_line,
                    "intact": status.intact,
                    "valid": status.valid,
                    "trusted": status.trusted,
                    "whole": signature.evaluate_signature_coverage().name,
                    "stamp": None if stamp is None else stamp.valid and stamp.intact and stamp.trusted,
                }
            )
    return told


if __name__ == "__main__":
    register()
    document, anchor, at, *rest = sys.argv[1:]
    found = asyncio.run(judge(Path(document), Path(anchor), datetime.fromisoformat(at), [Path(each) for each in rest]))
    print(json.dumps(found))  # noqa: T201 - its answer
