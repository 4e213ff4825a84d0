"""``trustkit sign`` of a PDF file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trustkit.app.cli.options import chosen_home
from trustkit.app.cli.output import next_step, report, wrote
from trustkit.app.seal_shape import SealShape
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.pdf.model import CertificationLevel, FieldLock
    from trustkit.app.cli.input_file import InputFile
    from trustkit.app.cli.output import OutputFormat
    from trustkit.app.cli.seal_options import SealWords
    from trustkit.app.cli.sign_message import Signers
    from trustkit.app.cli.sign_options import ChangeLevel, SignLevel
    from trustkit.app.cli.stamp_words import StampWords
    from trustkit.app.pdf_order import PdfOrder, WhoSigns
    from trustkit.app.seal_order import SealWish


@dataclass(frozen=True, slots=True)
class LockWords:
    """``--lock`` and its kin: named fields, all but those named, or all, and what else may be changed from then on."""

    named: tuple[str, ...]
    all_but: tuple[str, ...]
    all: bool
    then_only: ChangeLevel | None

    @property
    def count(self) -> int:
        """How many of the three were said."""
        return sum((bool(self.named), bool(self.all_but), self.all))

    def require_fit(self) -> None:
        """Raise USAGE for words that do not go together."""
        if self.count > 1:
            raise TrustError(ErrorCode.USAGE, "--lock, --lock-all and --lock-all-but exclude each other")
        if self.then_only is not None and not self.count:
            raise TrustError(ErrorCode.USAGE, "--then-only goes with a lock; --certify says it of the whole document")

    def lock(self) -> FieldLock | None:
        """Return the lock, None when there is to be none."""
        from esign.pdf.model import FieldLock, LockAction

        if not self.count:
            return None
        action = LockAction.ALL if self.all else LockAction.INCLUDE if self.named else LockAction.EXCLUDE
        return FieldLock(action=action, fields=self.named or self.all_but, level=_level(self.then_only))


@dataclass(frozen=True, slots=True)
class TextWords:
    """``--reason``, ``--location``, ``--contact``."""

    reason: str
    location: str
    contact: str


@dataclass(frozen=True, slots=True)
class PdfWords:
    """What the command line says of PDF only."""

    level: SignLevel | None
    certify: ChangeLevel | None
    fields: tuple[str, ...]
    locks: LockWords
    texts: TextWords
    seal: SealWords

    @property
    def any(self) -> bool:
        """Whether anything was said."""
        said = (
            self.level,
            self.certify,
            self.fields,
            self.locks.count,
            self.texts != TextWords("", "", ""),
            self.seal.any,
        )
        return any(said)

    def order(self, form: str, *, stamped: bool, electronic: tuple[str, ...] = ()) -> PdfOrder:
        """Return what was ordered, `electronic` being the seals of ``--esl``. Raise USAGE for words that do not go together."""
        from esign.pdf.request import PdfForm
        from trustkit.app.pdf_order import PdfLevel, PdfOrder

        self.locks.require_fit()
        usual = PdfLevel.B_T if stamped else PdfLevel.B_B
        return PdfOrder(
            form=PdfForm(form),
            level=usual if self.level is None else PdfLevel(self.level.value),
            certification=_level(self.certify),
            lock=self.locks.lock(),
            fields=self.fields,
            reason=self.texts.reason,
            location=self.texts.location,
            contact=self.texts.contact,
            seals=self._electronic(electronic) if form == PdfForm.SEAL.value else self.seal.wishes(self.fields),
        )

    def _electronic(self, named: tuple[str, ...]) -> tuple[SealWish, ...]:
        from trustkit.app.seal_order import SealWish

        if self.seal.drawn_any:
            raise TrustError(
                ErrorCode.USAGE, "an electronic seal shows its own picture: name it with --esl, and its place"
            )
        words: tuple[str | None, ...] = tuple(absolute_seal(word) for word in named) or (None,)
        places = self.seal.places_of([SealShape.ROUND] * len(words), self.fields)
        return tuple(
            SealWish(shape=None, electronic=word, place=place, riding=self.seal.riding_edge() if number == 0 else None)
            for number, (word, place) in enumerate(zip(words, places, strict=True))
        )


def absolute_seal(word: str) -> str:
    """Return the whole path of a file, which processes started elsewhere find too; a number of the registry as it is."""
    path = Path(word)
    return str(path.absolute()) if path.exists() else word


def _level(word: ChangeLevel | None) -> CertificationLevel | None:
    from esign.pdf.model import CertificationLevel

    return None if word is None else CertificationLevel[word.name]


def who_signs(signers: Signers, stamping: StampWords) -> WhoSigns:
    """Return who signs, in the words of the roof's other rooms."""
    from trustkit.app.pdf_order import WhoSigns

    return WhoSigns(
        home=chosen_home(signers.home),
        keys=tuple(path.absolute() for path in signers.keys),
        remote=signers.remote,
        certificates=tuple(None if path is None else path.absolute() for path in signers.paired()),
        stamp=stamping.order(signers.home),
        trust=stamping.trust,
        evidence=stamping.evidence,
        acting=signers.acting,
    )


