"""Statement extraction: who says what in an Arabic news article. See extract.extract."""

from data.extraction.extract import extract

__all__ = ["extract"]
