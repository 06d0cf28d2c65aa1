"""Why goods are written off, as a new house starts with it, and what a document needs before it is submitted. Pure."""

from dataclasses import dataclass

MAX_LINES = 500


@dataclass(frozen=True)
class ReasonSeed:
    """A reason as in the model of the same name."""

    code: str
    name: str
    name_zh: str
    posts_as: str
    account_hint: str
    needs_photo: bool = False
    needs_comment: bool = False


#: account_hint follows the usual chart: 6080 shrinkage, 6081 spoilage, 6082 damage, 6330 promotion, 6200 own use.
REASONS = (
    ReasonSeed("expired", "Expired", "已过期", "scrap", "6081 spoilage", needs_photo=True),
    ReasonSeed("damaged", "Damaged", "破损", "scrap", "6082 damage", needs_photo=True),
    ReasonSeed("returned_unfit", "Returned, not to be sold", "退货，不可再售", "scrap", "6082 damage"),
    ReasonSeed("recalled", "Recalled", "召回", "scrap", "6083 recall, claim on the supplier", needs_comment=True),
    ReasonSeed("theft", "Theft", "盗窃", "adjustment", "6080 shrinkage", needs_comment=True),
    ReasonSeed("sample", "Sample given away", "赠送样品", "adjustment", "6330 samples", needs_comment=True),
    ReasonSeed("display", "Display piece", "陈列样机", "adjustment", "6331 display"),
    ReasonSeed("internal_use", "Internal use", "内部领用", "adjustment", "6200 own use", needs_comment=True),
    ReasonSeed("donation", "Donation", "捐赠", "adjustment", "6340 donations", needs_comment=True),
    ReasonSeed("other", "Something else", "其他", "scrap", "6089 to be cleared", needs_photo=True, needs_comment=True),
)  # fmt: skip


def missing_evidence(*, needs_photo: bool, needs_comment: bool, photos: int, comment: str) -> list[str]:
    """Which evidence a reason asks for and a document lacks: photo_required, comment_required."""
    lacks = []
    if needs_photo and not photos:
        lacks.append("photo_required")
    if needs_comment and not comment.strip():
        lacks.append("comment_required")
    return lacks
