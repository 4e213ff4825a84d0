"""A process that signs files of a batch: ``python -m trustkit.app.batch_worker``, started by `trustkit.app.batch`.

On standard input come a line of hexadecimal digits with the passphrase, empty where none is needed, a line of JSON with who
signs and how, then a line for some files at a time; each is answered by one line on standard output. The end of the input ends the
process. Nothing secret stands in arguments, environment or inherited memory.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

from trustkit.app.batch_desk import open_batch_desk, order_from_json
from trustkit.app.batch_signing import Task, sign_some
from trustkit.app.keyed_process import forbid_core_dumps
from trustkit.app.pdf_order import WhoSigns
from trustkit.custody.passphrase import Passphrase
from trustkit.errors import ErrorCode, TrustError
from verifier.format import Format

if TYPE_CHECKING:
    from collections.abc import Callable

MODULE: Final = "trustkit.app.batch_worker"


def main() -> None:
    """Sign what comes in until nothing more does."""
    forbid_core_dumps()
    passphrase = _passphrase(sys.stdin.readline().strip())
    setup = json.loads(sys.stdin.readline())
    who, order = WhoSigns.from_json(setup["who"]), order_from_json(Format(setup["kind"]), setup["order"])
    try:
        with open_batch_desk(who, order, passphrase) as desk:
            for line in sys.stdin:
                results = sign_some(desk, [Task.from_json(each) for each in json.loads(line)])
                sys.stdout.write(json.dumps([each.to_json() for each in results]) + "\n")
                sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()  # whoever asked has gone; what was signed is in its place


def _passphrase(digits: str) -> Callable[[], Passphrase]:
    def known() -> Passphrase:
        if not digits:
            raise TrustError(ErrorCode.PASSPHRASE_MISSING, "no passphrase came with the work")
        return Passphrase(bytes.fromhex(digits))

    return known


if __name__ == "__main__":
    main()
