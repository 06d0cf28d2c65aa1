"""`python -m bench [NAME …]`: run all figures or those named, print the table, write DATA_DIR/bench.json."""

import json
import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.instance import Instance
from bench.registry import Figure, load
from config.environment import data_dir


def machine() -> dict[str, Any]:
    memory = next(
        line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")
    )
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "cpus": os.cpu_count(),
        "cpu": model[0].partition(":")[2].strip() if model else platform.machine(),
        "memory_gb": round(int(memory.split()[1]) / 1024**2, 1),
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def run(figure: Figure, instance: Instance) -> dict[str, Any]:
    """One row; a figure that fails is not met and says why."""
    row: dict[str, Any] = {
        "name": figure.name,
        "unit": figure.unit,
        "value": None,
        "limit": None,
        "ratio": None,
    }
    row |= {"goal": figure.goal, "met": False}
    try:
        measured = figure.measure(instance)
    except Exception as error:
        traceback.print_exc()
        return {**row, "note": f"{type(error).__name__}: {error}"}
    ratio = measured.value / measured.limit if measured.limit else 0.0
    row |= {"value": round(measured.value, 3), "limit": round(measured.limit, 3), "ratio": round(ratio, 4)}
    row["met"] = figure.is_met(ratio)
    return {**row, "note": measured.note} if measured.note else row


def table(rows: list[dict[str, Any]]) -> str:
    head = ("figure", "value", "limit", "unit", "ratio", "goal", "met")
    lines = [head] + [
        (
            row["name"],
            *("–" if row[key] is None else f"{row[key]:,.1f}" for key in ("value", "limit")),
            row["unit"],
            "–" if row["ratio"] is None else f"{row['ratio']:.3f}",
            f"{row['goal']:g}",
            "yes" if row["met"] else "no",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 3) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def main(names: list[str]) -> None:
    figures = [figure for figure in load() if not names or figure.name in names]
    instance = Instance(data_dir() / "bench", os.environ.get("SEED") or "demo")
    instance.remove()
    try:
        print(f"Starting an instance for {len(figures)} figures.", flush=True)
        instance.start()
        rows = []
        for figure in figures:
            print(f"  {figure.name}", flush=True)
            rows.append(run(figure, instance))
    finally:
        instance.remove()
    result = {"machine": machine(), "at": datetime.now(UTC).isoformat(timespec="seconds"), "figures": rows}
    (data_dir() / "bench.json").write_text(
        json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf8"
    )
    print(table(rows))
    print(f"{data_dir() / 'bench.json'}")


main(sys.argv[1:])
