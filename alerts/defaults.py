"""The ten standard playbooks a new house starts with, in English and Chinese."""

from typing import Any

Step = tuple[str, int, tuple[str, ...], str, str]

_TAKE: Step = ("take", 15, ("duty",), "Confirm and take over", "确认并接手")
_CAUSE: Step = ("cause", 240, ("duty",), "Find the cause and write it down", "查明原因并登记")
_REVIEW: Step = (
    "review",
    3 * 24 * 60,
    ("duty",),
    "Review: what prevents it next time",
    "复盘：如何避免再次发生",
)

#: category → (respond minutes, resolve minutes, English name, Chinese name, steps between taking over and the cause)
_PLAYBOOKS: dict[str, tuple[int, int, str, str, list[Step]]] = {
    "price_swing": (
        15, 60, "Wrong price on sale", "错价在售",
        [
            ("restore", 20, ("duty", "price_manager"), "Restore the last right price", "恢复上一个正确价格"),
            ("read_back", 30, ("duty",), "Check that tills and shops show the price again", "确认收银台和网店已恢复新价"),
            ("orders", 60, ("sales", "duty"), "Freeze and settle the orders sold at the wrong price", "冻结并逐单处理受影响订单"),
            ("inform", 25, ("duty",), "Tell core management and get their confirmation", "告知核心管理层并取得确认"),
        ],
    ),
    "promotion_price": (
        15, 120, "Wrong or overlapping promotion price", "促销价错误或重叠",
        [
            ("which", 30, ("price_manager",), "Decide which promotion holds", "确定以哪一项促销为准"),
            ("end", 45, ("price_manager",), "End or correct the other one", "终止或更正另一项促销"),
            ("read_back", 60, ("duty",), "Check the price at till and in shop", "核对收银台与网店价格"),
            ("orders", 120, ("sales",), "Settle orders at the wrong promotion price", "处理按错误促销价成交的订单"),
        ],
    ),
    "price_mismatch": (
        15, 240, "Price differs between regions or channels", "区域或渠道价格不一致",
        [
            ("compare", 30, ("duty",), "Compare the lists and the rate behind each price", "比对价目表及其汇率"),
            ("intended", 60, ("price_manager",), "Say whether the difference is intended", "确认差异是否有意为之"),
            ("correct", 120, ("price_manager",), "Correct the list that is wrong", "更正有误的价目表"),
        ],
    ),
    "exchange_shock": (
        15, 240, "Exchange-rate shock", "汇率剧烈波动",
        [
            ("check", 30, ("finance", "duty"), "Check the rate against a second source", "用第二来源核对汇率"),
            ("exposed", 60, ("price_manager",), "List the prices that depend on it", "列出受影响的价格"),
            ("decide", 120, ("price_manager",), "Hold, follow or step the prices", "决定冻结、跟随或分步调整"),
        ],
    ),
    "stock_out": (
        15, 240, "Sudden stock-out", "突发缺货",
        [
            ("count", 30, ("duty", "stock_clerk"), "Check the shelf: is it really gone", "核对货架：是否确实售罄"),
            ("hide", 45, ("duty",), "Stop selling it online where there is none", "对无货网店停售"),
            ("transfer", 90, ("stock_manager",), "Move stock from a site that has cover", "从库存充足的站点调拨"),
            ("order", 240, ("purchaser",), "Order more, with a date of arrival", "补货并取得到货日期"),
        ],
    ),
    "overstock": (
        60, 2880, "Overstock and slow movers piling up", "积压与滞销",
        [
            ("confirm", 240, ("stock_manager",), "Confirm the quantity on the shelf", "确认在架数量"),
            ("stop", 480, ("purchaser",), "Stop orders that are under way", "停止在途采购"),
            ("plan", 1440, ("price_manager",), "Transfer, promote or clear: decide", "决定调拨、促销或清仓"),
        ],
    ),
    "book_difference": (
        15, 480, "Book differs from warehouse", "账实不符",
        [
            ("way", 30, ("duty",), "Look for movements on their way", "查找在途单据"),
            ("recount", 120, ("stock_clerk",), "Recount what differs", "复盘差异商品"),
            ("hold", 150, ("stock_manager",), "Hold back sales of what may not be there", "对可能缺货的商品暂停销售"),
            ("adjust", 480, ("stock_manager",), "Adjust with a reason, through approval", "注明原因并经审批后调整"),
        ],
    ),
    "feed_trouble": (
        15, 120, "Feed late, lost or doubled", "数据流延迟、丢失或重复",
        [
            ("source", 20, ("duty",), "Call the source: is it sending", "联系数据源：是否在发送"),
            ("affected", 30, ("duty",), "Mark the sites whose figures are stale", "标记数据过期的站点"),
            ("resend", 60, ("duty",), "Ask for a resend or a full snapshot", "要求重发或发送全量快照"),
            ("compare", 120, ("duty", "stock_clerk"), "Compare totals after it has caught up", "追上后核对总量"),
        ],
    ),
    "goods_condition": (
        30, 480, "Expiring, spoiled or held at customs", "临期、变质或清关受阻",
        [
            ("block", 60, ("stock_clerk",), "Block the lots concerned", "冻结相关批次"),
            ("inspect", 120, ("stock_manager",), "Inspect or call the broker", "检验货物或联系报关行"),
            ("decide", 240, ("stock_manager",), "Clear, return or scrap: decide", "决定清仓、退货或报废"),
        ],
    ),
    "unauthorised_change": (
        15, 240, "Unauthorised or out-of-policy change", "未授权或违规变更",
        [
            ("undo", 30, ("duty", "price_manager"), "Undo the change", "撤销该变更"),
            ("access", 45, ("admin",), "Suspend the access it came through", "暂停相关访问权限"),
            ("proof", 60, ("duty",), "Save the trail of it and check the seals", "保全审计轨迹并核验封印"),
            ("inform", 25, ("duty",), "Tell core management and get their confirmation", "告知核心管理层并取得确认"),
        ],
    ),
}  # fmt: skip


def playbooks() -> list[dict[str, Any]]:
    """The ten playbooks as rows of the table, version 1."""
    return [
        {
            "category": category,
            "version": 1,
            "name": name,
            "name_zh": name_zh,
            "respond_minutes": respond,
            "resolve_minutes": resolve,
            "steps": [_step(step) for step in (_TAKE, *between, _CAUSE, _REVIEW)],
        }
        for category, (respond, resolve, name, name_zh, between) in _PLAYBOOKS.items()
    ]


def _step(step: Step) -> dict[str, Any]:
    code, minutes, roles, title, title_zh = step
    return {"code": code, "minutes": minutes, "roles": list(roles), "title": title, "title_zh": title_zh}
