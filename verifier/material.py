"""What a judgement rests on, gathered and parsed, without any I/O of its own.

Nothing in here is trusted for being here: certificates still need a path to an anchor, CRLs and status lists the signature
of someone who may say what they say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.x509.path_revocation import NOTHING_OWN, OwnEvidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.credential.type_metadata import TypeMetadata
    from esign.ofd.model import LaterSeals
    from esign.pdf.model import Overlay
    from esign.seal.standing import SealHistory
    from esign.status.verify import VerifiedStatusList
    from esign.trustlist.verify import VerifiedTrustList
    from trustkit.error_family import Code
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.ocsp_response import OcspResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Evidence that could not be had or used. `source` says where it came from without naming a local file."""

    source: str
    code: Code
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why a look at a page does not tell that all is seen of it. `detail` is for operators."""

    code: Code
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Certificates for path building, CRLs, OCSP answers, status lists whose signature holds under the certificate they carry.

    `seals` tells of seals the home made, by `esign.seal.standing.info_digest`: None where its register cannot be believed. `views` says of overlays and of later seals that were looked at what is in doubt under them, None where nothing is. `types` are the home's own types of credentials, as far as the file names one. `trust_lists` say who may issue what: the home's own choice. `own` is what of the first three came from elsewhere than the file, whatever the file carries besides: it is judged first.
    """

    certificates: tuple[Certificate, ...] = field(default=(), repr=False)
    crls: tuple[CertificateList, ...] = field(default=(), repr=False)
    ocsp_responses: tuple[OcspResponse, ...] = field(default=(), repr=False)
    status_lists: tuple[VerifiedStatusList, ...] = field(default=(), repr=False)
    seals: Mapping[str, SealHistory | None] = field(default_factory=dict, repr=False)
    views: Mapping[Overlay | LaterSeals, Doubt | None] = field(default_factory=dict, repr=False)
    types: tuple[TypeMetadata, ...] = field(default=(), repr=False)
    trust_lists: tuple[VerifiedTrustList, ...] = field(default=(), repr=False)
    own: OwnEvidence = NOTHING_OWN
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Octets a document carries for its own verification, as found; anyone may have put them there."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsp_responses: tuple[bytes, ...] = field(default=(), repr=False)
