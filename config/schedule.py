"""What must run: one explicit list. `sync_schedule` makes the database's definitions those of this list.

Local times are wall times in the zone of each scope (`scope_kind`), or in `timezone`. Ticks of the loops stand in
config/celery.py; they have no slots, because a lost tick costs nothing.
"""

from jobs.rules import Definition

HOUR_S = 3600

SCHEDULE = (
    Definition(
        "patrol.verify",
        "patrol.verify",
        local_times=("06:00", "14:00", "22:00"),
        scope_kind="site",
        misfire="run_once",
        grace_s=4 * HOUR_S,
        max_runtime_s=1800,
        queue="bulk",
    ),
    Definition(
        "inventory.plan_counts",
        "inventory.plan_counts",
        local_times=("05:00",),
        scope_kind="site",
        misfire="run_once",
        grace_s=8 * HOUR_S,
        max_runtime_s=900,
        queue="bulk",
    ),
    Definition(
        "patrol.round",
        "patrol.round",
        interval_s=2 * HOUR_S,
        misfire="run_once",
        grace_s=HOUR_S,
        max_runtime_s=900,
    ),
    Definition(
        "inventory.safety_stock",
        "inventory.safety_stock",
        local_times=("04:30",),
        misfire="run_once",
        grace_s=12 * HOUR_S,
        max_runtime_s=1800,
        queue="bulk",
    ),
    Definition(
        "reports.daily_figures",
        "reports.daily_figures",
        local_times=("00:30",),
        misfire="run_once",
        grace_s=20 * HOUR_S,
        max_runtime_s=1800,
        queue="bulk",
    ),
    Definition(
        "pricing.verify_sample",
        "pricing.verify_sample",
        local_times=("03:30",),
        misfire="run_once",
        grace_s=20 * HOUR_S,
        max_runtime_s=900,
        queue="bulk",
    ),
    Definition(
        "pricing.print_labels",
        "pricing.print_labels",
        local_times=("18:00",),
        scope_kind="site",
        misfire="run_once",
        grace_s=12 * HOUR_S,
        max_runtime_s=900,
        queue="bulk",
    ),
    Definition(
        "jobs.ensure_partitions",
        "jobs.ensure_partitions",
        local_times=("01:00",),
        misfire="run_once",
        grace_s=20 * HOUR_S,
    ),
    Definition(
        "audit.verify",
        "audit.verify",
        local_times=("02:30",),
        misfire="run_once",
        grace_s=20 * HOUR_S,
        max_runtime_s=3600,
        queue="bulk",
    ),
    Definition(
        "jobs.sweep_files",
        "jobs.sweep_files",
        local_times=("02:10",),
        misfire="run_once",
        grace_s=20 * HOUR_S,
        queue="bulk",
    ),
    Definition(
        "finance.compare",
        "finance.compare",
        interval_s=HOUR_S,
        misfire="run_once",
        grace_s=HOUR_S,
        max_runtime_s=900,
        queue="bulk",
    ),
    Definition(
        "finance.verify_vouchers",
        "finance.verify_vouchers",
        local_times=("03:10",),
        misfire="run_once",
        grace_s=20 * HOUR_S,
        max_runtime_s=1800,
        queue="bulk",
    ),
)
