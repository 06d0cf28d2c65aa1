"""REST of stock, by noun."""
