"""Every write of pricing: lock, check, write, record in the trail."""
