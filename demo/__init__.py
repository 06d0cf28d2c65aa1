"""The demo retailer: real sales lines of a gift shop spread over twenty sites, and what is simulated around them.

Knows every app and uses their actions and set-based loaders. Everything is deterministic: the same file and the same
day give the same retailer. What the source lacks is simulated and its reason text says "simulated"; see README.md.
Never invents people: users are named by their role.
"""
