"""What ``trustkit key`` tells of a key, in the language of the terminal; machines read the names of facts as they are."""

from __future__ import annotations

from typing import Final

from trustkit.app.cli.output import language
from trustkit.texts.catalogue import Language

_CHINESE: Final = {
    "file": "文件",
    "form": "格式",
    "protected": "口令保护",
    "kind": "密钥类型",
    "key id": "密钥标识",
    "spki sm3": "公钥 SM3",
    "public key": "公钥",
    "certificates": "证书",
    "request": "证书请求",
    "subject": "主体",
    "ciphertext": "密文",
    "plaintext": "明文",
    "octets": "字节数",
    "enveloped key": "密钥信封",
    "recipient key id": "接收方密钥标识",
    "offer": "协商请求",
    "answer": "协商应答",
    "confirmation": "确认文件",
    "pending": "待完成的协商",
    "expires": "失效时间",
    "peer key id": "对方密钥标识",
    "key": "密钥",
    "derivation": "派生方式",
    "True": "是",
    "False": "否",
}
_MADE: Final = {
    Language.EN: "Made {kind} key {name}, public key SM3 {sm3}",
    Language.ZH: "已生成 {kind} 密钥 {name}，公钥 SM3 {sm3}",
}


def key_word(text: str) -> str:
    """Return the name of a fact, or a yes or no, as a person reads it."""
    return _CHINESE.get(text, text) if language() is Language.ZH else text


def made_in_module(kind: str, name: str, sm3: str) -> str:
    """Return the line that tells of a key made inside a module."""
    return _MADE[language()].format(kind=kind, name=name, sm3=sm3)
