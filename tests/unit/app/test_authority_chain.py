"""What a client is given to build chains by: its authority and those above, of each key, with the links between keys; no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.app.test_hierarchy import keys_of, make
from trustkit.app.authority_chain import chain_to_root
from trustkit.app.hierarchy import Hierarchy
from trustkit.store.certificates import serial_text

if TYPE_CHECKING:
    from trustkit.app.authority import Authority


def test_other_authorities_of_the_home_are_not_in_it(authority: Authority) -> None:
    root, issuing = (authority.authorities.certificate(name).der for name in ("root", "issuing"))
    other = make(authority, "web-root", parent=None, profile="root")
    below = make(authority, "web", parent="web-root", profile="subordinate-ca")
    beside = make(authority, "beside", parent="root", profile="subordinate-ca")
    assert chain_to_root(authority, "issuing") == (root, issuing)
    assert chain_to_root(authority, "web") == (other.der, below.der)
    assert chain_to_root(authority, "beside") == (root, beside.der)
    assert chain_to_root(authority, "root") == (root,)
    assert chain_to_root(authority, "nobody") == ()
    Hierarchy(home=authority).cross_certify("issuing", "web-root", keys_of(authority))
    assert chain_to_root(authority, "issuing") == (root, issuing)


def test_earlier_keys_and_the_links_between_keys_are_in_it(authority: Authority) -> None:
    old, issuing = (authority.authorities.certificate(name).der for name in ("root", "issuing"))
    hierarchy = Hierarchy(home=authority)
    new, *links = hierarchy.renew(hierarchy.plan_renewal("root", new_key=True), keys_of(authority))
    found = chain_to_root(authority, "issuing")
    assert set(found) == {old, issuing, new.der, *(each.der for each in links)}
    assert found[-1] == issuing
    (same,) = hierarchy.renew(hierarchy.plan_renewal("issuing", new_key=False), keys_of(authority))
    assert issuing not in chain_to_root(authority, "issuing")  # the newest of its key instead
    assert same.der in chain_to_root(authority, "issuing")


def test_what_was_revoked_is_not_in_it(authority: Authority) -> None:
    issuing = authority.authorities.certificate("issuing")
    authority.revoke_certificate(keys_of(authority), serial_text(issuing.serial), reason="superseded")
    assert issuing.der not in chain_to_root(authority, "issuing")
