"""The retailer's master data: made up, but plausible; the site shares are of 100 invoices."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

HOME = "GBP"
SHOP_HOURS = {day: [["09:00", "18:00"]] for day in "12345"} | {"7": [["10:00", "16:00"]]}
WAREHOUSE_HOURS = {day: [["06:00", "22:00"]] for day in "12345"}
ROUND_THE_CLOCK = {day: [["00:00", "24:00"]] for day in "1234567"}

REGIONS = {"UK": "United Kingdom", "EUROZONE": "Eurozone", "CHINA": "China"}

LEGAL_ENTITIES = [
    {"code": "SR-UK", "name": "Steelyard Retail Ltd", "country": "GB", "currency": "GBP"},
    {"code": "SR-EU", "name": "Steelyard Retail B.V.", "country": "NL", "currency": "EUR"},
    {"code": "SR-CN", "name": "Steelyard Retail (Shanghai) Co., Ltd.", "country": "CN", "currency": "CNY"},
]

CUSTOMER_GROUPS = [{"code": "STAFF", "name": "Staff"}, {"code": "CLUB", "name": "Club members"}]
CHANNELS = [
    {"code": "STORE", "name": "Stores", "commission_fraction": Decimal("0")},
    {"code": "WEB", "name": "Own web shop", "commission_fraction": Decimal("0.02")},
    {"code": "MARKET-EU", "name": "Marketplace, Europe", "commission_fraction": Decimal("0.12")},
    {"code": "MARKET-CN", "name": "Marketplace, China", "commission_fraction": Decimal("0.05")},
]

SUPPLIERS = [
    {
        "code": code,
        "name": name,
        "country": country,
        "currency": currency,
        "lead_time_days": Decimal(days),
        "lead_time_sd_days": Decimal(deviation),
    }
    for code, name, country, currency, days, deviation in (
        ("SUP-GB", "Supplier, Great Britain", "GB", "GBP", 7, 2),
        ("SUP-NL", "Supplier, Netherlands", "NL", "EUR", 10, 3),
        ("SUP-IN", "Supplier, India", "IN", "USD", 45, 9),
        ("SUP-CN", "Supplier, China", "CN", "CNY", 35, 8),
    )
]

TAX_RATES = [
    {"country": country, "tax_class": "standard", "rate_fraction": rate, "valid_from": valid_from}
    for country, rate, valid_from in (
        ("GB", "0.175", "2010-01-01"),
        ("GB", "0.2", "2011-01-04"),
        ("DE", "0.16", "2020-07-01"),
        ("DE", "0.19", "2021-01-01"),
        ("FR", "0.2", "2014-01-01"),
        ("NL", "0.21", "2012-10-01"),
        ("ES", "0.21", "2012-09-01"),
        ("IE", "0.23", "2021-03-01"),
        ("CN", "0.16", "2018-05-01"),
        ("CN", "0.13", "2019-04-01"),
    )
]


@dataclass(frozen=True)
class SiteSeed:
    """One site; `share` of 100 invoices are its own; `source` supplies it ("" = the supplier)."""

    code: str
    name: str
    kind: str
    region: str
    country: str
    timezone: str
    channel: str | None
    share: int
    source: str = ""
    operator: str = "own"

    def as_row(self) -> dict[str, Any]:
        hours = {"warehouse": WAREHOUSE_HOURS, "store": SHOP_HOURS, "online": ROUND_THE_CLOCK}[self.kind]
        return {
            "code": self.code,
            "name": self.name,
            "kind": self.kind,
            "region": self.region,
            "country": self.country,
            "timezone": self.timezone,
            "currency": {"UK": "GBP", "EUROZONE": "EUR", "CHINA": "CNY"}[self.region],
            "legal_entity": {"UK": "SR-UK", "EUROZONE": "SR-EU", "CHINA": "SR-CN"}[self.region],
            "operator": self.operator,
            "channel": self.channel,
            "opening_hours": hours,
        }


_UK, _EU, _CN = "Europe/London", "Europe/Berlin", "Asia/Shanghai"
SITES = [
    SiteSeed("WH-UK", "Midlands warehouse", "warehouse", "UK", "GB", _UK, None, 0),
    SiteSeed("WH-EU", "Venlo warehouse", "warehouse", "EUROZONE", "NL", "Europe/Amsterdam", None, 0),
    SiteSeed("LON-1", "London, Covent Garden", "store", "UK", "GB", _UK, "STORE", 10, "WH-UK"),
    SiteSeed("LON-2", "London, Camden", "store", "UK", "GB", _UK, "STORE", 8, "WH-UK"),
    SiteSeed("MAN-1", "Manchester", "store", "UK", "GB", _UK, "STORE", 6, "WH-UK"),
    SiteSeed("BHM-1", "Birmingham", "store", "UK", "GB", _UK, "STORE", 5, "WH-UK"),
    SiteSeed("EDI-1", "Edinburgh", "store", "UK", "GB", _UK, "STORE", 4, "WH-UK"),
    SiteSeed("BRS-1", "Bristol", "store", "UK", "GB", _UK, "STORE", 4, "WH-UK", "franchise"),
    SiteSeed("BER-1", "Berlin", "store", "EUROZONE", "DE", _EU, "STORE", 5, "WH-EU"),
    SiteSeed("MUC-1", "Munich", "store", "EUROZONE", "DE", _EU, "STORE", 4, "WH-EU"),
    SiteSeed("PAR-1", "Paris", "store", "EUROZONE", "FR", "Europe/Paris", "STORE", 5, "WH-EU"),
    SiteSeed("AMS-1", "Amsterdam", "store", "EUROZONE", "NL", "Europe/Amsterdam", "STORE", 4, "WH-EU"),
    SiteSeed("MAD-1", "Madrid", "store", "EUROZONE", "ES", "Europe/Madrid", "STORE", 3, "WH-EU"),
    SiteSeed("DUB-1", "Dublin", "store", "EUROZONE", "IE", "Europe/Dublin", "STORE", 3, "WH-EU"),
    SiteSeed("SHA-1", "Shanghai", "store", "CHINA", "CN", _CN, "STORE", 4),
    SiteSeed("BJS-1", "Beijing", "store", "CHINA", "CN", _CN, "STORE", 3),
    SiteSeed("CAN-1", "Guangzhou", "store", "CHINA", "CN", _CN, "STORE", 2),
    SiteSeed("WEB-UK", "Web shop UK", "online", "UK", "GB", _UK, "WEB", 16, "WH-UK"),
    SiteSeed("WEB-EU", "Web shop Europe", "online", "EUROZONE", "DE", _EU, "MARKET-EU", 9, "WH-EU"),
    SiteSeed("WEB-CN", "Web shop China", "online", "CHINA", "CN", _CN, "MARKET-CN", 5, "", "platform"),
]

#: The first rule whose words stand in a product's name gives its category.
CATEGORIES = (
    ("CHRISTMAS|XMAS|ADVENT|SANTA|REINDEER|SNOWMAN|SNOWFLAKE|BAUBLE", "Seasonal / Christmas"),
    ("EASTER|BUNNY|CHICK", "Seasonal / Easter"),
    ("VALENTINE|WEDDING|BIRTHDAY|PARTY|BUNTING|BALLOON", "Seasonal / Parties"),
    ("NECKLACE|BRACELET|EARRING|RING |BROOCH|BANGLE|JEWEL", "Accessories / Jewellery"),
    ("JUMBO BAG|SHOPPER|LUNCH BAG|TOTE|BAG|PURSE|WALLET|SUITCASE", "Accessories / Bags"),
    ("SCARF|HAT|UMBRELLA|SLIPPER|GLOVE|HAIR|POUFFE", "Accessories / Clothing"),
    ("MUG|CUP|TEAPOT|TEA SET|PLATE|BOWL|SAUCER|JUG|GLASS|COASTER|TRAY", "Kitchen / Tableware"),
    ("CAKE|BAKING|SPOON|KITCHEN|APRON|OVEN|RECIPE|JAM |BOTTLE|TIN|FOOD|COOK", "Kitchen / Baking and storage"),
    ("T-LIGHT|CANDLE|LANTERN|LIGHT|LAMP|INCENSE", "Home / Lights and candles"),
    ("CUSHION|QUILT|DOORMAT|BLANKET|TOWEL|RUG|CURTAIN|BATH", "Home / Textiles"),
    (
        "FRAME|CLOCK|SIGN|HOOK|MIRROR|WALL|DOOR|VASE|ORNAMENT|HEART|DECORATION|HANGING|DRAWER|CABINET",
        "Home / Decoration",
    ),
    (
        "CARD|PAPER|WRAP|NOTEBOOK|PEN|PENCIL|STICKER|RUBBER|TAPE|JOURNAL|RIBBON|STAMP|CHALK|RULER",
        "Stationery / Paper",
    ),
    ("GARDEN|PLANT|FLOWER|BIRD|WATERING|HERB|SEED", "Garden / Outdoors"),
    (
        "DOLL|TOY|GAME|PUZZLE|SKITTLE|PLAYHOUSE|CHILD|BABY|BLOCK|SPACEBOY|DINOSAUR|CIRCUS|SOLDIER",
        "Toys / Children",
    ),
)
OTHER = "Gifts / Other"

USERS = (
    ("clerk.price", "price_clerk", "Price clerk", ()),
    ("manager.price", "price_manager", "Price manager", ()),
    ("clerk.stock", "stock_clerk", "Stock clerk", ()),
    ("manager.stock", "stock_manager", "Stock manager", ()),
    ("duty", "duty", "Duty officer", ()),
    ("purchaser", "purchaser", "Purchaser", ()),
    ("sales", "sales", "Sales", ("UK", "EUROZONE")),
    ("finance", "finance", "Finance", ()),
)
PASSWORD = "steelyard-demo"
