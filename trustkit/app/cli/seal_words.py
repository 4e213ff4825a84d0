"""How the seal registry speaks to people, in both languages; what machines read keeps its codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.cli.output import language

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORDS: Final = {
    "en": {
        "decisions": "{state}, {approvals} of {needed} approvals",
        "picture": "{type}, {width} x {height} mm, {octets} octets",
        "asked": "{request} is {state}; a registrar decides: trustkit seal approve {request}",
        "approved": "{request} is approved; its maker makes it: trustkit seal make {request} (his certificate comes from trustkit ca renew seal-maker)",
        "decided": "{request} is {state}",
        "done": "{seal} is {state}",
        "act": "{since} ({why}), {by}",
        "by": "asked for by {applicant}",
        "by two": "asked for by {applicant}, approved by {approvers}",
        "made by": "{at}, {by}",
        "made": "Made {seal}: {name}, valid until {until}",
        "again": "Made before, and written again: {seal}",
        "key": "Its key may be in other hands: have the certificates it lists revoked, too.",
        "next": "What a time stamp proves to be signed before stays good; whatever else was signed with it can no longer be relied on.",
    },
    "zh": {
        "decisions": "{state}，已批准 {approvals} / {needed}",
        "picture": "{type}，{width}×{height} mm，{octets} 字节",
        "asked": "{request}：{state}；请由审核员审批：trustkit seal approve {request}",
        "approved": "{request} 已批准，可由制章人制作：trustkit seal make {request}（制章人证书由 trustkit ca renew seal-maker 签发）",
        "decided": "{request}：{state}",
        "done": "{seal}：{state}",
        "act": "{since}（{why}），{by}",
        "by": "申请人 {applicant}",
        "by two": "申请人 {applicant}，审批人 {approvers}",
        "made by": "{at}，{by}",
        "made": "已制作 {seal}：{name}，有效期至 {until}",
        "again": "此前已制作，重新写出：{seal}",
        "key": "其密钥可能已落入他人之手，请一并撤销印章所列证书。",
        "next": "有时间戳证明签署在前的文件不受影响；其他用该印章签署的文件不再可靠。",
    },
}
_CHINESE: Final = {
    # states of seals and of requests
    "in-force": "有效",
    "suspended": "停用",
    "lost": "挂失",
    "revoked": "注销",
    "expired": "过期",
    "abandoned": "未制成",
    "intent": "制作中",
    "submitted": "待审批",
    "approved": "已批准",
    "working": "制作中",
    "done": "已办结",
    "rejected": "已驳回",
    "withdrawn": "已撤回",
    # acts
    "suspend": "停用",
    "resume": "恢复",
    "lose": "挂失",
    "revoke": "注销",
    "approve": "批准",
    "reject": "驳回",
    # names of lines and columns
    "seal": "印章编号",
    "kind": "种类",
    "name": "印章名称",
    "holder": "所有者代码",
    "state": "状态",
    "made": "制作",
    "valid until": "有效期至",
    "document sm3": "文件 SM3",
    "edition": "版本",
    "identifier": "印章标识",
    "vendor": "厂商",
    "type": "类型",
    "created": "制作时间",
    "valid from": "有效期起",
    "maker": "制章人",
    "listed": "签章人",
    "picture": "印章图像",
    "registry": "登记状态",
    "digest": "印章信息摘要",
    "serial": "印章编号",
    "reason": "原因",
    "since": "起始时间",
    "unit": "单位",
    "person": "个人",
    "critical": "关键",
    "extension": "扩展",
    "note": "与标准不符",
    "request": "申请编号",
    "requester": "申请人",
    "statement sm3": "申请书 SM3",
    "at": "申请时间",
    "days": "有效天数",
    "expires": "申请失效时间",
    "needed": "所需审批人数",
    "picture height": "图像高度（毫米）",
    "picture width": "图像宽度（毫米）",
    "picture sm3": "图像 SM3",
    "picture type": "图像格式",
    "seal kind": "印章种类",
    "version": "印章版本",
}
_REASONS: Final = {
    "holder-request": "所有者申请",
    "misuse-suspected": "疑似冒用",
    "under-review": "正在核查",
    "other": "其他",
    "cleared": "核查无误",
    "found": "已找回",
    "error": "办理有误",
    "lost": "遗失",
    "stolen": "被盗",
    "key-compromise": "密钥泄露",
    "holder-dissolved": "所有者撤销或终止",
    "name-changed": "名称变更",
    "superseded": "已换发",
    "misused": "被冒用",
}


_NAMES: Final = 14  # columns that names of lines take


def reason_word(code: str) -> str:
    """Return the reason of an act on a seal as a person reads it."""
    return _REASONS.get(code, code) if language().value == "zh" else code


def told(key: str, **values: str) -> str:
    """Return a sentence in the language of the terminal; values that are words of ours are in it, too."""
    return _WORDS[language().value][key].format(**{name: word(value) for name, value in values.items()})


def word(text: str) -> str:
    """Return a word of the registry as a person reads it."""
    return _CHINESE.get(text, text) if language().value == "zh" else text


def named(rows: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return lines with their names, and states that stand alone, as a person reads them; a kind is a code, and stays one."""
    return tuple((word(name), value if name == "kind" else word(value)) for name, value in rows)


def line(name: str, text: str) -> str:
    """Return one of such lines; a Chinese character takes two columns."""
    from rich.cells import cell_len

    return f"{name}{' ' * (_NAMES - cell_len(name))} {text}"
