"""Fixtures of the command line's tests: an authority's home, and a terminal in this process to type at."""

from tests.support.authority import authority, home, issued, passphrase_file, pristine_home
from tests.support.office import office, official
from tests.support.terminal import terminal

__all__ = ["authority", "home", "issued", "office", "official", "passphrase_file", "pristine_home", "terminal"]
