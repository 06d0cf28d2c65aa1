"""Pages of finance, one file for each noun."""
