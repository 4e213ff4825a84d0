"""One frozen settings object, parsed once from ``settings.toml`` and passed down; unknown keys are errors.

Settings are places and limits. What may be issued and how it is judged are policies (``policies/`` in the home). The
environment is read here and nowhere else: ``TRUSTKIT_HOME`` names the home, ``TRUSTKIT_DATABASE_URL`` moves the store.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from ca.list_scope import require_partitions
from trustkit.app.ca_settings import AcmeSettings, CaServerSettings, EstSettings, require_machine_doors
from trustkit.app.csc_settings import CscSettings
from trustkit.app.holder_settings import HolderSettings
from trustkit.app.idp_settings import IdpSettings, connector_tables
from trustkit.app.licence_settings import LicenceSettings
from trustkit.app.proxy_settings import trusted_networks
from trustkit.app.sharing_settings import SharingSettings
from trustkit.app.token_settings import TokenSettings
from trustkit.app.tsa_settings import TimestampSettings
from trustkit.app.wallet_settings import WalletSettings
from trustkit.errors import ErrorCode, TrustError
from verifier.fetch_bounds import MOST_FETCH_OCTETS

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME_VARIABLE: Final = "TRUSTKIT_HOME"
DATABASE_VARIABLE: Final = "TRUSTKIT_DATABASE_URL"
DEFAULT_HOME: Final = ".trustkit"
SETTINGS_FILE: Final = "settings.toml"
MAX_SETTINGS_SIZE: Final = 64 * 1024
ENGINES: Final = ("auto", "ipp", "openssl", "gmssl")

_MEGABYTE: Final = 1024 * 1024
_Section = TypeVar("_Section")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoritySettings:
    """Who the home authority is: registered name and unified social credit code (GB 32100)."""

    name: str
    uscc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where the service listens, and the public URL that goes into certificates and QR codes."""

    host: str = "127.0.0.1"
    port: int = 8440
    base_url: str = "http://127.0.0.1:8440"
    workers: int = 1
    trusted_proxies: tuple[
        str, ...
    ] = ()  # addresses or networks of those before it, who tell the client's in X-Forwarded-For
    anonymous_per_minute: int = 3000  # requests of one client address without authentication
    max_upload_bytes: int = 20 * 1024 * 1024
    max_uploads_held: int = 8  # of that size, in each worker process; further ones are asked to come again (503)
    max_batch_files: int = 100  # of a form
    max_batch_lines: int = 10_000  # of application/x-ndjson, which is answered while it comes
    max_batch_bytes: int = 512 * 1024 * 1024  # of all lines
    max_batch_seconds: int = 600  # in which they have come

    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return the networks of the proxies before it. Raise SETTINGS_MALFORMED for what is none, or everybody's."""
        return trusted_networks("server", self.trusted_proxies)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationSettings:
    """How long revocation information is good for, in hours; renewal is due at half of it."""

    crl_hours: int = 168
    crl_partitions: int = 1  # lists the issuing CA's new certificates are divided among: a power of two, at most 256
    crl_deltas: bool = (
        False  # complete lists name a delta list, and long ones are followed by deltas after a revocation
    )
    crl_keep_expired: bool = False  # revoked certificates stay listed after their expiry, and the lists say so
    status_list_hours: int = 168
    ocsp_hours: int = 24
    ocsp_unissued: str = (
        "unknown"  # what OCSP says of a serial number nobody issued: unknown, or revoked (RFC 6960 4.4.8)
    )
    status_list_ttl_seconds: int = 300
    status_list_entries: int = 131072


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifySettings:
    """Fetching of evidence for foreign documents. Private addresses are refused except the authority's own."""

    fetch: bool = True
    fetch_seconds: int = 5
    fetch_megabytes: int = 10  # of one answer, in units of 2^20 octets; a list of a million entries has some 55

    @property
    def fetch_octets(self) -> int:
        """The bound of one answer in octets."""
        return self.fetch_megabytes * _MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the home says. `home` is the folder it was read from; `database_url` holds a secret when it has one."""

    home: Path
    database_url: str = field(repr=False)
    production: bool
    engine: str
    authority: AuthoritySettings
    server: ServerSettings
    publication: PublicationSettings
    verify: VerifySettings
    ca_server: CaServerSettings
    timestamp: TimestampSettings
    acme: AcmeSettings
    est: EstSettings
    csc: CscSettings
    idp: IdpSettings
    tokens: TokenSettings
    sharing: SharingSettings
    holder: HolderSettings
    licences: LicenceSettings = field(default_factory=LicenceSettings)
    wallet: WalletSettings = field(default_factory=WalletSettings)
    connectors: tuple[Mapping[str, object], ...] = field(default=(), repr=False)  # secrets of clients may be in them


def home_from_environment() -> Path:
    """Return ``TRUSTKIT_HOME`` or ``./.trustkit``, absolute."""
    return Path(os.environ.get(HOME_VARIABLE) or DEFAULT_HOME).absolute()  # noqa: TID251 - the one reader


def locale_from_environment() -> str:
    """Return the locale messages are asked for in (POSIX order), or an empty string."""
    values = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))  # noqa: TID251 - the one reader
    return next((value for value in values if value), "")


def config_folder_from_environment() -> Path:
    """Return where a person's own files of trustkit lie: ``$XDG_CONFIG_HOME/trustkit``, else ``~/.config/trustkit``."""
    base = os.environ.get("XDG_CONFIG_HOME", "")  # noqa: TID251 - the one reader
    # The specification has a relative path ignored.
    return (Path(base) if base.startswith("/") else Path.home() / ".config") / "trustkit"


