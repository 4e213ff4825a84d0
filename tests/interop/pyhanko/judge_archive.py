"""What pyHanko says of a PAdES B-LTA file on a later day: ``python judge_archive.py FILE ROOT.der MOMENT LIST.crl…``.

Its validation with archive data of EN 319 102-1 5.6.3, offline: chains of document time stamps, the lists under them, and of what is
given only the lists of that day. One JSON object for each signature. A process of its own, for the reason `judge` has.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

from asn1crypto import crl, x509
from judge import Sm2Policy, Sm2Validator, register  # type: ignore[import-not-found,unused-ignore] # lies beside it
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer


async def judge(file: Path, anchor: x509.Certificate, moment: datetime, lists: list[bytes]) -> list[dict[str, object]]:
    """Return what pyHanko says of each signature that is no document time stamp."""
    spec = SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(trust_roots=[anchor]),
            revinfo_policy=CertRevTrustPolicy(revocation_checking_policy=REQUIRE_REVINFO),
            algorithm_usage_policy=Sm2Policy(),
            signature_validator=Sm2Validator(),
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY),
        # the anchor is not among the certificates it looks for signers of lists in, unless it is told of it
        local_knowledge=LocalKnowledge(
            known_certs=[anchor],
            known_crls=[CRLContainer(crl.CertificateList.load(octets)) for octets in lists],
        ),
        signature_algorithm_policy=Sm2Policy(),
    )
    told: list[dict[str, object]] = []
    with file.open("rb") as source:
        reader = PdfFileReader(source)
        for signature in reader.embedded_regular_signatures:
            found = await ades_lta_validation(
                signature,
                PdfSignatureValidationSpec(spec),
                timing_info=ValidationTimingInfo(
                    validation_time=moment, best_signature_time=moment, point_in_time_validation=True
                ),
            )
            told.append(
                {
                    "indication": found.ades_subindic.status.name,
                    "sub_indication": str(found.ades_subindic),
                    "signed_at": found.best_signature_time.isoformat(),
                    "stamps": len(reader.embedded_timestamp_signatures),
                }
            )
    return told


if __name__ == "__main__":
    register()
    document, anchor_file, at, *rest = sys.argv[1:]
    own_anchor = x509.Certificate.load(Path(anchor_file).read_bytes())
    days_lists = [Path(each).read_bytes() for each in rest]
    found = asyncio.run(judge(Path(document), own_anchor, datetime.fromisoformat(at), days_lists))
    print(json.dumps(found))  # noqa: T201 - its answer
