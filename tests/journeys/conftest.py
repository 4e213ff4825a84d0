"""Fixtures of every journey: a real authority in a home of its own."""

from tests.support.api_people import admin, doors, registrar, second
from tests.support.authority import authority, home, issued, passphrase_file, pristine_home
from tests.support.identity_site import site
from tests.support.terminal import terminal

__all__ = [
    "admin",
    "authority",
    "doors",
    "home",
    "issued",
    "passphrase_file",
    "pristine_home",
    "registrar",
    "second",
    "site",
    "terminal",
]
