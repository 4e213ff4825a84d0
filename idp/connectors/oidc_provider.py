"""A provider's metadata and keys as last fetched: kept for an hour, asked anew when a key is not among them, never dropped for a worse answer.

    provider = OpenIdProvider(issuer=…, upstream=upstream, plain=False)
    metadata = await provider.metadata(now=now)
    token = await provider.verified(lambda keys: verify_id_token(text, keys, …), now=now)

A key nobody has seen makes us ask once in ten seconds at most, whoever makes up tokens. An answer that cannot be read, or with no key
that can be used, replaces nothing: for a day the keys that were good go on (a provider that withdraws a key says so by a set without it).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from idp.connectors.answers import refusal
from idp.connectors.oidc_metadata import ProviderMetadata, discovery_address, parse_metadata
from idp.connectors.upstream import JSON, Call, Upstream, ask
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.keys import JwkSet, parse_jwks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from trustkit.jose.model import JwsAlgorithm

FRESH: Final = timedelta(hours=1)
USABLE: Final = timedelta(days=1)  # while the provider cannot be asked
AGAIN: Final = timedelta(seconds=10)  # between two questions for the same, answered or not
_JWKS_TYPE: Final = "application/jwk-set+json"
_Found = TypeVar("_Found")
_Verified = TypeVar("_Verified")


@dataclass(slots=True)
class _Kept(Generic[_Found]):
    """One fetched thing: since when it is good, and when it was last asked for."""

    found: _Found | None = None
    at: datetime | None = None
    asked: datetime | None = None
    failure: TrustError | None = None

    def fresh(self, now: datetime) -> bool:
        return self.at is not None and timedelta(0) <= now - self.at < FRESH

    def usable(self, now: datetime) -> _Found | None:
        return self.found if self.at is not None and now - self.at < USABLE else None

    def just_asked(self, now: datetime) -> bool:
        return self.asked is not None and timedelta(0) <= now - self.asked < AGAIN


@dataclass(slots=True, kw_only=True)
class OpenIdProvider:
    """See the module. Two tasks that find nothing fresh may ask at the same time: the answers are the same."""

    issuer: str
    upstream: Upstream
    plain: bool
    aliases: Mapping[str, JwsAlgorithm] = field(default_factory=dict)
    _metadata: _Kept[ProviderMetadata] = field(default_factory=_Kept, init=False, repr=False)
    _keys: _Kept[JwkSet] = field(default_factory=_Kept, init=False, repr=False)

    async def metadata(self, *, now: datetime) -> ProviderMetadata:
        """Return the metadata. Raise IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_REFUSED, IDP_UPSTREAM_ANSWER."""
        return await self._get(self._metadata, self._discover, now=now)

    async def verified(self, verify: Callable[[JwkSet], _Verified], *, now: datetime) -> _Verified:
        """Return what `verify` makes of the provider's keys; of newer ones when the key is not among those at hand.

        Raises:
            TrustError: what `verify` raises; as `metadata`, ``keys`` for a set without a key that can be used.
        """
        keys = await self._get(self._keys, self._fetch_keys, now=now)
        try:
            return verify(keys)
        except TrustError as error:
            if error.code is not ErrorCode.JWS_KEY_UNKNOWN:
                raise
        newer = await self._get(self._keys, self._fetch_keys, now=now, anew=True)
        try:
            return verify(newer)
        except TrustError as error:
            if error.code is not ErrorCode.JWS_KEY_UNKNOWN:
                raise
            raise refusal(error.detail, error.code.value) from error

    async def _get(
        self,
        kept: _Kept[_Found],
        fetch: Callable[[datetime], Awaitable[_Found]],
        *,
        now: datetime,
        anew: bool = False,
    ) -> _Found:
        found = kept.usable(now)
        if found is not None and ((kept.fresh(now) and not anew) or kept.just_asked(now)):
            return found
        if found is None and kept.failure is not None and kept.just_asked(now):
            raise TrustError(kept.failure.code, kept.failure.detail, **kept.failure.facts)
        kept.asked = now
        try:
            fetched = await fetch(now)
        except TrustError as error:
            kept.failure = error
            if found is None:
                raise
            return found
        kept.found, kept.at, kept.failure = fetched, now, None
        return fetched

    async def _discover(self, _now: datetime) -> ProviderMetadata:
        octets = await self._document(discovery_address(self.issuer), (JSON,))
        return parse_metadata(octets, issuer=self.issuer, plain=self.plain)

    async def _fetch_keys(self, now: datetime) -> JwkSet:
        octets = await self._document((await self.metadata(now=now)).keys, (JSON, _JWKS_TYPE))
        try:
            keys = parse_jwks(octets, aliases=self.aliases)
        except TrustError as error:
            raise refusal(f"no set of keys: {error.code.value}", "keys") from error
        if not keys.keys:
            raise refusal("no key that can be used", "keys")
        return keys

    async def _document(self, url: str, types: tuple[str, ...]) -> bytes:
        answer = await ask(self.upstream, Call(method="GET", url=url, headers={"Accept": JSON}))
        if answer.status != 200:  # noqa: PLR2004 - HTTP
            raise TrustError(IdentityCode.IDP_UPSTREAM_UNREACHABLE, "no such document", status=answer.status)
        if answer.media_type not in types:
            raise refusal("not JSON", "media-type")
        return answer.body
