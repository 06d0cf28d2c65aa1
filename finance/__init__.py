"""What the books of finance need of stock and sales, and what others' figures say against ours.

Owns the account map (versions), vouchers with their lines, what platforms and suppliers and the general ledger told us
(settlement lines, supplier invoices, ledger balances), the comparisons of it with ours, and disputes. A voucher is never
edited: every ledger entry and every sale line is in exactly one, later facts go to a supplementary one. Nothing here posts
stock or changes a price.
"""
