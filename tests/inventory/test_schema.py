import pytest
from django.db import ProgrammingError, connection


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["UPDATE inventory_entry SET quantity = 1", "DELETE FROM inventory_entry", "TRUNCATE inventory_entry"],
)
def test_the_application_may_not_alter_entries(statement: str) -> None:
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(statement)
