"""Who comes for a credential: an access token of ours, borne or with the proof of the key it is bound to (RFC 6750, RFC 9449)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.credential.suites import CredentialSuite
from esign.wallet.configurations import configuration_name, dataset_name
from esign.wallet.handles import digest_of, is_handle
from esign.wallet.redeeming import wallet_of
from trustkit.credential_codes import CredentialCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import same_text
from trustkit.jose.dpop import VerifiedProof, verify_dpop
from trustkit.store import credential_offers, licences, op_once
from trustkit.web.requires import PROOF_ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import UnitOfWork

_SCHEMES: Final = {"bearer": "Bearer", "dpop": "DPoP"}
_MAX_HEADER: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a request carries besides its body: header values as they came, method and address."""

    authorization: Sequence[str] = field(repr=False)
    proofs: Sequence[str] = field(repr=False)
    method: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a token lets in to: the licence of an offer, in its suites.

    Attributes:
        source: names the authorization, of which each credential is handed out once.
        configurations: suites by the names wallets ask by.
        confirm: raises TOKEN_* when the token, or the proof it came with, is not good any more; called in the transaction of what it is used for.
    """

    source: str
    licence: str
    days: int
    configurations: dict[str, CredentialSuite]
    actor: Principal
    confirm: Callable[[UnitOfWork], None] = field(repr=False)

    def suite_of(self, configuration: str, dataset: str, known: Callable[[str], bool]) -> CredentialSuite:
        """Return the suite that is asked for.

        Raises:
            TrustError: WALLET_CONFIGURATION, WALLET_IDENTIFIER for what there is not; WALLET_ACCESS for what was not offered.
        """
        if dataset:
            found = {dataset_name(name, self.licence): suite for name, suite in self.configurations.items()}.get(
                dataset
            )
            if found is None:
                raise TrustError(CredentialCode.WALLET_IDENTIFIER, "not among credential_identifiers")
            return found
        if configuration in self.configurations:
            return self.configurations[configuration]
        if known(configuration):
            raise TrustError(CredentialCode.WALLET_ACCESS, "the token is for another credential")
        raise TrustError(CredentialCode.WALLET_CONFIGURATION, "no such configuration")


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletGuard:
    """Lets wallets in by the tokens their codes became."""

    database: Database
    kind_of: Callable[[LicenceRow], str]

    def admit(self, shown: Shown, now: datetime) -> Access:
        """Return what a request may ask for.

        Raises:
            TrustError: TOKEN_MISSING, TOKEN_FORM, TOKEN_REFUSED, TOKEN_PROOF; LICENCE_TYPE.
        """
        scheme, token = _credential(shown.authorization)
        name = digest_of(token)
        with self.database.reading() as unit:
            row = credential_offers.find_token(unit, name) if is_handle(token) else None
            offer = None if row is None else credential_offers.find(unit, row.offer)
            licence = None if offer is None else licences.find(unit, offer.licence)
        if row is None or offer is None or licence is None or now >= row.expires_at:
            raise TrustError(ErrorCode.TOKEN_REFUSED, "no such token", scheme=scheme)
        if bool(row.binding) != (scheme == "DPoP"):
            raise TrustError(ErrorCode.TOKEN_REFUSED, ErrorCode.JWT_BINDING.value, scheme=scheme)
        proof = read_proof(shown, now, token) if row.binding else None
        if proof is not None and not same_text(proof.thumbprint, row.binding):
            raise TrustError(ErrorCode.TOKEN_REFUSED, ErrorCode.JWT_BINDING.value, scheme=scheme)

        def confirm(uow: UnitOfWork) -> None:
            if credential_offers.find_token(uow, name) is None:
                raise TrustError(ErrorCode.TOKEN_REFUSED, "the token was taken back", scheme=scheme)
            if proof is not None and not op_once.see(uow, digest_of(proof.once), expires_at=proof.expires_at):
                raise TrustError(ErrorCode.TOKEN_PROOF, ErrorCode.DPOP_REPLAYED.value, scheme=scheme)

        kind = self.kind_of(licence)
        return Access(
            source=offer.identifier,
            licence=offer.licence,
            days=offer.days,
            configurations={
                configuration_name(kind, suite): suite for suite in map(CredentialSuite, offer.suites.split())
            },
            actor=wallet_of(offer.identifier),
            confirm=confirm,
        )


def read_proof(shown: Shown, now: datetime, token: str = "") -> VerifiedProof | None:
    """Return the proof of a key that came with a request, None where none did and no token needs one. Raise TOKEN_PROOF."""
    if not shown.proofs and not token:
        return None
    told = {"scheme": "DPoP", "algs": " ".join(sorted(PROOF_ALGORITHMS))}
    if len(shown.proofs) != 1:
        raise TrustError(ErrorCode.TOKEN_PROOF, "one DPoP header is needed", **told)
    try:
        return verify_dpop(
            shown.proofs[0],
            method=shown.method,
            url=shown.url,
            algorithms=PROOF_ALGORITHMS,
            now=now,
            access_token=token,
        )
    except TrustError as error:
        raise TrustError(ErrorCode.TOKEN_PROOF, error.code.value, **told) from error


def _credential(values: Sequence[str]) -> tuple[str, str]:
    if not values:
        raise TrustError(ErrorCode.TOKEN_MISSING, "no Authorization header")
    scheme, _, text = values[0].partition(" ")
    named = _SCHEMES.get(scheme.lower())
    if named is None:
        raise TrustError(ErrorCode.TOKEN_MISSING, "the Authorization header is Bearer or DPoP")
    if len(values) > 1 or len(values[0]) > _MAX_HEADER:
        raise TrustError(
            ErrorCode.TOKEN_FORM, f"one Authorization header of at most {_MAX_HEADER} octets", scheme=named
        )
    return named, text.strip()
