"""subjectAltName with DNS names and URIs from text, for requests and certificates of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.encoding import der_write as w
from trustkit.x509 import oids
from trustkit.x509.extensions import extension
from trustkit.x509.general_name import DNS_NAME, URI, GeneralName
from trustkit.x509.general_name_build import encode_general_name

if TYPE_CHECKING:
    from collections.abc import Iterable


def subject_alternative_names(*, dns: Iterable[str] = (), uris: Iterable[str] = ()) -> bytes:
    """Return the extension; nothing is checked or bounded, as in what others write."""
    names = (
        GeneralName(form, text.encode("ascii")) for form, texts in ((DNS_NAME, dns), (URI, uris)) for text in texts
    )
    return extension(oids.SUBJECT_ALT_NAME, w.sequence(*map(encode_general_name, names)))
