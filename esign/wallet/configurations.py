"""What a wallet can ask for: a licence type in one suite (`credential_configurations_supported`, OpenID4VCI 1.0 12.2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.credential.licence_claims import labels_of, mandatory_of
from esign.credential.profile import KIND
from esign.credential.suites import CredentialSuite
from esign.credential.type_making import CHINESE, ENGLISH, type_address
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from esign.licence.types import LicenceType
    from trustkit.encoding.canonical_json import JsonValue

ALGORITHMS: Final = {CredentialSuite.SM2: JwsAlgorithm.SGD_SM3_SM2, CredentialSuite.ES256: JwsAlgorithm.ES256}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A licence type in a suite."""

    kind: str
    suite: CredentialSuite

    @property
    def name(self) -> str:
        """How wallets name it, such as ``business-licence.es256``."""
        return configuration_name(self.kind, self.suite)


def configuration_name(kind: str, suite: CredentialSuite) -> str:
    """Return the name of a licence type in a suite."""
    return f"{kind}.{suite.value}"


def dataset_name(configuration: str, licence: str) -> str:
    """Return what `credential_identifier` says of a licence in a configuration (OpenID4VCI 1.0 6.2)."""
    return f"{configuration}:{licence}"


def described(kind: LicenceType, suite: CredentialSuite, base_url: str, scope: str = "") -> dict[str, JsonValue]:
    """Return the metadata of a configuration; `base_url` is where types are published, `scope` what tokens of a provider need."""
    mandatory, algorithm = mandatory_of(kind), ALGORITHMS[suite].value
    claims: list[JsonValue] = [
        {
            "path": [name],
            "mandatory": name in mandatory,
            "display": [{"name": zh, "locale": CHINESE}, {"name": en, "locale": ENGLISH}],
        }
        for name, (zh, en) in labels_of(kind).items()
    ]
    names: list[JsonValue] = [
        {"name": kind.title_zh, "locale": CHINESE},
        {"name": kind.title_en, "locale": ENGLISH},
    ]
    return {
        "format": KIND,
        "vct": type_address(base_url, kind.name),
        **({"scope": scope} if scope else {}),
        "cryptographic_binding_methods_supported": ["jwk"],
        "credential_signing_alg_values_supported": [algorithm],
        "proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": [algorithm]}},
        "credential_metadata": {"display": names, "claims": claims},
    }
