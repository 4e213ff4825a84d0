"""Business licences that differ in all that real ones differ in: names, people, capital, dates, addresses, scopes.

    tree = varied(sample, serial=7)    # the same for the same number

Two licences share few glyphs beyond those of every licence, and no line of text: what is kept from one to the next must stand this.
"""

from __future__ import annotations

import random  # noqa: TID251 - seeded: the same licences each time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS: Final = "云杉信息技术科创新华南北东西海山川河湖江松柏竹梅兰菊荷桂林森水火金土石玉明德仁义礼智诚和平安康乐福祥瑞泰盛兴隆达通顺利丰裕"
_SURNAMES: Final = "张王李赵刘陈杨黄周吴"
_TRADES: Final = ("信息技术", "商贸", "餐饮管理", "建筑工程", "文化传媒", "物流")
_SCOPES: Final = (
    *("技术服务", "技术开发", "技术咨询", "技术交流", "技术转让", "技术推广", "软件开发", "信息系统集成服务"),
    *("数据处理和存储支持服务", "计算机软硬件及辅助设备批发", "电子产品销售", "办公用品销售", "日用百货销售"),
    *("食品销售", "服装服饰零售", "广告设计代理", "会议及展览服务", "企业管理咨询", "物业管理", "园林绿化工程施工"),
    *("机械设备租赁", "道路货物运输", "货物进出口", "建筑材料销售", "五金产品零售", "农副产品销售", "餐饮管理"),
    *("教育咨询服务", "文具用品批发", "通讯设备销售", "物联网技术服务", "人工智能应用软件开发", "工程管理服务"),
    *("城市绿化管理", "家具销售", "汽车租赁"),
)
_END: Final = "。（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"


def varied(sample: Mapping[str, str], serial: int) -> dict[str, str]:
    """Return the fields of a licence of its own: those of the sample, with values made from a number."""
    chance = random.Random(serial)  # noqa: S311 - no secret is made of it

    def words(count: int) -> str:
        return "".join(chance.choices(_WORDS, k=count))

    year, month, day = chance.randint(1995, 2025), chance.randint(1, 12), chance.randint(1, 28)
    since = f"{year}-{month:02}-{day:02}"
    street = (
        f"{words(2)}路{chance.randint(1, 999)}号{words(2)}大厦{chance.randint(1, 30)}层{chance.randint(100, 3000)}室"
    )
    return {
        **sample,
        "name": f"示例市{words(3)}{chance.choice(_TRADES)}有限公司",
        "legal_representative": chance.choice(_SURNAMES) + words(chance.randint(1, 2)),
        "registered_capital": f"CNY {chance.randint(1, 5000) * 10_000}.00",
        "established_on": since,
        "term_start": since,
        "address": f"示例省示例市{words(2)}区{street}",
        "scope": "一般项目：" + "；".join(chance.sample(_SCOPES, chance.randint(8, 18))) + _END,
    }
