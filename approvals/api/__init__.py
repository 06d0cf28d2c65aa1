"""REST of approvals, one file for each noun."""
