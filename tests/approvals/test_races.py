import threading

from django.db import connections

from approvals import actions
from approvals.models import ApprovalRequest, Decision, Policy
from lib.actors import Actor
from lib.faults import Faults
from tests.approvals.builders import a_person, a_request


def together(*calls: object) -> list[object]:
    """Run the calls at the same moment, each on its own connection; the results or the exceptions."""
    barrier = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = calls[index]()  # type: ignore[operator]
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_two_approvers_at_once_one_wins(cloned_db: str) -> None:
    request = a_request(a_person(1, "price_clerk"))

    def word(actor: Actor, approve: bool) -> object:
        return lambda: actions.decide(actor=actor, request_id=request.pk, approve=approve)

    results = together(word(a_person(2, "price_manager"), True), word(a_person(3, "admin"), False))
    refused = [r for r in results if isinstance(r, Faults)]
    assert [r.faults[0].code for r in refused] == ["wrong_state"]
    assert Decision.objects.filter(request=request).count() == 1
    stored = ApprovalRequest.objects.get(pk=request.pk)
    assert (stored.state == "approved") == Decision.objects.get(request=request).approved


def test_of_two_new_versions_at_once_one_waits_and_two_approvers_put_it_in_force_once(cloned_db: str) -> None:
    def save(limit: str) -> object:
        return lambda: actions.save_policy_version(
            actor=a_person(2, "price_manager"),
            name="price-routine",
            values={"max_change_fraction": limit},
            due_hours=24,
            reason="calmer",
            base_version=1,
        )

    results = together(save("0.03"), save("0.04"), save("0.02"))
    refused = [r for r in results if isinstance(r, Faults)]
    assert [r.faults[0].code for r in refused] == ["already_pending"] * 2
    (request,) = ApprovalRequest.objects.filter(kind="policy")

    def approve(number: int) -> object:
        return lambda: actions.decide(actor=a_person(number, "admin"), request_id=request.pk, approve=True)

    results = together(approve(5), approve(6))
    assert sum(isinstance(r, Faults) for r in results) == 1
    assert sorted(Policy.objects.filter(name="price-routine").values_list("version", "is_active")) == [
        (1, False),
        (2, True),
    ]


def test_of_two_requests_at_once_one_is_made(cloned_db: str) -> None:
    clerk = a_person(1, "price_clerk")
    results = together(lambda: a_request(clerk), lambda: a_request(clerk))
    assert sum(isinstance(r, Faults) for r in results) == 1
    assert ApprovalRequest.objects.count() == 1
