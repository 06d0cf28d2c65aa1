"""Pure building stones: money, quantities, clock, references, actors, faults.

Knows no Django, no database and no other app; everything here is a function or a frozen dataclass.
"""
