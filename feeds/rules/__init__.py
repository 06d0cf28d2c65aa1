"""Reading deliveries: signature, bytes to text, text to rows. Pure."""
