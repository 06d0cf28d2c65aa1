"""Every write of sales."""

from sales.actions.lines import SaleRow, record_sales, record_sales_from_temp, write_sales_sql

__all__ = ["SaleRow", "record_sales", "record_sales_from_temp", "write_sales_sql"]
