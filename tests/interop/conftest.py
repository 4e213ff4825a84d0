"""Fixtures: a real authority whose outputs other implementations read."""

from tests.support.authority import authority, home, passphrase_file, pristine_home

__all__ = ["authority", "home", "passphrase_file", "pristine_home"]
