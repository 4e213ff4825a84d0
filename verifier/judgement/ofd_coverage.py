"""What the signatures of an OFD leave open, and what that means for a verdict (ADR 0021).

A signature is judged by what it covers together with its signer's other intact signatures in the same file: he vouches for
all of it, as far as those are judged no worse themselves: a stolen key vouches for nothing. What another signer covers does not count for him, else anybody trusted could put a page under another's seal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.coverage import CoverageJudge, Extent
from esign.ofd.model import LaterSeals
from esign.ofd.signature_shape import holds_only_documents
from esign.ofd.stamp_places import crowded, misplaced
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language, coverage_text
from trustkit.verdict import Check, CheckId, Indication, SubIndication, passed, unknown, warning
from verifier.judgement.outcomes import as_warning, outcome
from verifier.material import Doubt
from verifier.policy import OfdCoverage

if TYPE_CHECKING:
    from esign.ofd.model import UnverifiedOfd
    from esign.ofd.reach import Role
    from esign.ofd.verify import IntactOfdSignature
    from verifier.judgement.context import Context

MAX_TOLD: Final = 50  # files of one signature named in a verdict
_TOLD_HERE: Final = 5  # in one check
_UNSEEN: Final = Doubt(
    code=ErrorCode.OFD_COVERED, detail="the seal of another signer lies over what may be hidden, and nobody looked"
)


class OfdCoverageJudgement:
    """Coverage of every intact signature of one OFD. `intact` are those that hold, by their place among the signatures, `standing` what they are judged by themselves."""

    def __init__(
        self,
        context: Context,
        ofd: UnverifiedOfd,
        intact: dict[int, IntactOfdSignature],
        standing: dict[int, Indication],
    ) -> None:
        judge = CoverageJudge(ofd)
        self._entry = ofd.package.octets(ofd.entry)
        self._context, self._intact = context, intact
        self._misplaced = {number: told for number, each in intact.items() if (told := _misplaced(each))}
        self._files = len(ofd.package.names)
        self._alone = {number: judge.cover(each.covered) for number, each in intact.items()}
        self._together = {
            number: self._alone[number]
            if self._alone[number].extent is Extent.EVERYTHING
            else judge.cover(_vouched(number, intact, standing))
            for number in intact
        }
        lists = tuple(each.signature_list for each in ofd.documents)
        self._later = {number: _later_seals(number, intact, standing, lists) for number in intact}

    def looks(self, number: int) -> tuple[LaterSeals, ...]:
        """Return what somebody has to look at: seals of others over what a signature's signer saw without them."""
        return self._later[number]

    def checks(self, number: int) -> tuple[Check, ...]:
        """Return the checks of a signature's coverage; an open one leaves the verdict open."""
        return (*self._of_seals(number), *self._of_files(number), *self._of_looks(number))

    def _of_seals(self, number: int) -> tuple[Check, ...]:
        """Leave open a signature over whose pages another signer's seals are drawn as no seal is, or his own over another's.

        Where he alone signed, nobody else's page lies under his seal.
        """
        own = self._intact[number].certificate
        others = [other for other, each in self._intact.items() if each.certificate != own]
        told = [f"signature {other + 1}: {self._misplaced[other]}" for other in others if other in self._misplaced]
        if number in self._misplaced:
            if not others:
                return (warning(CheckId.COVERAGE, self._misplaced[number]),)
            told.insert(0, self._misplaced[number])
        if not told:
            seals = (
                each for each in map(self._intact.get, others) if each is not None and each.seal_signature is not None
            )
            told = [each for each in (crowded(stamp for seal in seals for stamp in seal.signature.stamps),) if each]
        return tuple(unknown(CheckId.COVERAGE, SubIndication.SIG_CONSTRAINTS_FAILURE, each) for each in told[:1])

    def _of_looks(self, number: int) -> tuple[Check, ...]:
        """Leave open a signature over which others' seals lie, unless somebody looked and saw all that was there."""
        told = (self._context.evidence.views.get(look, _UNSEEN) for look in self.looks(number))
        return tuple(outcome(TrustError(each.code, each.detail)) for each in told if each is not None)

    def _of_files(self, number: int) -> tuple[Check, ...]:
        found = self._together[number]
        if found.extent is Extent.EVERYTHING and not found.complete:
            told = "too much to walk through: whether something is shown from outside the package is not known"
            return (unknown(CheckId.COVERAGE, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)
        if found.extent is Extent.EVERYTHING:
            return (passed(CheckId.COVERAGE, self._by_others(number)),)
        told = _named(tuple(f"{each.file} ({each.role.value})" for each in found.uncovered))
        check = outcome(TrustError(ErrorCode.OFD_COVERAGE, f"{found.extent.value}: {told}"))
        lenient = self._context.policy.ofd_coverage is OfdCoverage.CONTENT
        if found.extent is Extent.ENTRY_POINT_UNCOVERED and lenient and holds_only_documents(self._entry):
            check = as_warning(check)
        return (check,)

    def _by_others(self, number: int) -> str:
        left = self._alone[number].uncovered
        if not left:
            return ""
        return (
            f"with the same signer's other signatures; this one leaves out {_named(tuple(each.file for each in left))}"
        )

    def covers(self, number: int, files: int) -> str:
        """Return in words what a signature covers."""
        alone = self._alone[number]
        return f"{files} of the package's {self._files} files: {_EXTENTS[alone.extent]}"

    def uncovered(self) -> tuple[str, ...]:
        """Return, for people, every file that some signature leaves open, and what could be changed by it."""
        told: dict[tuple[str, Role], list[int]] = {}
        for number, found in self._alone.items():
            for each in found.uncovered[:MAX_TOLD]:
                told.setdefault((each.file, each.role), []).append(number + 1)
        return tuple(_sentence(file, role, numbers) for (file, role), numbers in told.items())


_ORDER: Final = (Indication.TOTAL_FAILED, Indication.INDETERMINATE, Indication.TOTAL_PASSED)
_EXTENTS: Final = {
    Extent.EVERYTHING: "all that is shown",
    Extent.ENTRY_POINT_UNCOVERED: "all that is shown, but not OFD.xml, which says what is shown",
    Extent.CONTENT_UNCOVERED: "a part of what is shown",
}


def _vouched(number: int, intact: dict[int, IntactOfdSignature], standing: dict[int, Indication]) -> frozenset[str]:
    """Return what a signer's signatures cover together, without those that are judged worse than this one."""
    own, least = intact[number].certificate, _ORDER.index(standing[number])
    return frozenset().union(
        *(
            each.covered
            for other, each in intact.items()
            if each.certificate == own and _ORDER.index(standing[other]) >= least
        )
    )


def _later_seals(
    number: int,
    intact: dict[int, IntactOfdSignature],
    standing: dict[int, Indication],
    lists: tuple[str | None, ...],
) -> tuple[LaterSeals, ...]:
    """Return the seals a signer may not have seen, to be looked at together.

    Those that came later: what says where one is shown, and the value its picture is in, are not covered by him. And those that he
    covers without the list that names them: what no list named then, no reader showed. Such a seal must hide nothing of the page; how
    it lies with his own is for the list of today to say.
    """
    known = _vouched(number, intact, standing)
    own: list[str] = []
    seen: list[str] = []
    covered: list[str] = []
    later: list[str] = []
    for each in intact.values():
        signature = each.signature
        shows = each.seal_signature is not None and signature.stamps
        if signature.file in known and each.certificate == intact[number].certificate:
            own.append(signature.file)
        elif not {signature.file, signature.value_file} <= known:
            later += [signature.file] if shows else []
        elif lists[signature.document] in known or not shows:
            seen.append(signature.file)
        else:
            covered.append(signature.file)
    looks = []
    if later:
        looks.append(LaterSeals(kept=(*own, *seen, *covered), over=tuple(later)))
    if covered:
        looks.append(LaterSeals(kept=tuple(seen), over=(*covered, *later), absent=tuple(own)))
    return tuple(looks)


def _misplaced(signature: IntactOfdSignature) -> str:
    sealed = signature.seal_signature
    if sealed is None:
        return ""
    return misplaced(signature.signature.stamps, sealed.signature.seal.picture, signature.signature.description)


def _named(files: tuple[str, ...]) -> str:
    more = f", and {len(files) - _TOLD_HERE} more" if len(files) > _TOLD_HERE else ""
    return ", ".join(each[:120] for each in files[:_TOLD_HERE]) + more


def _sentence(file: str, role: Role, numbers: list[int]) -> str:
    who = ", ".join(map(str, numbers))
    words = " ".join(coverage_text(role.value, language) for language in Language)
    return f"{file[:200]} (signature {who}; {role.value}): {words}"