def sign_one_pdf(
    file: InputFile,
    out: Path | None,
    order: PdfOrder,
    *,
    signers: Signers,
    stamping: StampWords,
    output: OutputFormat,
) -> None:
    """Write the signed file beside the other and say so."""
    from trustkit.app.files import require_place, write_output
    from trustkit.app.pdf_desk import open_desk

    target, data = out or file.path.with_name(f"{file.path.stem}.signed.pdf"), file.data
    require_place(target)
    with open_desk(who_signs(signers, stamping), order, signers.passphrase()) as desk:
        signed = desk.sign(data)
    write_output(target, signed)
    told = {"file": str(target), "form": order.form.value, "level": order.level.value, "octets": len(signed)}
    report(output, told, wrote(target), next_step(f"trustkit verify {target}"))


def show_seal(
    file: InputFile,
    out: Path | None,
    words: PdfWords,
    *,
    signers: Signers,
    output: OutputFormat,
    form: str,
    electronic: tuple[str, ...] = (),
) -> None:
    """Write pictures of where the seals would be, one a page, and say so; nothing is signed and no key opened."""
    from esign.pdf.request import PdfForm
    from trustkit.app.files import require_place, write_output
    from trustkit.app.page_reader import PageReader
    from trustkit.app.seal_order import SealFacts
    from trustkit.app.seal_preview import electronic_orders, seal_name, seal_pictures
    from trustkit.clock import SystemClock

    order = words.order(form, stamped=True, electronic=electronic)
    order.require_signers(max(1, len(signers.keys)))
    wishes = order.seals
    if not wishes:
        raise TrustError(ErrorCode.USAGE, "--dry-run shows a seal: --seal")
    if signers.remote_words.asked and (not wishes[0].name or wishes[0].shape is None):
        raise TrustError(ErrorCode.USAGE, "--dry-run asks no service who signs: --seal-name")
    home, keys, certificates = chosen_home(signers.home), signers.keys, signers.paired()
    orders = electronic_orders(wishes, home, keys, certificates) if form == PdfForm.SEAL.value else []
    for number, wish in enumerate(wishes[len(orders) :]):
        name = wish.name or seal_name(home, keys, certificates, number)
        facts = SealFacts(name=name, at=SystemClock().now(), reason=words.texts.reason, location=words.texts.location)
        orders.append(wish.seal_order(facts))
    written = []
    with PageReader() as reader:
        pictures = list(seal_pictures(file.data, orders, reader))
    targets = [picture_place(file.path, out, page, alone=len(pictures) == 1) for page, _ in pictures]
    for target in targets:
        require_place(target)
    for target, (page, png) in zip(targets, pictures, strict=True):
        write_output(target, png)
        written.append({"page": page, "file": str(target)})
    report(output, {"file": str(file.path), "pictures": written}, *(wrote(each["file"]) for each in written))


def picture_place(file: Path, out: Path | None, page: int, *, alone: bool) -> Path:
    """Return where a picture goes: beside the file, or to ``--out``, with the page's number where there are several."""
    if out is None:
        return file.with_name(f"{file.stem}.page-{page}.png")
    return out if alone else out.with_name(f"{out.stem}.page-{page}{out.suffix or '.png'}")
