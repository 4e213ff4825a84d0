"""The subtrees of name constraints, indexed so that a name is looked up and not compared with each (RFC 5280 4.2.1.10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.general_name import DIRECTORY_NAME, DNS_NAME, IP_ADDRESS, RFC822_NAME, URI
from trustkit.x509.name import folded_name
from trustkit.x509.name_forms import (
    ADDRESS_SIZES,
    FORM_NAMES,
    ConstrainedName,
    Folded,
    HostName,
    read_host,
    read_mailbox,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.x509.general_name import GeneralName

INTERPRETED: Final = frozenset({DNS_NAME, RFC822_NAME, URI, DIRECTORY_NAME, IP_ADDRESS})


@dataclass(slots=True)
class _Hosts:
    """Subtrees of hosts: the hosts themselves, the domains below which every host lies within, and mailboxes."""

    exact: set[str] = field(default_factory=set)
    below: set[str] = field(default_factory=set)
    mailboxes: set[tuple[str, str]] = field(default_factory=set)
    parents: set[str] = field(default_factory=set)  # of the hosts in `exact`: what a wildcard may stand for
    everything: bool = False

    def add(self, form: int, octets: bytes) -> None:
        if not octets:
            self.everything = True
            return
        if form == RFC822_NAME and b"@" in octets:
            mailbox = read_mailbox(octets)
            if mailbox is None or mailbox.local is None:
                raise _unreadable(form)
            self.mailboxes.add((mailbox.local, mailbox.host))
            return
        host = read_host(octets.removeprefix(b"."))
        if host is None or "*" in host:
            raise _unreadable(form)
        dotted = octets.startswith(b".")
        if dotted or form == DNS_NAME:
            self.below.add(host)
        if not dotted:
            self.exact.add(host)
            self.parents.add(host.partition(".")[2])

    def holds(self, name: HostName, *, wildcard_may: bool) -> bool:
        host = name.host
        if self.everything or host in self.exact or (name.local is not None and (name.local, host) in self.mailboxes):
            return True
        rest = host.partition(".")[2]
        if wildcard_may and host.startswith("*") and rest in self.parents:
            return True
        while rest:
            if rest in self.below:
                return True
            rest = rest.partition(".")[2]
        return False


class Subtrees:
    """Either the permitted or the excluded subtrees of one extension."""

    def __init__(self, bases: Iterable[GeneralName], *, permitted: bool) -> None:
        """Index the bases. Raise DER_MALFORMED for one that cannot be read.

        A directory name that cannot be read matches nothing among the permitted, everything among the excluded.
        """
        self._permitted = permitted
        self._hosts = {DNS_NAME: _Hosts(), RFC822_NAME: _Hosts(), URI: _Hosts()}
        self._names: set[Folded] = set()
        self._lengths: set[int] = set()
        self._networks: dict[tuple[int, int], set[int]] = {}
        self._unreadable_name = False
        found = set()
        for base in bases:
            found.add(base.form)
            self._add(base)
        self.forms = frozenset(found)

    def _add(self, base: GeneralName) -> None:
        if base.form in self._hosts:
            self._hosts[base.form].add(base.form, base.value)
        elif base.form == DIRECTORY_NAME:
            try:
                name = folded_name(base.value)
            except TrustError:
                self._unreadable_name = True
            else:
                self._names.add(name)
                self._lengths.add(len(name))
        elif base.form == IP_ADDRESS:
            size = len(base.value) // 2
            mask = int.from_bytes(base.value[size:], "big")
            host_bits = mask ^ ((1 << 8 * size) - 1)
            if size not in ADDRESS_SIZES or len(base.value) % 2 or host_bits & (host_bits + 1):
                raise _unreadable(base.form)  # RFC 4632: an address and a mask of leading ones
            self._networks.setdefault((size, mask), set()).add(int.from_bytes(base.value[:size], "big") & mask)

    def hold(self, name: ConstrainedName) -> bool:
        """Tell whether a name of an interpreted form lies in one of them; with doubt the answer is the one that refuses."""
        value = name.value
        if value is None:
            return not self._permitted
        if isinstance(value, HostName):
            return self._hosts[name.form].holds(value, wildcard_may=not self._permitted)
        if isinstance(value, bytes):
            address = int.from_bytes(value, "big")
            return any(
                size == len(value) and address & mask in networks for (size, mask), networks in self._networks.items()
            )
        if self._unreadable_name and not self._permitted:
            return True
        return any(value[:length] in self._names for length in self._lengths)

    @property
    def lookups(self) -> int:
        """How many look-ups a name may take at most, besides those for the labels of a host."""
        return 1 + len(self._lengths) + len(self._networks)


def _unreadable(form: int) -> TrustError:
    return TrustError(ErrorCode.DER_MALFORMED, f"subtree of {FORM_NAMES[form]} cannot be read")
