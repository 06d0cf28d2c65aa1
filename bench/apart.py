"""Figures that are measured in a process of their own, as the owner of the instance's database."""

import json
import os
import subprocess
import sys

from bench.instance import Instance
from bench.registry import Measured
from config.environment import BASE_DIR


def measured_apart(instance: Instance, module: str, name: str, **variables: str) -> Measured:
    """Run `python -m MODULE NAME`, whose last line of output is the figure as JSON. Raises RuntimeError with its errors."""
    environment = {
        **os.environ,
        **instance.addresses,
        "DATA_DIR": str(instance.folder),
        "STEELYARD_AS_OWNER": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **variables,
    }
    command = [sys.executable, "-W", "ignore", "-m", module, name]
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Measured(**json.loads(done.stdout.splitlines()[-1]))
