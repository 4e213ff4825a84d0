"""``trustkit sign``: signatures inside PDF files, or a message over any file; by the authority's seal or by keys of one's own."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trustkit.app.cli import remote_options as remotes
from trustkit.app.cli import seal_options as seals
from trustkit.app.cli import sign_options as words
from trustkit.app.cli.input_file import InputFile
from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home
from trustkit.app.cli.output import FormatOption, OutputFormat
from trustkit.app.cli.remote_options import RemoteWords
from trustkit.app.cli.seal_options import PlaceOptions, SealWords
from trustkit.app.cli.sign_file_list import sign_file_list
from trustkit.app.cli.sign_many import sign_many
from trustkit.app.cli.sign_message import MessageWords, Signers, sign_as_message
from trustkit.app.cli.sign_ofd import ofd_order, show_ofd_seal, sign_one_ofd, usual_form
from trustkit.app.cli.sign_options import SignForm
from trustkit.app.cli.sign_pdf import LockWords, PdfWords, TextWords, show_seal, sign_one_pdf
from trustkit.app.cli.stamp_words import StampWords
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.pdf_order import PdfOrder

_OF_PDF = frozenset({SignForm.PADES, SignForm.GBT35275_PDF, SignForm.SEAL_PDF})
_OF_OFD = frozenset({SignForm.OFD_SEAL, SignForm.OFD_SIGN})
_OF_ANY = frozenset({SignForm.RFC5652, SignForm.GBT35275})


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
        if place.is_batch:
            return self._many(place)
        file = InputFile(place.files[0])
        form = self._form(place.form, file)
        if self.pdf.seal.dry_run:
            self._show(file, place.out, form)
        else:
            self._sign(file, place.out, form, self._acting(batch=False))
        return 0

    def _form(self, said: SignForm | None, file: InputFile) -> SignForm:
        """Return the form asked for, else the one that fits the words and the file. Raise USAGE for words or a file of another kind."""
        from verifier.format import Format

        form = said or self._usual_form(file)
        if form not in _OF_ANY and self.message.any:
            raise TrustError(ErrorCode.USAGE, "--attached, --add, --countersign and --encrypt-to are for messages")
        if form in _OF_OFD and file.format is not Format.OFD:
            raise TrustError(ErrorCode.USAGE, f"--form {form.value} signs inside an OFD, and this file is none")
        if form is SignForm.SEAL_PDF and file.format is not Format.PDF:
            raise TrustError(ErrorCode.USAGE, "--esl signs inside a PDF or an OFD, and this file is neither")
        if form not in _OF_PDF | _OF_OFD:
            self._require_no_seal(form)
        self._require_seal_form(form)
        return form

    def _usual_form(self, file: InputFile) -> SignForm:
        from verifier.format import Format

        if self.message.any:
            return self._sealed or SignForm.RFC5652
        if file.format is Format.OFD:
            return usual_form(self.pdf, self.electronic_seals, own_keys=self.signers.are_own)
        return self._sealed or (SignForm.PADES if self.pdf.any or file.format is Format.PDF else SignForm.RFC5652)

    def _require_no_seal(self, form: SignForm) -> None:
        if self.pdf.seal.dry_run:
            raise TrustError(ErrorCode.USAGE, "--dry-run shows a seal in a PDF or an OFD", form=form.value)
        if self.pdf.any:
            told = "level, certification, field, lock, texts and seal are for signatures inside a PDF or an OFD"
            raise TrustError(ErrorCode.USAGE, told)

    def _require_seal_form(self, form: SignForm) -> None:
        if self.electronic_seals and form not in {SignForm.SEAL_PDF, *_OF_OFD}:
            raise TrustError(ErrorCode.USAGE, "--esl goes with --form seal-pdf, or ofd-seal for an OFD")

    @property
    def _sealed(self) -> SignForm | None:
        """The form of a PDF where none was named and an electronic seal was."""
        return SignForm.SEAL_PDF if self.electronic_seals else None

    def _sign(self, file: InputFile, out: Path | None, form: SignForm, signers: Signers) -> None:
        stamping, output = self.stamping, self.output
        if form in _OF_OFD:
            order = ofd_order(form, self.pdf, self.electronic_seals)
            sign_one_ofd(file, out, order, signers=signers, stamping=stamping, output=output)
        elif form in _OF_PDF:
            sign_one_pdf(file, out, self._pdf_order(form), signers=signers, stamping=stamping, output=output)
        elif form is SignForm.OFD_FILE_LIST:
            sign_file_list(file, out, signers=signers, stamping=stamping, output=output)
        else:
            words = self.message
            sign_as_message(file, out, form=form.value, words=words, signers=signers, stamping=stamping, output=output)

    def _acting(self, *, batch: bool) -> Signers:
        """Return the signers, the home's keys acting for who signed in where its settings want that; own keys are their owner's affair."""
        from trustkit.app.cli.asking import act_in_name
        from trustkit.app.official_acts import OfficialAct
        from trustkit.app.wiring import open_authority

        if not self.signers.are_own:
            with open_authority(chosen_home(self.signers.home)) as authority:
                act_in_name(authority, OfficialAct.BATCH if batch else OfficialAct.SIGNATURE)
                return replace(self.signers, acting=authority.operator)
        return self.signers

    def _show(self, file: InputFile, out: Path | None, form: SignForm) -> None:
        """Show the seal on a page."""
        signers, output, named = self.signers, self.output, self.electronic_seals
        if form in _OF_OFD:
            show_ofd_seal(file, out, ofd_order(form, self.pdf, named), signers=signers, output=output)
        else:
            show_seal(file, out, self.pdf, signers=signers, output=output, form=form.value, electronic=named)

    def _pdf_order(self, form: SignForm) -> PdfOrder:
        stamped = self.stamping.url is not None or not self.signers.are_own
        return self.pdf.order(form.value, stamped=stamped, electronic=self.electronic_seals)

    def _many(self, place: _Place) -> int:
        """Sign many files into a folder, all in one form. Raise USAGE."""
        from trustkit.app.batch_plan import plan_batch
        from verifier.format import Format

        said = place.form
        if self.pdf.seal.dry_run:
            raise TrustError(ErrorCode.USAGE, "--dry-run shows the seal on one file")
        if self.message.any or not (said is None or said in _OF_PDF | _OF_OFD):
            told = "messages and lists of files are made of one file at a time; many files are signed as PDF or OFD"
            raise TrustError(ErrorCode.USAGE, told)
        if place.out is not None or place.out_dir is None:
            told = "folders and several files are signed into a folder: --out-dir, not --out"
            raise TrustError(ErrorCode.USAGE, told)
        kinds = None if said is None else frozenset({Format.OFD if said in _OF_OFD else Format.PDF})
        plan = plan_batch(place.files, place.out_dir, kinds)
        if Format.OFD in plan.kinds:
            form = said or usual_form(self.pdf, self.electronic_seals, own_keys=self.signers.are_own)
        else:
            form = said or self._sealed or SignForm.PADES
        self._require_seal_form(form)
        signers = self._acting(batch=True)
        return sign_many(
            plan,
            place.out_dir,
            ofd_order(form, self.pdf, self.electronic_seals) if form in _OF_OFD else self._pdf_order(form),
            processes=place.jobs or os.cpu_count() or 1,
            signers=signers,
            stamping=self.stamping,
            output=self.output,
        )
