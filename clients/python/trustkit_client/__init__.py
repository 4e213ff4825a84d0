"""Ask a trustkit service whether a licence, a signed file or a credential can be relied on.

    from pathlib import Path
    from trustkit_client import Client

    with Client("https://verify.example.cn") as trustkit:
        verdict = trustkit.verify(Path("licence.pdf"))
        print(verdict.indication, verdict.sub_indication)

`AsyncClient` has the same methods to be awaited; `trustkit_client.offline` gives verdicts without a service.
"""

from trustkit_client.async_client import AsyncClient
from trustkit_client.catalogue import LicenceStatus, LicenceType
from trustkit_client.client import Client
from trustkit_client.documents import Document
from trustkit_client.errors import (
    AnswerError,
    ClientError,
    NotPassedError,
    RefusedError,
    UnreachableError,
    UsageError,
)
from trustkit_client.patience import Patience
from trustkit_client.presentations import PresentationVerdict, ShownClaim, ShownCredential
from trustkit_client.proof import ClientSecret, PrivateKeyJwt, TlsCertificate
from trustkit_client.results import BundleVerdict, Check, Indication, LineRefusal, SignatureVerdict, Verdict
from trustkit_client.tokens import TokenRequest

__all__ = [
    "AnswerError",
    "AsyncClient",
    "BundleVerdict",
    "Check",
    "Client",
    "ClientError",
    "ClientSecret",
    "Document",
    "Indication",
    "LicenceStatus",
    "LicenceType",
    "LineRefusal",
    "NotPassedError",
    "Patience",
    "PresentationVerdict",
    "PrivateKeyJwt",
    "RefusedError",
    "ShownClaim",
    "ShownCredential",
    "SignatureVerdict",
    "TlsCertificate",
    "TokenRequest",
    "UnreachableError",
    "UsageError",
    "Verdict",
]
