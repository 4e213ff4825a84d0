"""``trustkit sign`` of an OFD file: with an electronic seal, or with a message of GB/T 35275."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.cli.output import next_step, report, wrote
from trustkit.app.cli.sign_options import SignForm
from trustkit.app.cli.sign_pdf import TextWords, absolute_seal, picture_place, who_signs
from trustkit.app.seal_shape import SealShape
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.cli.input_file import InputFile
    from trustkit.app.cli.output import OutputFormat
    from trustkit.app.cli.sign_message import Signers
    from trustkit.app.cli.sign_pdf import PdfWords
    from trustkit.app.cli.stamp_words import StampWords
    from trustkit.app.ofd_order import OfdOrder, OfdSealWish


def usual_form(words: PdfWords, seals: tuple[str, ...], *, own_keys: bool) -> SignForm:
    """Return the form of a signature in an OFD where none was named: sealed, unless keys of one's own sign and nothing of a seal was said."""
    return SignForm.OFD_SIGN if own_keys and not (seals or words.seal.any) else SignForm.OFD_SEAL


def ofd_order(form: SignForm, words: PdfWords, seals: tuple[str, ...]) -> OfdOrder:
    """Return what was ordered. Raise USAGE for words that are for PDF, or do not go together."""
    from esign.ofd.request import OfdForm
    from trustkit.app.ofd_order import OfdOrder
    from trustkit.app.pdf_order import PdfLevel

    if words.certify is not None or words.fields or words.locks.count:
        raise TrustError(ErrorCode.USAGE, "an OFD has no fields, certifications and locks: they are for PDF")
    if words.seal.drawn_any:
        told = "an OFD shows the electronic seal's own picture: name the seal with --esl, and its place"
        raise TrustError(ErrorCode.USAGE, told)
    sealed = form is SignForm.OFD_SEAL
    if not sealed and (seals or words.seal.any):
        raise TrustError(ErrorCode.USAGE, "--form ofd-sign shows no seal: --form ofd-seal")
    texts: TextWords = words.texts
    return OfdOrder(
        form=OfdForm(form.value),
        level=None if words.level is None else PdfLevel(words.level.value),
        seals=_wishes(words, seals) if sealed else (),
        reason=texts.reason,
        location=texts.location,
        contact=texts.contact,
    )


def _wishes(words: PdfWords, seals: tuple[str, ...]) -> tuple[OfdSealWish, ...]:
    from trustkit.app.ofd_order import OfdSealWish

    named: tuple[str | None, ...] = tuple(map(absolute_seal, seals)) or (None,)
    places = words.seal.places_of([SealShape.ROUND] * len(named))
    return tuple(
        OfdSealWish(seal=seal, place=place, riding=words.seal.riding_edge() if number == 0 else None)
        for number, (seal, place) in enumerate(zip(named, places, strict=True))
    )


def sign_one_ofd(
    file: InputFile,
    out: Path | None,
    order: OfdOrder,
    *,
    signers: Signers,
    stamping: StampWords,
    output: OutputFormat,
) -> None:
    """Write the signed file beside the other and say so."""
    from trustkit.app.files import require_place, write_output
    from trustkit.app.ofd_desk import open_ofd_desk

    target, data = out or file.path.with_name(f"{file.path.stem}.signed.ofd"), file.data
    require_place(target)
    with open_ofd_desk(who_signs(signers, stamping), order, signers.passphrase()) as desk:
        signed = desk.sign(data)
    write_output(target, signed)
    told = {"file": str(target), "form": order.form.value, "octets": len(signed)}
    report(output, told, wrote(target), next_step(f"trustkit verify {target}"))


def show_ofd_seal(
    file: InputFile, out: Path | None, order: OfdOrder, *, signers: Signers, output: OutputFormat
) -> None:
    """Write pictures of where the seals would be, one a page, and say so; nothing is signed and no key opened."""
    from trustkit.app.cli.options import chosen_home
    from trustkit.app.files import require_place, write_output
    from trustkit.app.ofd_preview import ofd_seal_pictures

    if not order.seals:
        raise TrustError(ErrorCode.USAGE, "--dry-run shows a seal: --esl, --form ofd-seal")
    pictures = ofd_seal_pictures(file.data, order, chosen_home(signers.home), signers.keys, signers.paired())
    targets = [picture_place(file.path, out, page, alone=len(pictures) == 1) for page, _ in pictures]
    for target in targets:
        require_place(target)
    for target, (_, png) in zip(targets, pictures, strict=True):
        write_output(target, png)
    written = [{"page": page, "file": str(target)} for target, (page, _) in zip(targets, pictures, strict=True)]
    report(output, {"file": str(file.path), "pictures": written}, *(wrote(target) for target in targets))
