"""Reads of stock, one noun a file."""
