"""Who must agree, who agreed, and under which version of which policy.

Owns approval requests, decisions and policies. Knows a subject only as a reference, a title, a summary, an address and
a snapshot of facts; it never calls back: the app that asked picks up what is approved and reports the effect.

Invariants: nobody decides what they prepared (action, composite foreign key and CHECK); a request is approved or
rejected only with a decision on record; decisions and policy versions are never edited or deleted; time running out
never approves.
"""
