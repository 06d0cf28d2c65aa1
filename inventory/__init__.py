"""Stock: movements, the ledger, balances, reconciliation with what warehouses report, safety stock.

Owns movements (headers), ledger entries (append-only, monthly partitions), balances (always the sum of entries),
negative cases, snapshots and reconciliations, safety stock. Every movement sums to zero; a correction is a
reversing movement; commands never take a real location below zero, facts are always posted. Nothing is ever
reposted or recomputed. Writes sale lines through sales' action in the movement's transaction. Knows no price
list and never decides an approval: it opens requests and places what was approved.
"""
