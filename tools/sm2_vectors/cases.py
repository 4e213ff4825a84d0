"""What a vector is, and how a file of them is laid out: the shape of Wycheproof's JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

GENERATOR: Final = "1"
NOTES: Final = {
    "Valid": "An ordinary vector.",
    "Standard": "The example of GB/T 32918.5.",
    "ShortValue": "r, s or a coordinate is shorter than 32 octets, or its first bit is set: its INTEGER has another length.",
    "EdgeScalar": "A private key, r or s at the edge of its range.",
    "RangeCheck": "r or s is outside 1…n−1 (GB/T 32918.2 7.1 B1, B2).",
    "SumIsOrder": "r + s = n, so that t = 0 (GB/T 32918.2 7.1 B5).",
    "PointAtInfinity": "sG + tP is the point at infinity; a verifier that takes its x for 0 accepts.",
    "PointDuplication": "sG = tP: the addition is a doubling.",
    "BerEncoded": "BER that is not DER: lengths in long or indefinite form, INTEGERs that are not minimal.",
    "InvalidEncoding": "Not an encoding of two INTEGERs at all.",
    "RawSignature": "r ‖ s in 64 octets, as some vendors write.",
    "TrailingData": "Octets behind the value, or a third member.",
    "ModifiedMessage": "The signature is over another message.",
    "OtherKey": "The signature is by another key.",
    "WrongId": "The signature is under another signer ID than the one stated.",
    "WithoutZ": "e = SM3(M), without Z.",
    "WrongEntl": "ENTL counts octets, or stands in little endian.",
    "WrongZ": "Z is made of other values, or in another order.",
    "SignerId": "A signer ID other than the usual one, stated.",
    "InvalidPoint": "Not a point of the curve, or a coordinate outside of the field.",
    "InfinityEncoded": "The point at infinity as a key or as C1.",
    "OtherPointForm": "A compressed or hybrid point (SEC 1 2.3.3).",
    "OtherCurve": "A point said to be of another curve.",
    "ByteOrder": "An older order of C1, C2 and C3, or without the 04 before the point.",
    "WrongByteOrder": "Octets in one order, said to be in another.",
    "ModifiedCiphertext": "A part of the ciphertext was changed; C3 does not fit.",
    "ZeroKeyStream": "The KDF gives zeros only, and the message would stand in clear (GB/T 32918.4 7.1 B4).",
    "EmptyMessage": "There is no C2.",
}


@dataclass
class Case:
    """One vector: its fields by name, octets in hexadecimal, and what a right implementation says."""

    comment: str
    flag: str
    valid: bool
    fields: dict[str, str]


@dataclass
class Group:
    """Vectors with one key; `fields` are the group's own members."""

    kind: str
    fields: dict[str, object]
    cases: list[Case] = field(default_factory=list)

    def add(self, comment: str, flag: str, *, valid: bool, **fields: bytes | str) -> None:
        """Add a vector; octets become hexadecimal."""
        texts = {name: value.hex() if isinstance(value, bytes) else value for name, value in fields.items()}
        self.cases.append(Case(comment=comment, flag=flag, valid=valid, fields=texts))


def render(title: str, groups: list[Group], peers: dict[str, dict[str, str]]) -> str:
    """Return the file's text. `peers` says by comment which other implementations answer otherwise, and why."""
    number = 0
    written: list[dict[str, object]] = []
    used: set[str] = set()
    for group in groups:
        tests: list[dict[str, object]] = []
        for case in group.cases:
            number += 1
            used.add(case.flag)
            test: dict[str, object] = {"tcId": number, "comment": case.comment, "flags": [case.flag]}
            test |= case.fields
            test["result"] = "valid" if case.valid else "invalid"
            if case.comment in peers:
                test["peers"] = peers[case.comment]
            tests.append(test)
        written.append({"type": group.kind, **group.fields, "tests": tests})
    comments = {case.comment for group in groups for case in group.cases}
    if unknown := sorted(set(peers) - comments):
        raise ValueError(f"no vector has the comment {unknown[0]!r}")
    tree = {
        "algorithm": "SM2",
        "generatorVersion": GENERATOR,
        "numberOfTests": number,
        "header": [
            title,
            "Made by tools.sm2_vectors; the keys in it are published and worth nothing.",
            "peers: where another implementation answers otherwise than `result`, and why.",
        ],
        "notes": {name: text for name, text in NOTES.items() if name in used},
        "testGroups": written,
    }
    return json.dumps(tree, ensure_ascii=False, indent=1) + "\n"
