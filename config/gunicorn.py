"""gunicorn: threads, because requests wait for the database, not for the processor."""

import os
import signal
from typing import Any

from config.lifeline import die_with_parent

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 120
graceful_timeout = 10
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
control_socket_disable = True
reload = os.environ.get("DEBUG", "").lower() in {"1", "true", "yes"}
preload_app = not reload  # loaded once, shared by the workers


def post_fork(server: Any, worker: Any) -> None:
    die_with_parent(signal.SIGTERM)
