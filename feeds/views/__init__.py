"""Pages of feeds, one file for each noun."""
