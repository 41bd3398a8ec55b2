"""The OpenTelemetry switch: our settings in the words of BentoML, which makes the spans and sends them.

Off by default. Spans hold paths, statuses and times, and none of the users' text.
"""

import importlib.util
from typing import Any

from data.errors import QawlError
from serving.settings import Tracing

_EXPORTER = "opentelemetry.exporter.otlp.proto.http"


def tracing(given: Tracing) -> dict[str, Any]:
    """BentoML's `tracing` section.

    Raises:
        QawlError: if spans are to be sent, and the package that sends them is not installed.
    """
    if not given.endpoint:
        # A rate of nothing would still make every span, and only not send it: half of what a small call costs.
        return {"sample_rate": 0.0, "excluded_urls": ".*"}
    if not _installed():
        raise QawlError(
            "tracing needs a package that is not installed",
            where="tracing.endpoint",
            remedy="pip install 'qawl[tracing]'",
        )
    return {
        "exporter_type": "otlp",
        "sample_rate": given.sample_rate,
        "timeout": 10,
        "excluded_urls": "livez,readyz,metrics",
        # BentoML takes the section for absent where all of its values are empty.
        "otlp": {"protocol": "http", "endpoint": given.endpoint, "http": {}},
    }


def _installed() -> bool:
    try:
        return importlib.util.find_spec(_EXPORTER) is not None
    except ModuleNotFoundError:
        return False
