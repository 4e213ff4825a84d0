"""What one API client may do: which acts, under which authorities and profiles, for which names, with which keys. Nothing unless it says so.

    grant = ClientGrant(
        actions=frozenset({Action.REQUEST}),
        profiles=("device",),
        authorities=("issuing",),
        names=("O=示例单位", "CN=sensor-*", "DNS=*.example.cn"),
    )
    grant.require_place("issuing", "device")      # raises CA_CLIENT_GRANT unless both are named
    grant.require_order(order)                    # raises it unless a rule allows each name of the certificate

A name rule is ``KIND=VALUE``. KIND is an attribute of the subject as RFC 4514 writes it (CN, O, OU, serialNumber …) or DNS, IP,
email, URI. In a VALUE each ``*`` stands for any run of characters, except that a DNS name is given whole or as ``*.`` and a domain
(everything below it, a wildcard for it too), a mailbox as ``*@`` and its host, and IP as an address or a network. ``*`` alone, as
a rule, a profile or an authority, leaves the choice open. Attributes that a profile fixes need no rule.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final, Self

from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import general_name as gn
from trustkit.x509.general_name_build import dns_name
from trustkit.x509.name import parse_name
from trustkit.x509.name_build import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ca.order import CertificateOrder
    from ca.subject_form import SubjectAttribute
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.general_name import GeneralName

MAX_RULES: Final = 64  # of one kind in one grant: what a person can still read
MAX_RULE: Final = 256  # characters of one
MAX_TEXT: Final = 64 * 1024  # of a grant as it is stored
ANY: Final = "*"
DNS, IP, EMAIL, URI = "DNS", "IP", "email", "URI"
_LABELS: Final = {form.oid: label for label, form in FORMS.items()}
_FORMS: Final = {gn.DNS_NAME: DNS, gn.IP_ADDRESS: IP, gn.RFC822_NAME: EMAIL, gn.URI: URI}
_KINDS: Final = frozenset({*FORMS, *_FORMS.values()})
_OTHER: Final = "other"  # a name of a form no rule speaks of: for ``*`` alone
_SCOPES: Final = ("profiles", "authorities", "names")
_CREDENTIALS: Final = "credentials"


@unique
class Action(StrEnum):
    """What a client may be allowed, sorted by value. Reading what it asked for itself needs none of them."""

    DECIDE = "decide"  # hand in registrars' decisions
    ENROL = "enrol"  # hand in registrars' enrolments of operators, and their removal
    ESCROW = "escrow"  # see which keys are in escrow
    MANAGE = "manage"  # create, renew and cross-certify authorities
    PUBLISH = "publish"  # have lists, answers and status lists signed anew
    RECOVER = "recover"  # ask for the recovery or destruction of keys in escrow
    REQUEST = "request"  # ask for certificates
    REVOKE = "revoke"  # revoke, suspend and resume
    SEARCH = "search"  # see certificates and requests of others
    SIGN = "sign"  # have hashes signed by the authority's credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientGrant:
    """What a client was given. Empty, it may do nothing. Raise USAGE for a rule that says nothing clear."""

    actions: frozenset[Action] = frozenset()
    profiles: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every rule."""
        for values in (self.profiles, self.authorities, self.names, self.credentials):
            if len(values) > MAX_RULES or len(set(values)) != len(values):
                raise TrustError(ErrorCode.USAGE, f"at most {MAX_RULES} rules of a kind, each once")
            if any(not 1 <= len(value) <= MAX_RULE or not value.isprintable() for value in values):
                raise TrustError(ErrorCode.USAGE, f"a rule has 1 to {MAX_RULE} printable characters")
        for rule in self.names:
            _require_rule(rule)

    def require_place(self, authority: str, profile: str) -> None:
        """Raise CA_CLIENT_GRANT unless both an authority (by its name in the register) and a profile are granted."""
        if not self.sees(self.authorities, authority):
            raise refused("authority")
        if not self.sees(self.profiles, profile):
            raise refused("profile")

    def require_order(self, order: CertificateOrder) -> None:
        """Raise CA_CLIENT_GRANT unless every name a certificate is ordered with is granted."""
        self.require_names(names_of(order.subject_der, order.alternative_names, order.profile.subject or ()))

    def require_names(self, names: Iterable[tuple[str, str]]) -> None:
        """Raise CA_CLIENT_GRANT unless a rule allows each name (kind, value). The value is never repeated."""
        for kind, value in names:
            if not any(_allows(rule, kind, value) for rule in self.names):
                raise refused("names", kind=kind)

    def sees_place(self, authority: str, profile: str) -> bool:
        """Tell whether both an authority and a profile are granted."""
        return self.sees(self.authorities, authority) and self.sees(self.profiles, profile)

    @staticmethod
    def sees(granted: Sequence[str], value: str) -> bool:
        """Tell whether a list of profiles or authorities holds a value, or leaves the choice open."""
        return ANY in granted or value in granted

    def to_text(self) -> str:
        """Return the grant as it is stored: canonical JSON; empty for nothing."""
        if self == NOTHING:
            return ""
        tree: dict[str, JsonValue] = {name: sorted(getattr(self, name)) for name in _SCOPES}
        if self.credentials:  # after the others, for grants as they were stored before have none
            tree[_CREDENTIALS] = [*sorted(self.credentials)]
        tree["actions"] = [action.value for action in sorted(self.actions)]
        return canonical_json(tree).decode("utf-8")

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return a stored grant; the inverse of `to_text`. Raise CA_CLIENT_GRANT for anything else: it grants nothing."""
        if not text:
            return cls()
        try:
            tree = parse_json(text.encode("utf-8", "surrogatepass"), max_size=MAX_TEXT, max_depth=2)
            if not isinstance(tree, dict) or set(tree) - {_CREDENTIALS} != {"actions", *_SCOPES}:
                raise ValueError  # noqa: TRY301 - one refusal below
            return cls(
                actions=frozenset(Action(each) for each in _texts(tree["actions"])),
                **{name: _texts(tree[name]) for name in (*_SCOPES, _CREDENTIALS) if name in tree},
            )
        except (TrustError, ValueError) as error:
            raise refused("grant") from error


NOTHING: Final = ClientGrant()


def names_of(
    subject_der: bytes, alternative_names: Iterable[GeneralName], form: Sequence[SubjectAttribute]
) -> tuple[tuple[str, str], ...]:
    """Return (kind, value) of every name a certificate has or will have, without those its profile's form fixes.

    A subject attribute that is a host name by its form counts as DNS: it needs no rule of its own.
    """
    fixed = {each.label: each.fixed for each in form if each.fixed is not None}
    hosts = {each.label for each in form if each.form == "dns"}
    found: list[tuple[str, str]] = []
    for attribute in (each for rdn in parse_name(subject_der) for each in rdn):
        label = _LABELS.get(attribute.oid, _OTHER)
        if fixed.get(label) != attribute.text:
            found.append((DNS, attribute.text.lower()) if label in hosts else (label, attribute.text))
    for name in alternative_names:
        kind = _FORMS.get(name.form, _OTHER)
        found.append((kind, _address(name) if kind == IP else name.text))
    return tuple(found)


def refused(part: str, **facts: str) -> TrustError:
    """Return the refusal of what was not granted, naming what: action, authority, profile or names."""
    return TrustError(ErrorCode.CA_CLIENT_GRANT, "the client was not granted this", part=part, **facts)


def _require_rule(rule: str) -> None:
    """Raise USAGE unless a name rule has a kind there is and a value that kind can have."""
    if rule == ANY:
        return
    kind, equals, value = rule.partition("=")
    if not equals or not value or kind not in _KINDS:
        raise TrustError(ErrorCode.USAGE, f"a name rule is KIND=VALUE; KIND is one of {', '.join(sorted(_KINDS))}")
    try:
        match kind:
            case "DNS":
                if value != ANY:
                    dns_name(value.removeprefix("*."))
                    clear = "*" not in value.removeprefix("*.") and value == value.lower()
                else:
                    clear = True
            case "IP":
                clear = value == ANY or bool(ipaddress.ip_network(value))
            case "email":
                clear = value == ANY or _is_mailbox_rule(value)
            case _:
                clear = True
    except (TrustError, ValueError):
        clear = False
    if not clear:
        told = "DNS is a name in small letters or *.DOMAIN, IP an address or a network, email a mailbox or *@HOST, its host in small letters"
        raise TrustError(ErrorCode.USAGE, told, kind=kind)


def _is_mailbox_rule(value: str) -> bool:
    """Tell whether a value is a mailbox, or ``*@`` and a host that mailboxes have: another would never allow anything."""
    local, at, host = value.rpartition("@")
    is_local = local == ANY or not set(local) & {"*", "@"}
    return bool(local and at) and is_local and "*" not in host and dns_name(host).text == host == host.lower()


def _allows(rule: str, kind: str, value: str) -> bool:
    if rule == ANY:
        return True
    of, _, pattern = rule.partition("=")
    if of != kind:
        return False
    if pattern == ANY:
        return True
    if kind == IP:
        try:
            return ipaddress.ip_address(value) in ipaddress.ip_network(pattern)
        except ValueError:
            return False
    if kind == EMAIL:  # the host has no case (RFC 5321 2.4)
        local, _, host = value.rpartition("@")
        value = f"{local}@{host.lower()}"
    return _matches(pattern, value)


def _matches(pattern: str, value: str) -> bool:
    """Tell whether a value is what a pattern says; linear in its length, as no regular expression with many stars is."""
    first, *rest = pattern.split("*")
    if not rest:
        return value == pattern
    *middle, last = rest
    if len(value) < len(first) + len(last) or not value.startswith(first) or not value.endswith(last):
        return False
    at, end = len(first), len(value) - len(last)
    for part in middle:
        found = value.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _address(name: GeneralName) -> str:
    try:
        return str(ipaddress.ip_address(name.value))
    except ValueError:
        return ""


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError
    return tuple(value)
