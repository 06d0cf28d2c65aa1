"""REST of feeds, one file for each noun."""
