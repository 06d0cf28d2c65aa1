"""Pages of patrol, one file for each noun."""
