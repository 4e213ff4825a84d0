"""``trustkit sign`` of many files: into a folder, each for itself, taken up where an earlier run was cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from trustkit.app.cli.left_words import left_words
from trustkit.app.cli.output import OutputFormat, emit, language, refusal, say
from trustkit.app.cli.progress import progress
from trustkit.app.cli.sign_pdf import who_signs
from trustkit.code_families import CODES

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.batch_desk import FileOrder
    from trustkit.app.batch_plan import BatchPlan
    from trustkit.app.batch_signing import FileResult
    from trustkit.app.cli.progress import Bar
    from trustkit.app.cli.sign_message import Signers
    from trustkit.app.cli.stamp_words import StampWords

_WORDS: Final = {
    "en": {
        "signed": "{count} signed",
        "already-signed": "{count} signed by an earlier run",
        "failed": "{count} failed",
        "left-alone": "{count} left alone",
        "and": ", ",
        "sum": "{told}, in {out}",
        "left": "{file}: left alone: {why}",
        "stopped": "Stopped. The same command goes on where this one was.",
    },
    "zh": {
        "signed": "已签 {count} 个",
        "already-signed": "此前已签 {count} 个",
        "failed": "失败 {count} 个",
        "left-alone": "跳过 {count} 个",
        "and": "，",
        "sum": "{told}，输出在 {out}",
        "left": "{file}：跳过：{why}",
        "stopped": "已中断。再次运行同一命令即可继续。",
    },
}
SOME_FAILED = 1  # exit status of a run of which some files were not signed


def sign_many(
    plan: BatchPlan,
    out: Path,
    order: FileOrder,
    *,
    processes: int,
    signers: Signers,
    stamping: StampWords,
    output: OutputFormat,
) -> int:
    """Sign all there is into a folder, telling of each file; return 0 when every one is signed, else 1."""
    from trustkit.app.batch import BatchOrder, open_batch
    from trustkit.app.batch_signing import FileStatus

    batch_order = BatchOrder(plan=plan, out=out, who=who_signs(signers, stamping), order=order, processes=processes)
    counts = dict.fromkeys(FileStatus, 0)
    try:
        with (
            open_batch(batch_order, signers.passphrase()) as batch,
            progress("sign", len(batch.plan.jobs), output) as bar,
        ):
            for result in batch.results():
                counts[result.status] += 1
                _tell(result, output, bar)
                if result.status is not FileStatus.LEFT:
                    bar.advance()
    except KeyboardInterrupt:
        typer.echo(_WORDS[language().value]["stopped"], err=True)
        raise
    if output is OutputFormat.TEXT:
        words = _WORDS[language().value]
        told = [words[status.value].format(count=count) for status, count in counts.items() if count]
        say(words["sum"].format(told=words["and"].join(told), out=out))
    return SOME_FAILED if counts[FileStatus.FAILED] else 0


def _tell(result: FileResult, output: OutputFormat, bar: Bar) -> None:
    """Tell of one file: everything to a machine, to a person what was not signed and why."""
    from trustkit.app.batch_signing import FileStatus

    if output is OutputFormat.JSON:
        emit(result.to_json())
    elif result.status is FileStatus.FAILED:
        code = CODES[result.code]
        first, *more = refusal(code, f"{code.value}: {result.detail}")
        bar.tell(f"{result.file}: {first}", *more)
    elif result.status is FileStatus.LEFT:
        words = _WORDS[language().value]
        bar.tell(words["left"].format(file=result.file, why=left_words(result.detail)))
