"""A service that answers assistants' questions, through the Python client; loaded where one is named, for the client is installed by itself."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esign.copies.model import CopyDemand
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language
from trustkit_client import Client, ClientError, ClientSecret, Document, TokenRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from trustkit.app.assistant_asked import AskedFile
    from trustkit.app.service_credentials import ServiceCredentials

    Told = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ServiceSource:
    """`trustkit.app.assistant_sources.Source` over the network. What the client raises is let through, with its code and remedy."""

    clients: Mapping[Language, Client] = field(repr=False)

    def verify(self, asked: AskedFile, at: datetime | None, language: Language) -> Told:
        """See `Source.verify`."""
        demand = asked.copy_demand or CopyDemand()
        document = Document(data=asked.data, name=asked.name, at=at, recipient=demand.recipient, purpose=demand.purpose)
        return self.clients[language].verify(document).raw

    def licence_status(self, identifier: str) -> Told:
        """See `Source.licence_status`."""
        return self.clients[Language.EN].licence_status(identifier).raw

    def licence_types(self) -> tuple[Told, ...]:
        """See `Source.licence_types`."""
        return tuple(each.raw for each in self.clients[Language.EN].licence_types())

    def licence_type(self, name: str) -> Told:
        """See `Source.licence_type`."""
        return self.clients[Language.EN].licence_type(name).raw


@contextmanager
def service_source(url: str, credentials: ServiceCredentials | None = None) -> Iterator[ServiceSource]:
    """Give the source at an address, asked with a token where there are credentials. Raise USAGE unless its address and that of its tokens are https ones."""
    tokens = _tokens(credentials) if credentials else None
    with ExitStack() as stack:
        try:
            clients = {each: stack.enter_context(Client(url, tokens=tokens, language=each.value)) for each in Language}
        except ClientError as error:
            detail = "--service and token_url are https addresses such as https://verify.example.cn"
            raise TrustError(ErrorCode.USAGE, detail) from error
        yield ServiceSource(clients)


def _tokens(credentials: ServiceCredentials) -> TokenRequest:
    return TokenRequest(
        url=credentials.token_url,
        proof=ClientSecret(credentials.client_id, credentials.client_secret),
        resource=credentials.resource,
        scope=credentials.scope,
    )
