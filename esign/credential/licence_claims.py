"""The claims of a licence as a credential: names of GB/T 36903, each with its labels, and which of them a holder can hide.

What tells the document apart stands in the clear: its kind, its identifier, who issued it. A verifier cannot find its status and
its issuer without them. Everything that is somebody's, the licence's number and its days among it, is the holder's to show.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esign.licence.field_rule import HOLDER_CODE, HOLDER_NAME, HOLDER_TYPE, VALID_FROM, VALID_TO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.licence.types import CataloguedType

IN_THE_CLEAR: Final = ("ZZMC", "ZZLXDM", "ZZBS", "ZZBFJG", "ZZBFJGDM")
# Of every licence; those of its type come from the type's fields. Chinese, English.
STANDARD_LABELS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "ZZMC": ("证照名称", "Kind of licence"),
        "ZZLXDM": ("证照类型代码", "Code of the kind"),
        "ZZBS": ("证照标识", "Licence identifier"),
        "ZZBFJG": ("证照颁发机构", "Issuing authority"),
        "ZZBFJGDM": ("证照颁发机构代码", "Code of the issuing authority"),
        "ZZBH": ("证照编号", "Licence number"),
        "ZZBFRQ": ("证照颁发日期", "Date of issue"),
        HOLDER_NAME: ("持证主体", "Holder"),
        HOLDER_CODE: ("持证主体代码", "Holder's code"),
        "CZZTDMLX": ("持证主体代码类型", "Kind of the holder's code"),
        HOLDER_TYPE: ("持证主体代码类型代码", "Code of the kind of the holder's code"),
        VALID_FROM: ("证照有效期起始日期", "Valid from"),
        VALID_TO: ("证照有效期截止日期", "Valid until"),
    }
)


def labels_of(kind: CataloguedType) -> dict[str, tuple[str, str]]:
    """Return the labels (Chinese, English) of every claim a credential of a type can have, the type's own before the standard's."""
    return dict(STANDARD_LABELS) | {rule.metadata: (rule.label_zh, rule.label_en) for rule in kind.fields}


def mandatory_of(kind: CataloguedType) -> frozenset[str]:
    """Return the claims every credential of a type has."""
    return frozenset(STANDARD_LABELS) | {rule.metadata for rule in kind.fields if rule.required}
