"""Trains a model and reports it live: one process per run, everything it needs comes from the environment."""

__version__ = "0.1.0"
