"""Poisoned validation material and time stamps: what stands in the security store was put there by anybody (EN 319 142-1 5.4.2).

Rows that are `alone` are judged by what the file itself brings, without the lists everybody has.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils import generic

from esign.pdf.reader import entry
from tests.support.attacks.documents import CONTENT, append, body_of, contract
from tests.support.attacks.incremental import FORGED
from tests.support.attacks.model import CHANGED, PASSED, Row, doubtful, failed
from tests.support.ocsp import answer
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import add_document_stamp, stamper, update
from trustkit.errors import ErrorCode
from trustkit.verdict import CheckId, SubIndication

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from tests.support.attacks.library import Library
    from tests.support.pki import Member


def with_material(octets: bytes, key: str, *values: bytes) -> bytes:
    """Return the file with one more revision that adds streams to an array of its security store."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        store = writer.root["/DSS"]
        array = generic.ArrayObject(entry(store, key, ()))
        array.extend(writer.add_object(generic.StreamObject(stream_data=value)) for value in values)
        store[generic.pdf_name(key)] = array
        writer.update_container(store)

    return update(octets, change)


def _false_issuer(library: Library) -> Member:
    world = library.world
    name = world.issuing.certificate.subject_der
    return world.issue("x", self_signed=True, subject_der=name, ca=True, usage=("keyCertSign", "cRLSign"))


def bare_revoked(library: Library) -> bytes:
    return library.approve(contract(), by=library.world.revoked, crls=())


def forged_list(library: Library) -> bytes:
    """A list that clears everybody, in the issuer's name, signed by another key."""
    world = library.world
    forged = world.crl(revoked={}, number=99, signer=_false_issuer(library).signer).der
    return with_material(bare_revoked(library), "/CRLs", forged)


def forged_answer(library: Library) -> bytes:
    """An answer that the revoked certificate is good, by a responder nobody appointed."""
    world = library.world
    responder = world.issue("responder", self_signed=True, purposes=("ocspSigning",))
    return with_material(bare_revoked(library), "/OCSPs", answer(world, world.revoked, by=responder))


def answer_by_the_signer(library: Library) -> bytes:
    """An answer about the signer by the signer himself, a member of the same authority without that right."""
    world = library.world
    return with_material(bare_revoked(library), "/OCSPs", answer(world, world.revoked, by=world.revoked))


def stale_list(library: Library) -> bytes:
    """A genuine list from before the revocation."""
    world = library.world
    then = PkiWorld.START - timedelta(days=20)
    old = world.crl(revoked={}, this_update=then, next_update=then + timedelta(days=7)).der
    return with_material(bare_revoked(library), "/CRLs", old)


def smuggled_root(library: Library) -> bytes:
    """Everything is consistent, under a root that the file itself brings."""
    other = PkiWorld(organisation="another")
    return library.approve(
        contract(),
        by=other.signer,
        chain=(other.issuing.certificate, other.root.certificate),
        evidence_certificates=(other.root.der,),
        crls=(other.crl().der, other.crl(issuer=other.root).der),
        timestamp=stamper(other),
    )


def nonsense(library: Library) -> bytes:
    return with_material(library.contract, "/Certs", b"no certificate", b"", b"\x30\x80")


def many_items(library: Library) -> bytes:
    return with_material(library.contract, "/Certs", *(b"%d" % number for number in range(300)))


def no_store(library: Library) -> bytes:
    """The security store becomes something else."""
    body = body_of(library.contract, 1)
    return append(library.contract, {1: body.replace(b"/DSS 11 0 R", b"/DSS 5 0 R")})


def script_in_the_store(library: Library) -> bytes:
    """A further key in the store, with a script under it."""
    body = body_of(library.contract, 11)
    return append(library.contract, {11: body[:-2] + b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>"})


def stamped_after_a_change(library: Library) -> bytes:
    """A genuine document time stamp over a changed file: it proves when, never what."""
    return add_document_stamp(library.world, append(library.contract, {CONTENT: FORGED}))


def stamp_over_other_octets(library: Library) -> bytes:
    return add_document_stamp(library.world, library.contract, over=b"something else")


def stamp_of_another_signature(library: Library) -> bytes:
    """A token over another signature, put beside that of an expired signer to date it back."""
    world = library.world
    token = stamper(world)(b"another signature")
    return library.sign_field(contract(), "Signature1", by=world.expired, timestamp=lambda _: token)


_REVOKED: Final = failed(SubIndication.REVOKED, CheckId.CERTIFICATE_REVOCATION)
_LATER: Final = doubtful(SubIndication.TRY_LATER, ErrorCode.CRL_MISSING)
_NO_CHAIN: Final = doubtful(SubIndication.NO_CERTIFICATE_CHAIN_FOUND, ErrorCode.PATH_NO_ANCHOR)
_NO_POE: Final = doubtful(SubIndication.OUT_OF_BOUNDS_NO_POE, ErrorCode.CERTIFICATE_EXPIRED)

ROWS: Final = (
    Row("store-forged-list", "revoked_contract", forged_list, _REVOKED),
    Row("store-forged-list-alone", "revoked_contract", forged_list, _LATER, alone=True),
    Row("store-forged-answer", "revoked_contract", forged_answer, _REVOKED),
    Row("store-forged-answer-alone", "revoked_contract", forged_answer, _LATER, alone=True),
    Row("store-answer-by-the-signer", "revoked_contract", answer_by_the_signer, _LATER, alone=True),
    Row("store-stale-list", "revoked_contract", stale_list, _LATER, alone=True),
    Row("store-smuggled-root", "contract", smuggled_root, _NO_CHAIN),
    Row("store-nonsense", "contract", nonsense, PASSED),
    Row("store-many-items", "contract", many_items, PASSED),
    Row("store-replaced", "contract", no_store, CHANGED),
    Row("store-with-a-script", "contract", script_in_the_store, CHANGED),
    Row(
        "stamp-only",
        "contract",
        lambda lib: lib.stamped_only,
        doubtful(SubIndication.NOT_SIGNED, CheckId.SIGNATURE_FORM),
    ),
    Row("stamp-after-a-change", "contract", stamped_after_a_change, CHANGED),
    Row(
        "stamp-over-other-octets",
        "contract",
        stamp_over_other_octets,
        failed(SubIndication.HASH_FAILURE, ErrorCode.TIMESTAMP_IMPRINT),
    ),
    Row("stamp-of-another-signature", "contract", stamp_of_another_signature, _NO_POE),
)
