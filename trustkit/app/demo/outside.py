"""Outside files with the verdict each must get, verified when they are there (``TRUSTKIT_TESTDATA``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.demo.stage import Stage, UnexpectedAnswerError, text_of
from trustkit.app.settings import testdata_from_environment

if TYPE_CHECKING:
    from collections.abc import Callable

AT: Final = "2026-12-01T00:00:00Z"
_BC: Final = ("--trust", "certs/root.der", "--evidence", "certs/root.crl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One file, the options it is verified with (paths within the test data), and the indication it must get."""

    file: str
    told: str
    options: tuple[str, ...] = ()


ROWS: Final = (
    Row(file="pdf/rfc5652_sm2_adbe.pkcs7.detached.pdf", told="TOTAL-PASSED", options=_BC),
    Row(file="pdf/gbt35275_attrs_adbe.pkcs7.detached.pdf", told="TOTAL-PASSED", options=_BC),
    Row(file="pdf/ses_v4_GM.sm2seal.pdf", told="TOTAL-PASSED", options=_BC),
    Row(
        file="pdf/rfc5652_sm2_adbe.pkcs7.detached__page_replaced_by_incremental_update.pdf",
        told="TOTAL-FAILED",
        options=_BC,
    ),
    Row(file="pdf/ses_v4_GM.sm2seal__byterange_gap_widened.pdf", told="TOTAL-FAILED", options=_BC),
    Row(file="cms/cfca_sadk_signed_attached.p7b.der", told="INDETERMINATE"),
    Row(file="cms/cfca_sadk_signed_attached.p7b.badsig.der", told="TOTAL-FAILED"),
    Row(file="tsa/sm2_sm3.tst.der", told="TOTAL-PASSED", options=(*_BC, "--content", "tsa/message.bin")),
    Row(file="tsa/sm2_sm3_badsig.tst.der", told="TOTAL-FAILED", options=(*_BC, "--content", "tsa/message.bin")),
    Row(file="certs/signer.der", told="TOTAL-PASSED", options=_BC),
    Row(file="certs/revoked.der", told="TOTAL-FAILED", options=_BC),
    Row(
        file="certs/server_enc.crt",
        told="TOTAL-FAILED",
        options=("--trust", "certs/ca.crt", "--evidence", "certs/subca.crt"),
    ),
    Row(
        file="certs/sm2-noza-cert.pem",
        told="TOTAL-FAILED",
        options=("--trust", "certs/sm2-noza-root-cert.pem"),
    ),
)


def verify_outside_files(stage: Stage, tell: Callable[[str], None]) -> None:
    """Verify every row with the installed program; raise UnexpectedAnswerError at the first other verdict."""
    folder = testdata_from_environment()
    if not folder.is_dir():
        tell("9. Outside files: not here (TRUSTKIT_TESTDATA), so this step is left out.")
        return
    tell(f"9. Files that nobody here wrote, judged as of {AT}:")
    for row in ROWS:
        options = [str(folder / option) if "/" in option else option for option in row.options]
        ran = stage.run(
            *("verify", str(folder / row.file), *options, "--at", AT, "--offline", "--format", "json"), expect=None
        )
        verdict = (*ran.objects(), {})[0]
        found = text_of(verdict, "indication")
        if found != row.told:
            raise UnexpectedAnswerError(f"{row.file}: {found}, not {row.told}\n{ran.problem}")
        tell(
            f"     {found:<14} {row.file}"
            + (f" ({text_of(verdict, 'sub_indication')})" if found != "TOTAL-PASSED" else "")
        )
