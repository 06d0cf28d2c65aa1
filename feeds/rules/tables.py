"""The columns of a feed by their headers, in English or Chinese; lib.sheets reads the rows."""

from collections.abc import Mapping

from feeds.rules.mappings import words_of
from lib.sheets import tables
from lib.sheets.tables import MAX_ROWS, Table

#: Other words for a field, in lower case with spaces for underscores.
ALIASES: dict[str, str] = {
    "货号": "sku", "商品编码": "sku", "编码": "sku", "商品编号": "sku", "item": "sku", "stockcode": "sku", "stock code": "sku", "article": "sku",
    "名称": "name", "商品名称": "name", "品名": "name", "description": "name",
    "类别": "category", "分类": "category", "品类": "category",
    "单位": "unit", "条码": "barcode", "条形码": "barcode", "ean": "barcode", "gtin": "barcode",
    "状态": "status", "税类": "tax_class", "税收分类": "tax_class", "净含量": "net_content", "净含量单位": "net_content_unit",
    "代码": "code", "站点代码": "code", "类型": "kind", "区域": "region", "国家": "country", "时区": "timezone", "time zone": "timezone",
    "币种": "currency", "货币": "currency", "法人": "legal_entity", "运营方": "operator", "渠道": "channel",
    "金额": "amount", "成本": "amount", "单位成本": "unit_cost", "进价": "amount", "cost": "amount",
    "生效日期": "valid_from", "生效时间": "valid_from", "税率": "rate_fraction",
    "基准货币": "base", "报价货币": "quote", "汇率": "rate", "日期": "on", "date": "on",
    "站点": "site", "门店": "site", "仓库": "site", "store": "site", "warehouse": "site",
    "单号": "reference", "单据号": "reference", "订单号": "reference", "invoice": "reference", "invoiceno": "reference", "order": "reference",
    "数量": "quantity", "qty": "quantity", "批次": "lot", "批号": "lot",
    "单价": "unit_price", "售价": "unit_price", "price": "unit_price", "unitprice": "unit_price",
    "时间": "occurred_at", "发生时间": "occurred_at", "销售时间": "occurred_at", "invoicedate": "occurred_at", "sold at": "occurred_at",
    "盘点时间": "taken_at", "快照时间": "taken_at", "来源": "from", "去向": "to", "目的地": "destination", "原因": "reason",
    "供应商": "supplier", "vendor": "supplier", "采购单": "purchase_order", "采购单号": "purchase_order", "po": "purchase_order", "po number": "purchase_order",
    "调拨单": "transfer", "调拨单号": "transfer", "行号": "line", "line number": "line", "订货日期": "ordered_on", "下单日期": "ordered_on", "order date": "ordered_on",
    "预计到货": "expected_on", "预计到货日期": "expected_on", "交货日期": "expected_on", "delivery date": "expected_on", "due date": "expected_on",
    "确认数量": "confirmed_quantity", "确认交期": "confirmed_on", "确认日期": "confirmed_on", "破损": "damaged", "破损数量": "damaged", "收货时间": "received_at", "到货时间": "received_at",
    "竞争对手": "competitor", "竞品": "competitor", "竞品编码": "code", "观察时间": "observed_at", "采集时间": "observed_at", "seen at": "observed_at",
    "含税": "is_tax_included", "是否含税": "is_tax_included", "促销": "is_promotion", "是否促销": "is_promotion",
}  # fmt: skip


def field_of(header: str) -> str:
    """The field a header names: "商品编码" → "sku", "Tax Class" → "tax_class"."""
    words = words_of(header)
    return ALIASES.get(words, words.replace(" ", "_"))


def table_of(text: str, aliases: Mapping[str, str] | None = None) -> Table:
    """The rows of CSV `text`.

    aliases: a feed's own names, field by field, that come before the common ones ("amount" → "rate").
    Raises Faults as `lib.sheets.tables.table_of`.
    """
    own = aliases or {}

    def name_of(header: str) -> str:
        name = field_of(header)
        return own.get(name, name)

    return tables.table_of(text, tables.Shape(name_of))


__all__ = ["ALIASES", "MAX_ROWS", "Table", "field_of", "table_of"]
