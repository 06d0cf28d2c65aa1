"""Every read of pricing."""
