"""A report as XML in the manner of ETSI TS 119 102-2.

Like it: one `SignatureValidationReport` for each signature, with `ValidationStatus`, `MainIndication` and `SubIndication` as URNs of ETSI (words of our own as ours),
the checks as `ValidationConstraintsEvaluationReport`, and what was used as `ValidationObjects`. Unlike it: the namespace is ours, elements
hold what the other forms hold, there is no XML signature, and nobody tested it against that document's schema. Its own is `report.xsd`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from trustkit.verdict import OWN_SUB_INDICATIONS
from verifier.reports.evidence_told import KINDS

if TYPE_CHECKING:
    from lxml.etree import _Element

    from trustkit.encoding.canonical_json import JsonValue

NAMESPACE: Final = "urn:trustkit:validation-report:1"
_MAIN: Final = "urn:etsi:019102:mainindication:"
_SUB: Final = "urn:etsi:019102:subindication:"
_OWN_SUB: Final = "urn:trustkit:subindication:"
_ITEMS: Final = {"checks": "ValidationConstraint", **dict.fromkeys(KINDS, "ValidationObject"), "problems": "Problem"}


def report_to_xml(content: dict[str, JsonValue]) -> bytes:
    """Return the content of a report as XML, UTF-8."""
    root = etree.Element(f"{{{NAMESPACE}}}ValidationReport", nsmap={"vr": NAMESPACE})
    for name in ("kind", "language"):
        root.set(name, str(content[name]))
    root.set("form", str(content["form"]))
    _put(root, "SignatureValidator", content["made_by"])
    _put(root, "ValidationTime", content["validated_at"])
    _put(root, "SignatureValidationPolicy", content["policy"])
    file = etree.SubElement(root, f"{{{NAMESPACE}}}SignersDocument")
    _members(file, content["file"], {"name": "Name", "format": "Format", "sm3": "DigestValueSM3", "octets": "Octets"})
    _status(root, content["conclusion"])
    for fact in _listed(content["facts"]):
        _put(root, "Fact", fact["value"], name=str(fact["name"]))
    for signature in _listed(content["signatures"]):
        _signature(root, signature)
    for text in _texts(content["uncovered"]):
        _put(root, "NotCovered", text)
    if "checks" in content:
        _items(root, "ValidationConstraintsEvaluationReport", "checks", content["checks"])
    if "evidence" in content and isinstance(evidence := content["evidence"], dict):
        objects = etree.SubElement(root, f"{{{NAMESPACE}}}ValidationObjects")
        for kind in KINDS:
            if kind in evidence:
                _items(objects, "Objects", kind, evidence[kind])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _signature(root: _Element, signature: dict[str, JsonValue]) -> None:
    report = etree.SubElement(root, f"{{{NAMESPACE}}}SignatureValidationReport")
    report.set("number", str(signature["number"]))
    _status(report, signature)
    names = {"form": "Form", "signer": "SignerInformation", "covers": "SignatureScope"}
    _members(report, signature, names)
    if signature["signed_at"] is not None:
        proved = "BestSignatureTime" if signature["time_proved"] else "ClaimedSigningTime"
        _put(report, proved, signature["signed_at"])
    if "checks" in signature:
        _items(report, "ValidationConstraintsEvaluationReport", "checks", signature["checks"])


def _status(parent: _Element, conclusion: JsonValue) -> None:
    if not isinstance(conclusion, dict):
        return
    status = etree.SubElement(parent, f"{{{NAMESPACE}}}ValidationStatus")
    _put(status, "MainIndication", f"{_MAIN}{str(conclusion['indication']).lower()}")
    if conclusion["sub_indication"] is not None:
        sub = str(conclusion["sub_indication"])
        _put(status, "SubIndication", f"{_OWN_SUB if sub in OWN_SUB_INDICATIONS else _SUB}{sub}")
    _members(status, conclusion, {"headline": "Headline", "reason": "Reason", "remedy": "Remedy"})


def _items(parent: _Element, name: str, kind: str, values: JsonValue) -> None:
    group = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if name == "Objects":
        group.set("kind", kind)
    for value in _listed(values):
        item = etree.SubElement(group, f"{{{NAMESPACE}}}{_ITEMS[kind]}")
        for key, inner in value.items():
            if inner is not None:
                _put(item, "Value", inner, name=key)


def _members(parent: _Element, value: JsonValue, names: dict[str, str]) -> None:
    for key, name in names.items():
        if isinstance(value, dict) and value.get(key) not in {None, ""}:
            _put(parent, name, value[key])


def _put(parent: _Element, element: str, value: JsonValue, **attributes: str) -> None:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{element}", attributes)
    child.text = str(value)


def _listed(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: JsonValue) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
