"""Pure rules of prices: no Django, no clock, no database."""
