from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def own_data_dir(settings: Any, tmp_path: Path) -> Path:
    """Each test has a seal key and an anchors file of its own."""
    settings.DATA_DIR = tmp_path
    return tmp_path
