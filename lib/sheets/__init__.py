"""Sheets that people and systems send (CSV, XLSX) and the ones they get: bounded, nothing guessed, formula-safe."""
