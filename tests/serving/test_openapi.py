"""The OpenAPI document against a running service: calls after it and against it, by schemathesis.

Every answer must be one that the document promises, in status, type and shape; none may be a 500. Beside what is
generated at random (the same at every run) stand schemathesis' own cases of each field's borders.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from serving.openapi import document
from tests.serving import tiny
from tests.serving.process import Service, serving

pytestmark = pytest.mark.slow
# Random calls of each endpoint, beside some hundreds of fixed ones; the label store writes each to the disk.
EXAMPLES = 20

schema: Any = schemathesis.openapi.from_dict(document())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    artifact = tiny.make(tmp_path_factory.mktemp("artifact"))
    with serving(tmp_path_factory.mktemp("home"), "--model", artifact) as running:
        yield running


@schema.parametrize()  # type: ignore[untyped-decorator]
@settings(max_examples=EXAMPLES, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_document_promises(case: Any, service: Service) -> None:
    response = case.call(base_url=service.url, timeout=60)
    case.validate_response(response)
