from django.test import Client, RequestFactory

from web import errors


def test_an_unknown_rest_address_is_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/no-such-thing/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"] == []


def test_a_broken_rest_call_is_a_problem() -> None:
    answer = errors.server_error(RequestFactory().get("/api/v1/products/"))
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")


def test_a_broken_page_is_a_page() -> None:
    answer = errors.server_error(RequestFactory().get("/prices/"))
    assert answer.status_code == 500
    assert answer["Content-Type"].startswith("text/html")
