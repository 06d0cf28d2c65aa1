"""The pages of stock, one page a file."""
