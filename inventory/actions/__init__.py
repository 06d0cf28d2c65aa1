"""Every write to stock, one noun a file."""
