import pytest

from alerts import actions
from alerts.actions import AlertDraft
from alerts.models import Alert
from audit.models import Event

pytestmark = pytest.mark.django_db


def raised(key: str = "feed_late:wms", **fields: object) -> Alert:
    given = {"kind": "feed_late", "severity": "warning", "title": "Feed is late", **fields}
    return actions.raise_alert(key=key, **given)  # type: ignore[arg-type]


def events(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


def test_raising_again_counts_and_keeps_one_row() -> None:
    first = raised()
    second = raised(title="Feed is still late")
    assert (second.pk, second.count, second.title) == (first.pk, 2, "Feed is still late")
    assert events("alert.raised") == 1


def test_resolved_then_raised_is_a_new_row() -> None:
    first = raised()
    assert actions.resolve_alert("feed_late:wms", "came in") is True
    assert actions.resolve_alert("feed_late:wms") is False
    assert raised().pk != first.pk
    assert events("alert.resolved") == 1


def test_the_set_based_pair() -> None:
    drafts = [AlertDraft(f"stock_low:{n}", "stock_low", "note", f"Low {n}") for n in range(30)]
    assert actions.raise_alerts([*drafts, drafts[0]]) == 30
    assert actions.raise_alerts(drafts[:10]) == 0
    assert actions.resolve_alerts_except("stock_low:", [draft.key for draft in drafts[:10]]) == 20
    assert Alert.objects.exclude(state="resolved").count() == 10
    assert events("alert.raised") == 1


def test_prefix_is_taken_literally() -> None:
    raised("a_b:1")
    raised("axb:1")
    assert actions.resolve_alerts_except("a_b:", []) == 1


def test_query_count_is_flat(django_assert_max_num_queries: object) -> None:
    def many(count: int) -> list[AlertDraft]:
        return [AlertDraft(f"k{count}:{n}", "k", "note", "t") for n in range(count)]

    with django_assert_max_num_queries(12):  # type: ignore[operator]
        actions.raise_alerts(many(50))
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        actions.raise_alerts(many(1000))
