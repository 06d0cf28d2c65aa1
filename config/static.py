"""How static files are stored for serving: hashed names, and gzip beside each file."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Without brotli even where the package is installed: it makes collectstatic ten times slower.

    Modules import each other by their hashed names, else a page would run frame.js twice.
    """

    support_js_module_import_aggregation = True

    def create_compressor(self, **options: Any) -> Compressor:
        return super().create_compressor(**{**options, "use_brotli": False})
