"""What was sold, when, where, for how much: lines from tills and shops, and daily facts of them.

Lies below both hearts so that neither needs the other. Lines are written by inventory's action, in the transaction
of the movement they belong to; this app never writes stock and never decides a price.
"""
