"""Serving: the engine, the analyzer, the store of artifacts, the label store, and the HTTP service.

Runs without torch and transformers, and never imports `training`. `Analyzer` is imported when it is first
asked for, so that `import serving` costs nothing.
"""

import os
from typing import TYPE_CHECKING, Any

# BentoML reports its use to its makers unless told not to, and only this very word tells it.
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

if TYPE_CHECKING:
    from serving.analyzer import Analyzer

__all__ = ["Analyzer"]


def __getattr__(name: str) -> Any:
    if name == "Analyzer":
        from serving.analyzer import Analyzer

        return Analyzer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
