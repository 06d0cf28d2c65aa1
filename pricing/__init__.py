"""Price lists, prices and the documents that change them; the guardrails they pass; the one resolver of quotes.

Invariants: validity ranges of one (list, product, minimum quantity, currency) never overlap while known (exclusion
constraint); a price row is never edited, only its known range is closed once; every row names the change that set its
amount and the event that wrote it. A change is placed exactly as approved (content hash and base rows) or not at all.
Deliberately never: a job that flips prices (validity is read at the moment of the question), a second price look-up
beside `queries/quotes.py`, an exchange rate of 1 for want of one.
"""
