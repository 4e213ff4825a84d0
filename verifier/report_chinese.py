"""What verdicts say in words of their own, in 中文: the facts of a file, what a signature covers, and what became of a seal.

Closed lists, kept beside what writes them by a test. Anything else stays as it is, as details of checks do: they speak to an operator.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXTENTS: Final = {
    "all that is shown": "全部显示内容",
    "all that is shown, but not OFD.xml, which says what is shown": "全部显示内容，但不含决定显示内容的 OFD.xml",
    "a part of what is shown": "部分显示内容",
}
_STATES: Final = {"in-force": "有效", "suspended": "停用", "lost": "挂失", "revoked": "注销"}
_COVERS: Final = {
    "the whole file": "整个文件",
    r"revision (\d+) of the file": "文件的第 {0} 个版本",
    "the content given beside the message": "随消息另附的内容",
    "the content inside the message": "消息内所含的内容",
    "the content given beside the seal signature": "随签章另附的内容",
    "the content given beside the token": "随时间戳另附的内容",
    "the claims that are disclosed": "所披露的信息",
    "what the code says of the licence": "该码所载的证照信息",
    r"the status of (\d+) licences": "{0} 个证照的状态",
    "the seal": "印章",
    r"(\d+) answers about certificates": "{0} 条证书状态应答",
    r"(\d+) of the package's (\d+) files: (.+)": "包内 {1} 个文件中的 {0} 个：{2}",
    "the names of the files in the package, and none of what is in them": "包内文件的名称，不含文件内容",
    "nothing that is proved, by (.+)": "未能证明覆盖任何内容（{0}）",
}
_SEALS: Final = {
    "the seal registry cannot be believed": "印章登记信息不可信",
    r"(\S+) was (\S+) when it was used": "{0} 使用时已{1}",
    r"(\S+) was (\S+) when it was used, by its signer's own word": "{0} 使用时已{1}（时间为签名人自称）",
    r"(\S+) is (in-force)": "{0} {1}",
    r"(\S+) is (\S+)": "{0} 已{1}",
    r"(\S+) is (\S+); nothing proves that it was used before": "{0} 已{1}，且无法证明此前已使用",
    r"(\S+) was in force": "{0} 使用时有效",
    r"(\S+) was in force; it is (\S+) since": "{0} 使用时有效，此后已{1}",
}
_SUBJECT: Final = {
    "seal": "印章名称",
    "identifier": "印章标识",
    "type": "印章类型",
    "created": "制作时间",
    "valid_from": "有效期起",
    "valid_until": "有效期至",
    "users": "签章人数",
    "picture": "印章图像",
    "subject": "证书主体",
    "issuer": "颁发者",
    "serial": "序列号",
    "not_before": "生效时间",
    "not_after": "到期时间",
    "judged_for": "判定用途",
    "produced_at": "应答时间",
    r"certificate ([0-9a-f]+)": "证书 {0}",
    "claims": "所披露的信息",
    "withheld": "未披露的摘要数",
    "time": "时间戳时间",
    "policy": "时间戳策略",
    "capsule.ZZMC": "证照名称",
    "capsule.CZZT": "持证主体",
    "capsule.ZZYXQQSRQ": "有效期起始日期",
    "capsule.ZZYXQJZRQ": "有效期截止日期",
    "licence.copy": "加注件编号",
    "licence.copy_purpose": "加注件用途",
    "licence.copy_recipient": "加注件接收方",
    "licence.copy_from": "加注件生效时间",
    "licence.copy_until": "加注件有效期至",
    "licence.copy_authorisation": "用证授权编号",
    "licence.identifier": "证照标识",
    "licence.name": "证照名称",
    "licence.type": "证照类型",
    "licence.status": "证照状态",
}
_LICENCE: Final = {"valid": "有效", "suspended": "暂停", "revoked": "已失效", "unknown": "未能查明"}
_PICTURE: Final = r"(.*), (\d+) by (\d+) mm"


def subject_in_chinese(name: str, value: str) -> tuple[str, str]:
    """Return a fact a verdict tells of a file, in 中文 where the words are ours: what it is, and what it says."""
    said = _said(name, _SUBJECT, {})
    if name == "licence.status":
        return said, _LICENCE.get(value, value)
    size = re.fullmatch(_PICTURE, value) if name == "picture" else None
    return said, value if size is None else f"{size[1]}，{size[2]}×{size[3]} mm"


def covers_in_chinese(text: str) -> str:
    """Return what a signature covers, in 中文 where the words are ours."""
    return _said(text, _COVERS, _EXTENTS)


def seal_in_chinese(text: str) -> str:
    """Return what a registry tells of a seal, in 中文 where the words are ours."""
    return _said(text, _SEALS, _STATES)


def _said(text: str, patterns: Mapping[str, str], words: Mapping[str, str]) -> str:
    for pattern, chinese in patterns.items():
        if (found := re.fullmatch(pattern, text)) is not None:
            return chinese.format(*(words.get(each, each) for each in found.groups()))
    return text
