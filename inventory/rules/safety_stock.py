"""Safety stock from a service level and the variance of demand and lead time. Pure."""

from math import sqrt
from statistics import NormalDist


def safety_stock_units(
    *,
    demand_mean: float,
    demand_sd: float,
    lead_time_days: float,
    lead_time_sd_days: float,
    service_level: float,
) -> float:
    """Units that cover demand over one lead time with probability `service_level`, beyond the mean.

    demand_mean, demand_sd: units per day, ≥ 0. lead_time_days > 0, lead_time_sd_days ≥ 0.
    z × √(L·σd² + d²·σL²), demand and lead time independent, demand over the lead time taken as normal.
    Never below zero, not rounded to packs. Raises ValueError: service_level outside (0, 1), a negative figure.
    Source: Silver, Pyke & Thomas, Inventory and Production Management in Supply Chains, 4th ed., §6.10.
    """
    if not 0 < service_level < 1:
        raise ValueError("a service level lies between 0 and 1")
    if min(demand_mean, demand_sd, lead_time_days, lead_time_sd_days) < 0:
        raise ValueError("demand and lead time are not negative")
    z = NormalDist().inv_cdf(service_level)
    spread = sqrt(lead_time_days * demand_sd**2 + demand_mean**2 * lead_time_sd_days**2)
    return max(0.0, z * spread)


def cover_days(available: float, demand_per_day: float) -> float | None:
    """Days that `available` lasts at `demand_per_day`; None without demand, 0 when nothing is left."""
    if demand_per_day <= 0:
        return None
    return max(0.0, available / demand_per_day)
