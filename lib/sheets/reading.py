"""A file of unknown form to a table: CSV in any of the usual encodings, or XLSX."""

from dataclasses import dataclass

from lib.faults import refuse
from lib.sheets import decoding, tables, workbooks
from lib.sheets.tables import Shape, Table

MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Sheet:
    """A table and how it was read. form: csv or xlsx. not_read: other sheets of the workbook."""

    table: Table
    form: str
    encoding: str
    not_read: tuple[str, ...] = ()


def sheet_of(body: bytes, name: str, shape: Shape) -> Sheet:
    """The table in `body`; the bytes decide what it is, a name that says otherwise is refused.

    Raises Faults 413 `too_large`; 422 those of decoding, tables and workbooks.
    """
    if len(body) > MAX_BYTES:
        raise refuse("too_large", f"The file is larger than {MAX_BYTES >> 20} MB.", status=413)
    is_named_workbook = name.lower().endswith((".xlsx", ".xlsm", ".xls"))
    if workbooks.is_zip(body):
        table, others = workbooks.workbook_table(body, shape)
        return Sheet(table, "xlsx", "", others)
    if is_named_workbook and body.strip():
        raise refuse("not_a_workbook", "The name says workbook, the bytes do not: save it as .xlsx or .csv.")
    text, encoding = decoding.text_of(body)
    return Sheet(tables.table_of(text, shape), "csv", encoding)
