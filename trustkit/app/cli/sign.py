"""``trustkit sign``: signatures inside PDF files, or a message over any file; by the authority's seal or by keys of one's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.app.cli import remote_options as remotes
from trustkit.app.cli import seal_options as seals
from trustkit.app.cli import sign_options as words
from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption
from trustkit.app.cli.output import FormatOption, OutputFormat
from trustkit.app.cli.remote_options import RemoteWords
from trustkit.app.cli.seal_options import PlaceOptions, SealWords
from trustkit.app.cli.sign_file_list import sign_file_list
from trustkit.app.cli.sign_message import MessageWords, Signers, sign_as_message
from trustkit.app.cli.sign_ofd import is_ofd, ofd_order, show_ofd_seal, sign_one_ofd, usual_form
from trustkit.app.cli.sign_options import SignForm
from trustkit.app.cli.sign_pdf import LockWords, PdfWords, TextWords, show_seal, sign_many, sign_one_pdf
from trustkit.app.cli.stamp_words import StampWords
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.ofd_order import OfdOrder
    from trustkit.app.pdf_order import PdfOrder

_OF_PDF = frozenset({SignForm.PADES, SignForm.GBT35275_PDF, SignForm.SEAL_PDF})
_OF_OFD = frozenset({SignForm.OFD_SEAL, SignForm.OFD_SIGN})


def sign(
    files: words.Files,
    *,
    form: words.FormOption = None,
    level: words.LevelOption = None,
    out: words.Out = None,
    key: words.KeyPaths = None,
    cert: words.CertificatePaths = None,
    remote: remotes.RemoteUrl = None, credential: remotes.CredentialId = None, remote_ca: remotes.RemoteCa = None,
    certify: words.Certify = None,
    field: words.FieldNames = None,
    lock: words.LockFields = None, lock_all_but: words.LockAllBut = None, lock_all: words.LockAll = False,
    then_only: words.LockLevel = None,
    reason: words.Reason = "",
    location: words.Location = "",
    contact: words.Contact = "",
    seal: seals.Seal = None,
    seal_name: seals.SealName = None,
    seal_line: seals.SealLine = None,
    seal_code: seals.SealCode = None,
    seal_text: seals.SealTexts = None,
    seal_image: seals.SealImage = None, seal_style: seals.SealStyle = None,
    esl: seals.ElectronicSeal = None,
    size: seals.Size = None,
    page: seals.Page = None,
    at: seals.At = None,
    corner: seals.FromCorner = None,
    beside: seals.Beside = None,
    hit: seals.Hit = None,
    side: seals.OnSide = None,
    riding_edge: seals.Riding = None,
    dry_run: seals.DryRun = False,
    out_dir: words.OutFolder = None,
    jobs: words.Processes = None,
    tsa: words.Tsa = None,
    tsa_digest: words.TsaDigest = None,
    tsa_policy: words.TsaPolicy = None,
    trust: words.Trust = None,
    evidence: words.EvidencePaths = None,
    attached: words.Attached = False,
    add: words.Existing = None,
    countersign: words.Countersign = None,
    encrypt_to: words.EncryptTo = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> int:  # fmt: skip
    """Sign PDF and OFD files inside, and any other file by a message, with the authority's seal, --key or --remote; `trustkit verify` checks."""
    stamping = StampWords(tsa, tsa_digest, tsa_policy, trust=tuple(trust or ()), evidence=tuple(evidence or ()))
    service = RemoteWords(remote, credential, remote_ca)
    signers = Signers(tuple(key or ()), tuple(cert or ()), home, passphrase_file, passphrase_fd, service)
    locks = LockWords(tuple(lock or ()), tuple(lock_all_but or ()), lock_all, then_only)
    drawn = (seal, seal_name, seal_line, seal_code, seal_text, seal_image, size, seal_style)
    shown = SealWords(*drawn, PlaceOptions(page, at, corner, beside, hit, side), riding_edge, dry_run)
    pdf = PdfWords(level, certify, tuple(field or ()), locks, TextWords(reason, location, contact), shown)
    message = MessageWords(attached, add, countersign, tuple(encrypt_to or ()))
    return _Signing(signers, stamping, message, pdf, output, tuple(esl or ())).run(
        _Place(tuple(files), form, out, out_dir, jobs)
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """What is signed, in which form, and where it goes."""

    files: tuple[Path, ...]
    form: SignForm | None
    out: Path | None
    out_dir: Path | None
    jobs: int | None

    @property
    def is_batch(self) -> bool:
        return len(self.files) > 1 or self.files[0].is_dir() or self.out_dir is not None


@dataclass(frozen=True, slots=True)
class _Signing:
    """Everything else that was said."""

    signers: Signers
    stamping: StampWords
    message: MessageWords
    pdf: PdfWords
    output: OutputFormat
    electronic_seals: tuple[str, ...]

    def run(self, place: _Place) -> int:
        """Sign; return the exit status."""
        self.signers.require_fit()
        self.stamping.require_fit(own_keys=self.signers.are_own, encrypting=bool(self.message.encrypt_to))
        self.message.require_fit(self.signers)
        self.pdf.locks.require_fit()
        if self.pdf.seal.dry_run:
            if place.is_batch:
                raise TrustError(ErrorCode.USAGE, "--dry-run shows the seal on one file")
            if self._is_ofd(place):
                order = self._ofd_order(place)
                show_ofd_seal(place.files[0], place.out, order, signers=self.signers, output=self.output)
                return 0
            self._show(place)
            return 0
        if place.is_batch:
            folder, form = _require_many(place.form or self._sealed, place.out, place.out_dir, self.message)
            _require_seal_form(form, self.electronic_seals)
            return self._many(place, folder, form)
        file, out, output = place.files[0], place.out, self.output
        if self._is_ofd(place):
            order = self._ofd_order(place)
            sign_one_ofd(file, out, order, signers=self.signers, stamping=self.stamping, output=output)
            return 0
        form = _chosen_form(place.form or self._sealed, file, self.message, self.pdf)
        _require_seal_form(form, self.electronic_seals)
        if form is SignForm.OFD_FILE_LIST:
            sign_file_list(file, out, signers=self.signers, stamping=self.stamping, output=output)
        elif form in _OF_PDF:
            sign_one_pdf(file, out, self._order(form), signers=self.signers, stamping=self.stamping, output=output)
        else:
            sign_as_message(
                file,
                out,
                form=form.value,
                words=self.message,
                signers=self.signers,
                stamping=self.stamping,
                output=output,
            )
        return 0

    def _is_ofd(self, place: _Place) -> bool:
        """Return whether an OFD is signed inside. Raise USAGE for an OFD form and another file."""
        found = place.form in _OF_OFD or (place.form is None and not self.message.any and is_ofd(place.files[0]))
        if found and place.form is not None and not is_ofd(place.files[0]):
            raise TrustError(ErrorCode.USAGE, f"--form {place.form.value} signs inside an OFD, and this file is none")
        if found and self.message.any:
            raise TrustError(ErrorCode.USAGE, "--attached, --add, --countersign and --encrypt-to are for messages")
        return found

    def _ofd_order(self, place: _Place) -> OfdOrder:
        form = place.form or usual_form(self.pdf, self.electronic_seals, own_keys=self.signers.are_own)
        return ofd_order(form, self.pdf, self.electronic_seals)

    @property
    def _sealed(self) -> SignForm | None:
        """The form of a PDF where none was named and an electronic seal was."""
        return SignForm.SEAL_PDF if self.electronic_seals else None

    def _show(self, place: _Place) -> None:
        """Show the seal on a PDF."""
        form = place.form or self._sealed or SignForm.PADES
        _require_seal_form(form, self.electronic_seals)
        if form not in _OF_PDF:
            raise TrustError(ErrorCode.USAGE, "--dry-run shows a seal in a PDF or an OFD")
        named, signers, output = self.electronic_seals, self.signers, self.output
        show_seal(
            place.files[0], place.out, self.pdf, signers=signers, output=output, form=form.value, electronic=named
        )

    def _order(self, form: SignForm) -> PdfOrder:
        stamped = self.stamping.url is not None or not self.signers.are_own
        return self.pdf.order(form.value, stamped=stamped, electronic=self.electronic_seals)

    def _many(self, place: _Place, folder: Path, form: SignForm) -> int:
        return sign_many(
            place.files,
            folder,
            self._order(form),
            processes=place.jobs or os.cpu_count() or 1,
            signers=self.signers,
            stamping=self.stamping,
            output=self.output,
        )


def _require_seal_form(form: SignForm, electronic: tuple[str, ...]) -> None:
    if electronic and form is not SignForm.SEAL_PDF:
        raise TrustError(ErrorCode.USAGE, "--esl goes with --form seal-pdf, or ofd-seal for an OFD")


def _chosen_form(form: SignForm | None, file: Path, message: MessageWords, pdf: PdfWords) -> SignForm:
    """Return the form asked for, else the one that fits the words and the file. Raise USAGE for words of the other kind."""
    chosen = form
    if chosen is None:
        chosen = SignForm.PADES if not message.any and (pdf.any or _is_pdf(file)) else SignForm.RFC5652
    if chosen in {SignForm.OFD_FILE_LIST, *_OF_PDF} and message.any:
        raise TrustError(ErrorCode.USAGE, "--attached, --add, --countersign and --encrypt-to are for messages")
    if chosen is SignForm.SEAL_PDF and not _is_pdf(file):
        raise TrustError(ErrorCode.USAGE, "--esl signs inside a PDF or an OFD, and this file is neither")
    if chosen not in _OF_PDF and pdf.any:
        raise TrustError(
            ErrorCode.USAGE, "level, certification, field, lock, texts and seal are for signatures inside a PDF"
        )
    return chosen


def _is_pdf(file: Path) -> bool:
    from trustkit.app.files import read_input
    from verifier.format import Format
    from verifier.submission import identify

    return identify(read_input(file)) is Format.PDF


def _require_many(
    form: SignForm | None, out: Path | None, out_dir: Path | None, message: MessageWords
) -> tuple[Path, SignForm]:
    """Return the folder and the form of a run over many files. Raise USAGE."""
    chosen = form or SignForm.PADES
    if message.any or chosen not in _OF_PDF:
        raise TrustError(ErrorCode.USAGE, "messages are made of one file at a time; many files are signed as PDF")
    if out is not None or out_dir is None:
        raise TrustError(ErrorCode.USAGE, "folders and several files are signed into a folder: --out-dir, not --out")
    return out_dir, chosen
