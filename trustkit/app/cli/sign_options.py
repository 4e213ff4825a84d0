"""The options of ``trustkit sign``, under the headings of its help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from trustkit.app.cli.timestamp import StampDigest

_FORM: Final = "What comes out"
_WHO: Final = "Who signs"
_PDF: Final = "PDF: what the signature says and forbids"
_MANY: Final = "Many files"
_STAMP: Final = "Time stamps of signatures by --key"
_MESSAGE: Final = "Messages (for files of any kind)"


class SignForm(StrEnum):
    """``--form``: the syntax of the signature."""

    PADES = "pades"
    GBT35275_PDF = "gbt35275-pdf"
    SEAL_PDF = "seal-pdf"
    RFC5652 = "rfc5652"
    GBT35275 = "gbt35275"
    OFD_SEAL = "ofd-seal"
    OFD_SIGN = "ofd-sign"
    OFD_FILE_LIST = "ofd-file-list"


class SignLevel(StrEnum):
    """``--level``: how long a PDF's signature can be judged."""

    B_B = "b-b"
    B_T = "b-t"
    B_LT = "b-lt"
    B_LTA = "b-lta"


class ChangeLevel(StrEnum):
    """What may be changed after a signature."""

    NO_CHANGES = "no-changes"
    FORM_FILLING = "form-filling"
    ANNOTATIONS = "annotations"


Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE|FOLDER...", help="What to sign; it is never changed. Of folders, all PDF in them, or all OFD."
    ),
]
FormOption = Annotated[
    SignForm | None,
    typer.Option(
        "--form",
        help="pades, gbt35275-pdf and seal-pdf (GB/T 38540) sign inside a PDF; ofd-seal (GB/T 38540) and ofd-sign (GB/T 35275) inside an OFD; ofd-file-list,"
        " last of all, lists an OFD's files so that none can be added or left out (GM/T 0099); rfc5652 (CMS) and gbt35275 make a"
        " message beside any file.  [default: pades for PDF, with --esl seal-pdf; ofd-seal for OFD, by --key without --esl ofd-sign; rfc5652 for all"
        " else]",
        rich_help_panel=_FORM,
    ),
]
LevelOption = Annotated[
    SignLevel | None,
    typer.Option(
        "--level",
        help="b-b: the signature alone; b-t: time-stamped; b-lt: with all that judging it later takes; "
        "b-lta: and an archive time stamp over that, which `trustkit renew` adds to."
        "  [default: b-t with a time-stamp authority, else b-b]",
        rich_help_panel=_FORM,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        help="Default: FILE.signed.pdf or .ofd; of messages FILE.p7s, with content FILE.p7m.",
        rich_help_panel=_FORM,
    ),
]
KeyPaths = Annotated[
    list[Path] | None,
    typer.Option(
        "--key",
        metavar="FILE",
        help="Sign with this key (PKCS#8, PKCS#12, .sm2), not the seal; several sign in turn, one passphrase opens them all.",
        rich_help_panel=_WHO,
    ),
]
CertificatePaths = Annotated[
    list[Path] | None,
    typer.Option(
        "--cert",
        metavar="FILE",
        help="Certificate of the --key in the same place, where that file holds none.",
        rich_help_panel=_WHO,
    ),
]
Certify = Annotated[
    ChangeLevel | None,
    typer.Option(
        "--certify",
        help="Certify the document: after the first signature only this much may be changed.",
        rich_help_panel=_PDF,
    ),
]
FieldNames = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="NAME",
        help="Sign in this empty field of the form, once for each signer.  [default: the only one, else a new field]",
        rich_help_panel=_PDF,
    ),
]
LockFields = Annotated[
    list[str] | None,
    typer.Option("--lock", metavar="NAME", help="Lock this form field once signed; repeat it.", rich_help_panel=_PDF),
]
LockAllBut = Annotated[
    list[str] | None,
    typer.Option("--lock-all-but", metavar="NAME", help="Lock every form field but this.", rich_help_panel=_PDF),
]
LockAll = Annotated[bool, typer.Option("--lock-all", help="Lock every form field.", rich_help_panel=_PDF)]
LockLevel = Annotated[
    ChangeLevel | None,
    typer.Option(
        "--then-only",
        help="With a lock: what else may be changed from then on; no-changes makes it the last signature.",
        rich_help_panel=_PDF,
    ),
]
Reason = Annotated[str, typer.Option("--reason", help="Why it is signed.", rich_help_panel=_PDF)]
Location = Annotated[str, typer.Option("--location", help="Where it is signed.", rich_help_panel=_PDF)]
Contact = Annotated[str, typer.Option("--contact", help="How whoever asks reaches the signer.", rich_help_panel=_PDF)]
OutFolder = Annotated[
    Path | None,
    typer.Option(
        "--out-dir",
        metavar="FOLDER",
        help="Where the signed files go, under the names they have; needed for folders and several files. Run again, it goes on"
        " where it was; one file that cannot be signed never stops the rest: status 0 says that all are signed, 1 that some are not.",
        rich_help_panel=_MANY,
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        "--jobs", metavar="N", min=1, max=256, help="Processes.  [default: one a core]", rich_help_panel=_MANY
    ),
]
Tsa = Annotated[
    str | None,
    typer.Option("--tsa", metavar="URL", help="Have each signature stamped there (RFC 3161).", rich_help_panel=_STAMP),
]
TsaDigest = Annotated[
    StampDigest | None,
    typer.Option(
        "--tsa-digest", help="Digest for --tsa; not every authority has SM3.  [default: sm3]", rich_help_panel=_STAMP
    ),
]
TsaPolicy = Annotated[
    str | None,
    typer.Option("--tsa-policy", metavar="OID", help="Policy the stamp is to be made under.", rich_help_panel=_STAMP),
]
Trust = Annotated[
    list[Path] | None,
    typer.Option(
        "--trust",
        metavar="PATH",
        help="Keep only stamps these anchors trust; anchors of --level b-lt and b-lta. File or folder.",
        rich_help_panel=_STAMP,
    ),
]
EvidencePaths = Annotated[
    list[Path] | None,
    typer.Option(
        "--evidence",
        metavar="PATH",
        help="Certificates, CRLs, OCSP answers: for judging stamps; with b-lt and b-lta what the signatures need of them goes into the PDF.",
        rich_help_panel=_STAMP,
    ),
]
Attached = Annotated[
    bool,
    typer.Option(
        "--attached/--detached",
        "--attach/--detach",
        help="Put the content into the message.",
        rich_help_panel=_MESSAGE,
    ),
]
Existing = Annotated[
    Path | None,
    typer.Option(
        "--add", metavar="MESSAGE", help="Add the signature to this message over FILE.", rich_help_panel=_MESSAGE
    ),
]
Countersign = Annotated[
    int | None,
    typer.Option(
        "--countersign",
        metavar="N",
        min=1,
        help="With --add: sign signature number N, not FILE.",
        rich_help_panel=_MESSAGE,
    ),
]
EncryptTo = Annotated[
    list[Path] | None,
    typer.Option(
        "--encrypt-to",
        metavar="CERT",
        help="Encrypt the signed message to this certificate's owner.",
        rich_help_panel=_MESSAGE,
    ),
]
