"""One file per subject; every module here is imported by `python -m bench`."""
