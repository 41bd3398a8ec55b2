"""The service's own Prometheus metrics; they appear under /metrics beside BentoML's.

Knows counters and their names; knows nothing of what is counted.
"""

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

from data.records import Prediction

# Answers over which the rate of abstentions is taken.
RECENT = 1000
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


class Metrics:
    """All metrics of one process.

    Args:
        registry: by default prometheus_client's own, which BentoML prints.
    """

    def __init__(self, registry: "CollectorRegistry | None" = None) -> None:
        # Late: BentoML's workers say where the processes' counts meet only after this module is imported.
        import prometheus_client as prometheus

        registry = registry or prometheus.REGISTRY
        self.latency = prometheus.Histogram(
            "qawl_request_seconds",
            "Seconds from a call's first byte to its answer's last",
            ["endpoint", "status"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.waiting = prometheus.Gauge(
            "qawl_queue_statements",
            "Statements that are not answered yet",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.batch_statements = prometheus.Histogram(
            "qawl_batch_statements",
            "Statements in a batch",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128),
            registry=registry,
        )
        self.tokens = prometheus.Counter("qawl_tokens", "Tokens computed, without padding", registry=registry)
        self.inference_seconds = prometheus.Counter(
            "qawl_inference_seconds", "Seconds spent in the model", registry=registry
        )
        self.labels = prometheus.Counter(
            "qawl_labels", "Labels given", ["head", "label", "abstained"], registry=registry
        )
        self.abstention = prometheus.Gauge(
            "qawl_abstention_rate",
            f"Share of abstentions among the last {RECENT} labels given",
            ["head"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self._recent: dict[str, deque[bool]] = {head: deque() for head in ("stance", "sentiment")}
        self._abstained = dict.fromkeys(self._recent, 0)
        self.failed = prometheus.Counter(
            "qawl_failed_statements", "Statements that the model could not answer", registry=registry
        )
        self.refused = prometheus.Counter("qawl_refused", "Calls refused, by reason", ["code"], registry=registry)
        self.feedback = prometheus.Counter("qawl_feedback", "Corrections stored", registry=registry)

    def batch(self, statements: int, tokens: int, seconds: float) -> None:
        """Count a batch."""
        self.batch_statements.observe(statements)
        self.tokens.inc(tokens)
        self.inference_seconds.inc(seconds)

    def answered(self, prediction: Prediction) -> None:
        """Count a statement's labels."""
        for head, label in (("stance", prediction.stance), ("sentiment", prediction.sentiment)):
            self.labels.labels(head, label.label, str(label.abstained).lower()).inc()
            recent = self._recent[head]
            recent.append(label.abstained)
            self._abstained[head] += label.abstained
            if len(recent) > RECENT:
                self._abstained[head] -= recent.popleft()
            self.abstention.labels(head).set(self._abstained[head] / len(recent))