def testdata_from_environment() -> Path:
    """Return the folder of outside files: ``TRUSTKIT_TESTDATA``, else beside the checkout."""
    return Path(os.environ.get("TRUSTKIT_TESTDATA") or "../shared/testdata").absolute()  # noqa: TID251 - the one reader


def database_url_for(home: Path) -> str:
    """Return ``TRUSTKIT_DATABASE_URL`` or the home's own SQLite file."""
    return os.environ.get(DATABASE_VARIABLE) or f"sqlite:///{home / 'store.sqlite'}"  # noqa: TID251 - the one reader


def hand_home_to_workers(home: Path) -> None:
    """Name the home for the server's worker processes; the environment is how they inherit it."""
    os.environ[HOME_VARIABLE] = str(home)  # noqa: TID251 - the one writer


def load_settings(home: Path) -> Settings:
    """Return the settings of a home.

    Raises:
        TrustError: HOME_MISSING; HOME_INCOMPLETE; SETTINGS_MALFORMED (value or type); SETTINGS_UNKNOWN_KEY;
            SETTINGS_INSECURE when production mode is asked for with something unsafe.
    """
    path = home / SETTINGS_FILE
    if not home.is_dir():
        raise TrustError(ErrorCode.HOME_MISSING, "no such folder", home=home.name)
    if not path.is_file():
        raise TrustError(ErrorCode.HOME_INCOMPLETE, f"{SETTINGS_FILE} is missing", home=home.name)
    try:
        if path.stat().st_size > MAX_SETTINGS_SIZE:
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"larger than {MAX_SETTINGS_SIZE} octets")
        tree = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"{SETTINGS_FILE}: {error}") from error
    return _parse(home, tree)


def in_production(home: Path) -> bool:
    """Tell whether a home is there and in production mode. Raise as `load_settings` for one that cannot be read."""
    return (home / SETTINGS_FILE).exists() and load_settings(home).production


