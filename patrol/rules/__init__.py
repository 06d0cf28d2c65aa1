"""Pure rules of patrol."""
