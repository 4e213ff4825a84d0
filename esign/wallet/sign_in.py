"""What a wallet can fetch whose holder signed in: the licence of a type that the organisation holds for which he acts (OpenID4VCI 1.0 5).

The token says who signed in and for whom, and no licence: the configuration names the type, and the register the one licence of it
that is in force. Where there are several nobody guesses which is meant; an official offers the one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from esign.wallet.access import Choice
from trustkit.credential_codes import CredentialCode
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from esign.wallet.access import Access
    from esign.wallet.configurations import Configuration

FETCH: Final = "esign:credential:fetch"  # the scope of tokens, the same for every configuration
MATTER: Final = "licence-credential"  # what a mandate must be for


class SignIns(Protocol):
    """Lets wallets in by the tokens of the provider their holders signed in at."""

    async def admit(self, request: Request) -> Access:
        """Return what a request may ask for. Raise TOKEN_*; WALLET_HOLDER."""


def held_choice(
    configurations: Mapping[str, Configuration],
    held: Callable[[Configuration], tuple[str, ...]],
    configuration: str,
    dataset: str,
) -> Choice:
    """Return what a configuration stands for, where `held` lists the licences of its type that a holder has in force.

    Raises:
        TrustError: WALLET_IDENTIFIER for a dataset, of which such a token names none; WALLET_CONFIGURATION; WALLET_HOLDER for none,
            WALLET_SEVERAL for more than one.
    """
    if dataset:
        raise TrustError(CredentialCode.WALLET_IDENTIFIER, "this token names no datasets")
    found = configurations.get(configuration)
    if found is None:
        raise TrustError(CredentialCode.WALLET_CONFIGURATION, "no such configuration")
    licences = held(found)
    if not licences:
        raise TrustError(CredentialCode.WALLET_HOLDER, "no licence of this type in force, of whom the token is for")
    if len(licences) > 1:
        raise TrustError(CredentialCode.WALLET_SEVERAL, "several licences of this type are in force")
    return Choice(licence=licences[0], suite=found.suite)
