"""The site of the pages of signing in: its few files, and where forms lead back to."""

from __future__ import annotations

from typing import Final

from idp.pages.words import PACKAGE
from trustkit.web.page_site import PageSite

SITE: Final = PageSite(package=PACKAGE, static=("pages.css", "passkey.js", "confirmation.js"), home="/account")
