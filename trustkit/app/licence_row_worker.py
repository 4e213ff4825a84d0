"""A process that issues licences of a file of rows: ``python -m trustkit.app.licence_row_worker``, started by `trustkit.app.licence_batch`.

On standard input come a line of hexadecimal digits with the passphrase, a line of JSON with home, folder, order and who acts, then a
line for some rows at a time; each is answered by one line on standard output. The end of the input ends the process.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from trustkit.app.keyed_process import forbid_core_dumps, passphrase_from_parent
from trustkit.app.licence_rows import RowsOrder, RowTask, issue_rows, principal_of
from trustkit.app.wiring import open_authority

MODULE: Final = "trustkit.app.licence_row_worker"


def main() -> None:
    """Issue what comes in until nothing more does."""
    forbid_core_dumps()
    passphrase = passphrase_from_parent()
    setup = json.loads(sys.stdin.readline())
    order, out, actor = RowsOrder.from_json(setup["order"]), Path(setup["out"]), principal_of(setup["actor"])
    try:
        with open_authority(Path(setup["home"]), operator=actor) as authority:
            service = authority.licences(authority.unlock(passphrase))
            for line in sys.stdin:
                tasks = [RowTask(**each) for each in json.loads(line)]
                results = issue_rows(service, order, out, tasks, actor=actor)
                sys.stdout.write(json.dumps([each.to_json() for each in results]) + "\n")
                sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()  # whoever asked has gone; what was issued is in the register


if __name__ == "__main__":
    main()
