"""Labelled statements: files of them, their checks and counts, and stand-off labels of real statements."""

from data.labels.files import load_labelled, write_labelled

__all__ = ["load_labelled", "write_labelled"]