def _parse(home: Path, tree: dict[str, object]) -> Settings:
    known = {each.name for each in fields(Settings)} - {"home", "database_url", "connectors"}
    if surplus := sorted(set(tree) - known):
        raise TrustError(ErrorCode.SETTINGS_UNKNOWN_KEY, f"{surplus[0]!r} is no setting", key=surplus[0])
    engine = tree.get("engine", "auto")
    if not isinstance(engine, str) or engine not in ENGINES:
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"engine is one of {', '.join(ENGINES)}", key="engine")
    production = tree.get("production", False)
    if not isinstance(production, bool):
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, "production is true or false", key="production")
    settings = Settings(
        home=home,
        database_url=database_url_for(home),
        production=production,
        engine=engine,
        authority=read_section(AuthoritySettings, tree, "authority"),
        server=read_section(ServerSettings, tree, "server"),
        publication=read_section(PublicationSettings, tree, "publication"),
        verify=read_section(VerifySettings, tree, "verify"),
        ca_server=read_section(CaServerSettings, tree, "ca_server"),
        timestamp=read_section(TimestampSettings, tree, "timestamp"),
        acme=read_section(AcmeSettings, tree, "acme"),
        est=read_section(EstSettings, tree, "est"),
        csc=read_section(CscSettings, tree, "csc"),
        idp=read_section(IdpSettings, tree, "idp", apart="connector"),
        tokens=read_section(TokenSettings, tree, "tokens"),
        sharing=read_section(SharingSettings, tree, "sharing"),
        holder=read_section(HolderSettings, tree, "holder"),
        wallet=read_section(WalletSettings, tree, "wallet"),
        licences=read_section(LicenceSettings, tree, "licences"),
        connectors=connector_tables(tree),
    )
    _refuse_nonsense(settings)
    if production:
        _refuse_insecure(settings)
    return settings


def read_section(kind: type[_Section], tree: Mapping[str, object], name: str, *, apart: str = "") -> _Section:
    """Return a table, but for the key `apart`, as the dataclass whose fields are its keys. Raise SETTINGS_UNKNOWN_KEY, SETTINGS_MALFORMED."""
    values = tree.get(name, {})
    if not isinstance(values, dict):
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"[{name}] is a table", key=name)
    types = {f.name: f.type for f in fields(kind)}  # type: ignore[arg-type]  # every section above is a dataclass
    values = {key: _tuple_of(value) for key, value in values.items() if key != apart}
    for key, value in values.items():
        if key not in types:
            raise TrustError(ErrorCode.SETTINGS_UNKNOWN_KEY, f"[{name}] {key} is no setting", key=f"{name}.{key}")
        kind_of = "tuple[str, ...]" if isinstance(value, tuple) else type(value).__name__
        if kind_of != types[key]:
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"[{name}] {key} is {types[key]}", key=f"{name}.{key}")
        if isinstance(value, int) and not isinstance(value, bool) and value <= 0:
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"[{name}] {key} is above zero", key=f"{name}.{key}")
    try:
        return kind(**values)
    except TypeError as error:
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"[{name}] lacks a key", key=name) from error


def _tuple_of(value: object) -> object:
    """Return a list of texts as the tuple settings hold; anything else as it is."""
    return tuple(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else value


def _refuse_nonsense(settings: Settings) -> None:
    settings.timestamp.policy_oids()
    require_machine_doors(settings.acme, settings.est)
    settings.csc.require_fit()
    settings.idp.require_fit()
    settings.tokens.require_fit()
    settings.wallet.require_fit()
    settings.sharing.require_fit()
    settings.sharing.require_webhooks(production=settings.production, is_loopback=is_loopback)
    settings.holder.require_fit()
    settings.licences.require_fit()
    settings.server.proxies()
    ca_server = settings.ca_server
    keyed_servers = _keyed_servers(settings)
    for section, port in (("server", settings.server.port), *((name, each.port) for name, each in keyed_servers)):
        if not (1 <= port <= 65535):  # noqa: PLR2004 - TCP
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"[{section}] port is 1 to 65535", key=f"{section}.port")
    _require_url("server", settings.server.base_url)
    _require_url("tokens", settings.tokens.issuer or settings.server.base_url, "issuer")
    _require_url("tokens", settings.tokens.resource or settings.server.base_url, "resource")
    _require_url("sharing", settings.sharing.issuer or settings.server.base_url, "issuer")
    _require_url("sharing", settings.sharing.resource or settings.server.base_url, "resource")
    for section, keyed in keyed_servers:
        if keyed.base_url:
            _require_url(section, keyed.base_url)
        if bool(keyed.tls_certificate) != bool(keyed.tls_key):
            told = f"[{section}] tls_certificate and tls_key go together"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key=f"{section}.tls_key")
    if settings.publication.ocsp_unissued not in {"unknown", "revoked"}:
        told = "[publication] ocsp_unissued is unknown or revoked"
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="publication.ocsp_unissued")
    if settings.est.enabled and not (settings.est.profiles and ca_server.url().startswith("https://")):
        told = "[est] needs a profile, and an https base_url or TLS of [ca_server] (RFC 7030 3.3)"
        raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key="est.enabled")
    most = MOST_FETCH_OCTETS // _MEGABYTE
    if settings.verify.fetch_megabytes > most:
        told = f"[verify] fetch_megabytes is at most {most}"
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="verify.fetch_megabytes")
    try:
        require_partitions(settings.publication.crl_partitions)
    except TrustError as error:
        told = f"[publication] crl_partitions: {error.detail}"
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="publication.crl_partitions") from error


