"""A business licence written as OFD and sealed, whole licences a second on one core, beside the limit; and its parts beside typst.

    python -m benchmarks.ofd_writing [SECONDS]

A whole licence as issuing makes it: the page typeset, read back, written and sealed with SM2 (SES v4), the new signature verified; the
verifier's look at all of it, which comes next, is in `ofd_verify`, and what reading it again at once would take stands in the last line. No
time stamp and no register. Licences differ in every field, as those of real holders do (`benchmarks.varied_licences`); what they have in common was made before. Time is
the processor's; a figure is the median of rounds.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections import deque
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from benchmarks.varied_licences import varied
from esign.licence.data import read_licence_data
from esign.licence.face import licence_face
from esign.licence.identifier import compose_identifier
from esign.licence.metadata import StatusReference, build_metadata
from esign.licence.ofd_making import licence_ofd, sealing_request
from esign.licence.types import load_licence_type
from esign.ofd.earlier import require_holding
from esign.ofd.read import read_ofd
from esign.ofd.sign import sign_ofd
from esign.rendering.licence_page import lay_out_licence
from tests.support.electronic_seals import drawn_seal
from tests.support.pki import PkiWorld
from trustkit.identity import Organisation

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).resolve().parents[1] / "policies" / "licences" / "business-licence"
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
ROUNDS = 5
KEPT = 40
_T = TypeVar("_T")
LIMIT = 60.0


class Desk:
    """Makes one licence after another; `spent` is the processor time of each part."""

    def __init__(self) -> None:
        self.kind = load_licence_type(FOLDER)
        self.sample = json.loads((FOLDER / "sample.json").read_bytes())
        self.world = PkiWorld()
        self.seal = drawn_seal(self.world, self.world.signer.certificate)
        self.issuer = Organisation(uscc=PkiWorld.USCC, name="示例市市场监督管理局")
        self.serials = count(1)
        self.spent = {"typesetting": 0.0, "reading back and writing": 0.0, "sealing": 0.0}

    def make(self) -> bytes:
        """Return a licence unlike those before."""
        serial = next(self.serials)
        tree = varied(self.sample, serial)
        data = read_licence_data(self.kind, json.dumps(tree).encode(), today=NOW.date())
        identifier = compose_identifier(
            type_code=self.kind.code, issuer=self.issuer.uscc, serial=f"{serial:014d}", version=1
        )
        status = StatusReference(uri="https://licence.example.gov.cn/v1/status/1", index=serial)
        metadata = build_metadata(
            self.kind, data, identifier=identifier, issuer=self.issuer, issued_at=NOW, status=status
        )
        address = f"https://licence.example.gov.cn/v1/licences/{identifier.text}/status"
        page = licence_face(self.kind, data, metadata, issued_at=NOW, qr_text=address)
        typeset = self._timed("typesetting", lambda: lay_out_licence(page))
        written = self._timed("reading back and writing", lambda: licence_ofd(page, typeset, data, metadata))
        signer = self.world.signer
        request = sealing_request(
            self.kind,
            written,
            self.seal,
            signer=signer.signer,
            certificate=signer.certificate,
            at=self.world.START,
            stamp=None,
            reason=f"签发{self.kind.title_zh}",
        )
        return self._timed("sealing", lambda: sign_ofd(request, read_again=False))

    def _timed(self, part: str, act: Callable[[], _T]) -> _T:
        before = time.process_time()
        made = act()
        self.spent[part] += time.process_time() - before
        return made


def main() -> None:
    """Print the figure and where the time goes."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # one core: typst starts a thread for each it is given
    desk = Desk()
    desk.make()
    desk.spent = dict.fromkeys(desk.spent, 0.0)
    rates, made = [], 0
    last: deque[bytes] = deque(maxlen=KEPT)
    for _ in range(ROUNDS):
        started, before, done = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() - started < seconds / ROUNDS:
            last.append(desk.make())
            done += 1
        rates.append(done / (time.process_time() - before))
        made += done
    ours = statistics.median(rates)
    missed = "" if ours >= LIMIT else ", MISSED"
    told = f"limit {LIMIT:9.1f}   ratio {ours / LIMIT:6.2f}{missed}"
    print(f"{'licence OFD written and sealed, one core':<42} {ours:9.1f} /s     {told}")
    typeset = desk.spent["typesetting"] / made
    for part, spent in desk.spent.items():
        each = spent / made
        print(f"{'  ' + part:<42} {each * 1000:9.2f} ms     typst {typeset * 1000:9.2f}   ratio {typeset / each:6.2f}")
    before = time.process_time()
    for licence in last:
        require_holding(read_ofd(licence))
    again = (time.process_time() - before) / len(last)
    print(
        f"{'  read again and verified, beside it':<42} {again * 1000:9.2f} ms     with it {1 / (1 / ours + again):9.1f} /s"
    )


if __name__ == "__main__":
    main()
