"""Users, roles, tokens, second factor.

Owns the user model, the one table of roles and permissions, sign-in with lock-out and hashed API tokens.
Which sites and regions a user may see lies in catalog (scopes), above.
"""