def _keyed_servers(
    settings: Settings,
) -> tuple[tuple[str, CaServerSettings | IdpSettings | WalletSettings | SharingSettings | HolderSettings], ...]:
    """Return the sections of services apart from ``trustkit serve``, which may speak TLS themselves."""
    named = (("ca_server", settings.ca_server), ("idp", settings.idp), ("wallet", settings.wallet))
    return (*named, ("sharing", settings.sharing), ("holder", settings.holder))


def _require_url(section: str, base_url: str, name: str = "base_url") -> None:
    key = f"{section}.{name}"
    try:
        url = urlsplit(base_url)
        whole = bool(url.hostname) and url.port != 0  # reading the port raises when it is none
    except ValueError as error:
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"[{section}] {name}", key=key) from error
    whole = whole and base_url.isascii() and base_url.isprintable() and " " not in base_url  # it goes into certificates
    if url.scheme not in {"http", "https"} or not whole or url.query or url.fragment or url.username:
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"[{section}] {name} is http(s)://host[:port]", key=key)


def _refuse_insecure(settings: Settings) -> None:
    if not settings.server.base_url.startswith("https://"):
        raise TrustError(ErrorCode.SETTINGS_INSECURE, "production needs an https base_url", key="server.base_url")
    if settings.tokens.issuer and not settings.tokens.issuer.startswith("https://"):
        raise TrustError(ErrorCode.SETTINGS_INSECURE, "production needs an https issuer", key="tokens.issuer")
    if settings.sharing.issuer and not settings.sharing.issuer.startswith("https://"):
        raise TrustError(ErrorCode.SETTINGS_INSECURE, "production needs an https issuer", key="sharing.issuer")
    if settings.engine == "gmssl":
        raise TrustError(ErrorCode.SETTINGS_INSECURE, "gmssl is not constant time", key="engine")
    if settings.csc.enabled and not settings.ca_server.url().startswith("https://"):
        told = "[csc] needs an https base_url or TLS of [ca_server]"
        raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key="csc.enabled")
    if settings.idp != IdpSettings():  # a home without unified identity says nothing of it
        settings.idp.require_secure()
    if settings.wallet != WalletSettings():
        settings.wallet.require_secure()
    for section, keyed in _keyed_servers(settings):
        if not keyed.tls and not is_loopback(keyed.host):
            told = f"[{section}] listens beyond this machine only with a TLS certificate"
            raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key=f"{section}.host")


def is_loopback(host: str) -> bool:
    """Tell whether an address leads to this machine alone. A name does not, "localhost" neither: who resolves it may lie."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def render_settings(*, authority: AuthoritySettings, base_url: str, port: int, engine: str) -> str:
    """Return the text of a new ``settings.toml``; values are written as TOML basic strings."""
    return (
        "# Settings of this trustkit home. Unknown keys are errors; `trustkit doctor` shows what is in force.\n"
        "production = false  # true refuses everything insecure at start-up\n"
        f"engine = {_toml(engine)}  # {', '.join(ENGINES)}\n\n"
        f"[authority]\nname = {_toml(authority.name)}\nuscc = {_toml(authority.uscc)}\n\n"
        f"[server]\nport = {port}\nbase_url = {_toml(base_url)}  # goes into certificates and QR codes\n"
    )


def _toml(text: str) -> str:
    escaped = "".join(
        character if character.isprintable() and character not in '"\\' else f"\\U{ord(character):08x}"
        for character in text
    )
    return f'"{escaped}"'
