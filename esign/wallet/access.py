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
    from collections.abc import Callable, Mapping, Sequence
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
class Choice:
    """What is to be handed out."""

    licence: str
    suite: CredentialSuite


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What an access token lets in to.

    Attributes:
        source: names the authorization, of which each licence is handed out once in a suite.
        days: how long a credential lasts at most.
        choose: returns what a configuration, or a dataset of the token's, stands for; raises WALLET_*.
        confirm: raises TOKEN_* when the token, or the proof it came with, is not good any more; called in the transaction of what it is used for.
        stands: the same of the token alone, however often: of what takes a while, at its end, too.
    """

    source: str
    days: int
    actor: Principal
    choose: Callable[[str, str], Choice] = field(repr=False)
    confirm: Callable[[UnitOfWork], None] = field(repr=False)
    stands: Callable[[UnitOfWork], None] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletGuard:
    """Lets wallets in by the tokens their codes became; `known` tells configurations there are."""

    database: Database
    kind_of: Callable[[LicenceRow], str]
    known: Callable[[str], bool]

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

        def stands(uow: UnitOfWork) -> None:
            if credential_offers.find_token(uow, name) is None:
                raise TrustError(ErrorCode.TOKEN_REFUSED, "the token was taken back", scheme=scheme)

        def confirm(uow: UnitOfWork) -> None:
            stands(uow)
            if proof is not None and not op_once.see(uow, digest_of(proof.once), expires_at=proof.expires_at):
                raise TrustError(ErrorCode.TOKEN_PROOF, ErrorCode.DPOP_REPLAYED.value, scheme=scheme)

        kind, suites = self.kind_of(licence), map(CredentialSuite, offer.suites.split())
        offered = {configuration_name(kind, suite): Choice(licence=offer.licence, suite=suite) for suite in suites}
        return Access(
            source=offer.identifier,
            days=offer.days,
            actor=wallet_of(offer.identifier),
            choose=lambda configuration, dataset: self._chosen(offered, configuration, dataset),
            confirm=confirm,
            stands=stands,
        )

    def _chosen(self, offered: Mapping[str, Choice], configuration: str, dataset: str) -> Choice:
        """Raise WALLET_CONFIGURATION, WALLET_IDENTIFIER for what there is not; WALLET_ACCESS for what was not offered."""
        if dataset:
            found = {dataset_name(name, each.licence): each for name, each in offered.items()}.get(dataset)
            if found is None:
                raise TrustError(CredentialCode.WALLET_IDENTIFIER, "not among credential_identifiers")
            return found
        if configuration not in offered:
            code = CredentialCode.WALLET_ACCESS if self.known(configuration) else CredentialCode.WALLET_CONFIGURATION
            raise TrustError(code, "the token is for another credential, or there is none such")
        return offered[configuration]


def is_signed(shown: Shown) -> bool:
    """Tell whether the token that is shown has the form of a signed one: ours are random and have no dots."""
    return any("." in each.partition(" ")[2] for each in shown.authorization)


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
