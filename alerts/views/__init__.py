"""Pages of alerts, by noun."""
