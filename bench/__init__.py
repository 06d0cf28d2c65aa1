"""Benchmarks: every figure is measured beside its own limit in the same run, so that machines can be compared.

`make bench` starts an instance of its own below DATA_DIR/bench (demo data, ordinary durability), runs the functions
registered in bench/figures/*.py and removes the instance again. A figure looks like this:

    @figure("quotes_per_s", unit="quotes/s", goal=0.2)
    def quotes_per_s(instance: Instance) -> Measured:
        return Measured(value=…, limit=…, note="10,000 lines per request against a bare SELECT of as many rows")

`goal` is the least ratio value/limit, or with better="lower" the greatest.
"""
