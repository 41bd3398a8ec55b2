"""The HTTP endpoints, in process: what is asked, what is answered, and every bad input."""

import json
import re
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from starlette.testclient import TestClient

from serving.feedback import LabelStore
from serving.settings import Cors, Limits, Queue, Rate, Settings
from tests.serving import tiny
from tests.serving.conftest import MakeClient

NEWS = "قال وزير الدفاع العراقي ثابت العباسي إن بلاده ترفض بقاء القوات الأجنبية على أراضيها."


def problem(response: Any, status: int) -> dict[str, Any]:
    """The error of a refused call, once its envelope has proved whole."""
    assert response.status_code == status, response.text
    error: dict[str, Any] = response.json()["error"]
    assert error["message"]["en"]
    assert any("\u0620" <= letter <= "\u064a" for letter in error["message"]["ar"])
    assert error["request_id"] == response.headers["x-request-id"]
    return error


def test_analyze(client: TestClient) -> None:
    response = client.post("/analyze", json={"articles": [{"id": "a1", "text": NEWS}, {"text": "لا شيء"}]})
    assert response.status_code == 200
    body = response.json()
    first, second = body["results"]
    assert (first["id"], second["id"], second["statements"]) == ("a1", None, [])
    (statement,) = first["statements"]
    assert NEWS[statement["start"] : statement["end"]] == statement["text"]
    assert statement["article_id"] == "a1"
    assert statement["speaker"]["name"]
    assert set(statement["stance"]) == {"label", "confidence", "probabilities", "abstained"}
    assert set(body["model"]) == {"name", "version"}


def test_predict(client: TestClient) -> None:
    statements = [{"text": "نرفض القوات", "speaker": "الوزير"}, {"text": "ندعم القوات", "id": 5}]
    body = client.post("/predict", json={"statements": statements}).json()
    assert [p["stance"]["label"] for p in body["predictions"]] == ["against", "favor"]


def test_arabic_is_written_as_itself(client: TestClient) -> None:
    response = client.post("/analyze", json={"articles": [{"text": NEWS}]})
    assert "\\u0" not in response.text
    assert "القوات".encode() in response.content
    assert response.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    "target",
    [
        None,
        "foreign-military-presence",
        "نزع سلاح الفصائل",
        {"name": "disarm", "title": "نزع السلاح", "definition": "تسليم السلاح", "aspects": ["السيادة"]},
    ],
)
def test_targets(client: TestClient, target: object) -> None:
    response = client.post("/analyze", json={"articles": [{"text": NEWS}], "target": target})
    assert response.status_code == 200
    names = {None: "foreign-military-presence"}
    expected = target["name"] if isinstance(target, dict) else names.get(target, target)  # type: ignore[call-overload]
    assert response.json()["results"][0]["statements"][0]["target"] == expected


@pytest.mark.parametrize("target", ["no-such", "", "../../etc/passwd", "/work/main/configs/targets/x.yaml"])
def test_unknown_targets(client: TestClient, target: str) -> None:
    error = problem(client.post("/analyze", json={"articles": [], "target": target}), 400)
    assert error["field"] == "target"
    assert "foreign-military-presence" in error["message"]["en"]


@pytest.mark.parametrize("text", ["", " \n ", "No Arabic.", "\u202e\u200f", "123"])
def test_an_article_without_statements_gives_an_empty_result(client: TestClient, text: str) -> None:
    response = client.post("/analyze", json={"articles": [{"id": "e", "text": text}, {"id": "f", "text": NEWS}]})
    assert response.status_code == 200
    empty, full = response.json()["results"]
    assert empty == {"id": "e", "statements": []}
    assert len(full["statements"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "قال الوزير: »نرفض القوات« وأضاف «كذلك",
        "قال\x00 الوزير\x1b إن \u202eالقوات\u202c ستبقى\u200f.",
        "«" * 3000 + "قال الوزير نعم" + "»" * 2000,
        "قال الوزير إن القوات 🇮🇶 ستبقى.",
    ],
    ids=["reversed marks", "control and bidi", "only marks", "emoji"],
)
def test_odd_articles_keep_their_offsets(client: TestClient, text: str) -> None:
    response = client.post("/analyze", json={"articles": [{"text": text}]})
    assert response.status_code == 200
    for one in response.json()["results"][0]["statements"]:
        assert text[one["start"] : one["end"]] == one["text"]


def test_a_megabyte_without_a_full_stop(client: TestClient) -> None:
    text = "قال الوزير إن القوات الأجنبية ستبقى في البلاد وأضاف أن الحكومة ترفض ذلك " * 7500
    response = client.post("/analyze", json={"articles": [{"id": "big", "text": text}, {"id": "b", "text": NEWS}]})
    assert response.status_code == 200
    big, small = response.json()["results"]
    assert len(small["statements"]) == 1
    for one in big["statements"]:
        assert text[one["start"] : one["end"]] == one["text"]


BAD = [
    (b"", "body"),
    (b"   ", "body"),
    (b"{", "body"),
    (b"\xff\xfe{}", "body"),
    ('{"articles":[{"text":"قال"}]}'.encode("cp1256"), "body"),
    (b'{"articles":[{"text":"\xd9"}]}', "body"),
    (b'{"articles":[{"text":"\\ud800"}]}', "body"),
    (b'{"articles":[{"text":NaN}]}', "body"),
    (b"[" * 100_000, "body"),
    (b'{"articles":' + b"1" * 5000 + b"}", "body"),
    (b"[]", "body"),
    (b"null", "body"),
    (b'"text"', "body"),
    (b"{}", "articles"),
    (b'{"articles":null}', "articles"),
    (b'{"articles":{}}', "articles"),
    (b'{"articles":"x"}', "articles"),
    (b'{"articles":[1]}', "articles[0]"),
    (b'{"articles":[{}]}', "articles[0].text"),
    (b'{"articles":[{"text":"a"},{"text":5}]}', "articles[1].text"),
    (b'{"articles":[{"text":null}]}', "articles[0].text"),
    (b'{"articles":[{"text":"a","title":[]}]}', "articles[0].title"),
    (b'{"articles":[],"target":5}', "target"),
    (b'{"articles":[],"target":{}}', "target.name"),
    (b'{"articles":[],"target":{"name":"a","title":""}}', "target.title"),
    (b'{"articles":[],"targt":"x"}', "targt"),
]


@pytest.mark.parametrize(("body", "field"), BAD, ids=range(len(BAD)))
def test_bad_calls_of_analyze_name_the_field(client: TestClient, body: bytes, field: str) -> None:
    assert problem(client.post("/analyze", content=body), 400)["field"] == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"statements": [{"text": ""}]}, "statements[0].text"),
        ({"statements": [{"text": "نعم"}, {"text": " \n"}]}, "statements[1].text"),
        ({"statements": [{"speaker": "x"}]}, "statements[0].text"),
        ({"statements": ["نعم"]}, "statements[0]"),
        ({"statements": [{"text": "نعم", "speaker": 5}]}, "statements[0].speaker"),
        ({"statements": "نعم"}, "statements"),
        ({}, "statements"),
    ],
)
def test_bad_calls_of_predict_name_the_field(client: TestClient, body: object, field: str) -> None:
    assert problem(client.post("/predict", json=body), 400)["field"] == field


def test_nothing_to_do_is_no_error(client: TestClient) -> None:
    assert client.post("/analyze", json={"articles": []}).json()["results"] == []
    assert client.post("/predict", json={"statements": []}).json()["predictions"] == []


def test_a_statement_that_the_model_cannot_answer_fails_alone(client: TestClient) -> None:
    statements = [{"text": "نرفض القوات"}, {"text": f"قال {tiny.POISON}"}, {"text": "ندعم القوات"}]
    response = client.post("/predict", json={"statements": statements})
    assert response.status_code == 200
    first, second, third = response.json()["predictions"]
    assert first["stance"]["label"] == "against"
    assert second["error"]["code"] == "item_failed"
    assert third["stance"]["label"] == "favor"


def test_limits(make_client: MakeClient) -> None:
    limits = Limits(body_bytes=5000, articles=2, statements=2, article_characters=100, statement_characters=50)
    client = make_client(Settings(limits=limits))
    assert problem(client.post("/analyze", json={"articles": [{"text": ""}] * 3}), 413)["field"] == "articles"
    assert (
        problem(client.post("/analyze", json={"articles": [{"text": "ن" * 101}]}), 413)["field"] == "articles[0].text"
    )
    assert problem(client.post("/predict", json={"statements": [{"text": "ن"}] * 3}), 413)["field"] == "statements"
    long = {"statements": [{"text": "ن", "context": "ن" * 51}]}
    assert problem(client.post("/predict", json=long), 413)["field"] == "statements[0].context"
    assert problem(client.post("/predict", content=b"x" * 5001), 413)["field"] == "body"


def test_bytes_are_counted_as_they_arrive(make_client: MakeClient) -> None:
    client = make_client(Settings(limits=Limits(body_bytes=5000)))
    chunks = (b" " * 1000 for _ in range(6))  # no length announced
    assert problem(client.post("/predict", content=chunks), 413)["field"] == "body"
    assert client.post("/predict", content=iter([b'{"statements"', b":[]}"])).status_code == 200


def test_a_late_answer_is_given_up(make_client: MakeClient) -> None:
    client = make_client(Settings(queue=Queue(deadline_seconds=0.000001)))
    response = client.post("/analyze", json={"articles": [{"text": NEWS}] * 5})
    assert problem(response, 503)["code"] == "deadline"
    assert int(response.headers["retry-after"]) >= 1


def test_unknown_places_and_methods(client: TestClient) -> None:
    assert problem(client.get("/nowhere"), 404)["code"] == "not_found"
    response = client.get("/predict")
    assert problem(response, 405)["code"] == "method_not_allowed"
    assert response.headers["allow"] == "POST"


def test_a_request_id_is_kept_if_it_is_one(client: TestClient) -> None:
    assert client.get("/model", headers={"X-Request-ID": "desk-7"}).headers["x-request-id"] == "desk-7"
    assert client.get("/model", headers={"X-Request-ID": "a b\tc"}).headers["x-request-id"] != "a b\tc"


def test_model_shows_the_card(client: TestClient) -> None:
    card = client.get("/model").json()
    assert card["name"] == "tiny"
    assert card["labels"]["stance"] == ["against", "favor", "neutral", "unrelated"]
    assert card["heads"]["stance"]["temperature"] == 1.5
    assert card["metrics"]["validation"]["stance"]["macro_f1"]["value"] == 0.25
    assert "foreign-military-presence" in card["known_targets"]


# Feedback.


def test_feedback_is_stored_with_the_model_that_was_corrected(client: TestClient) -> None:
    body = {"text": "نرفض بقاءهم", "stance": "against", "annotator": "سعاد", "predicted": {"stance": "favor"}}
    assert client.post("/feedback", json=body).json() == {"stored": True, "id": 1}
    (row,) = LabelStore().rows()
    assert (row["text"], row["stance"], row["annotator"]) == ("نرفض بقاءهم", "against", "سعاد")
    assert row["model"].startswith("tiny:")


def test_a_statement_as_it_was_answered_can_be_sent_back(client: TestClient) -> None:
    answer = client.post("/analyze", json={"articles": [{"id": "a1", "text": NEWS}]}).json()
    statement = answer["results"][0]["statements"][0]
    body = {"statement": statement, "stance": "against", "model": answer["model"]}
    assert client.post("/feedback", json=body).status_code == 200
    (row,) = LabelStore().rows()
    assert row["article_id"] == "a1"
    assert row["speaker"] == statement["speaker"]["name"]
    assert row["sentiment"] == statement["sentiment"]["label"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "نعم"}, "body"),
        ({"text": "نعم", "stance": "angry"}, "stance"),
        ({"text": "", "stance": "favor"}, "text"),
        ({"text": "نعم", "stance": "favor", "target": "no-such"}, "target"),
        ({"text": "نعم", "stance": "favor", "colour": "red"}, "colour"),
        ({"text": "نعم", "stance": ["favor"]}, "stance"),
    ],
)
def test_bad_feedback(client: TestClient, body: object, field: str) -> None:
    assert problem(client.post("/feedback", json=body), 400)["field"] == field
    assert LabelStore().count() == 0


# Streaming.


def test_many_articles_can_be_read_as_they_are_ready(client: TestClient) -> None:
    articles = [{"id": str(n), "text": NEWS if n % 2 else ""} for n in range(6)]
    headers = {"Accept": "application/x-ndjson"}
    with client.stream("POST", "/analyze", json={"articles": articles}, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("application/x-ndjson")
        assert response.headers["x-qawl-model"].startswith("tiny:")
        lines = [json.loads(line) for line in response.iter_lines()]
    whole = client.post("/analyze", json={"articles": articles}).json()["results"]
    assert lines == whole


def test_in_a_stream_each_article_has_its_own_deadline(make_client: MakeClient) -> None:
    client = make_client(Settings(queue=Queue(deadline_seconds=0.000001)))
    body = {"articles": [{"id": "a", "text": NEWS}, {"id": "b", "text": NEWS}]}
    with client.stream("POST", "/analyze", json=body, headers={"Accept": "application/x-ndjson"}) as response:
        lines = [json.loads(line) for line in response.iter_lines()]
    assert [line["id"] for line in lines] == ["a", "b"]
    assert [line["error"]["code"] for line in lines] == ["deadline", "deadline"]
    assert [line["error"]["field"] for line in lines] == ["articles[0]", "articles[1]"]


# The gate.


def test_keys(make_client: MakeClient) -> None:
    keys = {"desk": SecretStr("a-key-of-length-16+"), "cms": SecretStr("another-key-of-16+")}
    client = make_client(Settings(keys=keys))
    body = {"statements": [{"text": "نعم"}]}
    response = client.post("/predict", json=body)
    assert problem(response, 401)["code"] == "unauthorized"
    assert response.headers["www-authenticate"] == "Bearer"
    for headers in (
        {"X-API-Key": "a-key-of-length-16+"},
        {"Authorization": "Bearer another-key-of-16+"},
        {"Authorization": "bearer  another-key-of-16+"},
    ):
        assert client.post("/predict", json=body, headers=headers).status_code == 200
    for headers in ({"X-API-Key": "wrong"}, {"Authorization": "Basic a-key-of-length-16+"}, {"X-API-Key": "مفتاح"}):
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        problem(client.post("/predict", json=body, headers=encoded), 401)
    assert client.get("/").status_code == 200


def test_rate_limit(make_client: MakeClient) -> None:
    keys = {"desk": SecretStr("a-key-of-length-16+"), "cms": SecretStr("another-key-of-16+")}
    client = make_client(Settings(keys=keys, rate=Rate(calls_per_minute=3)))
    desk, cms = {"X-API-Key": "a-key-of-length-16+"}, {"X-API-Key": "another-key-of-16+"}
    assert [client.get("/model", headers=desk).status_code for _ in range(3)] == [200, 200, 200]
    response = client.get("/model", headers=desk)
    assert problem(response, 429)["code"] == "rate_limited"
    assert 1 <= int(response.headers["retry-after"]) <= 21
    assert client.get("/model", headers=cms).status_code == 200


def test_another_sites_page_may_not_call(client: TestClient) -> None:
    body = {"text": "نعم", "stance": "favor"}
    problem(client.post("/feedback", json=body, headers={"Origin": "https://elsewhere.example"}), 403)
    assert LabelStore().count() == 0
    assert client.post("/feedback", json=body, headers={"Origin": "http://testserver"}).status_code == 200


def test_a_named_sites_page_may_call_and_read_refusals(make_client: MakeClient) -> None:
    site, key = "https://cms.example.org", "a-key-of-length-16+"
    client = make_client(Settings(cors=Cors(origins=(site,)), keys={"desk": SecretStr(key)}))
    asking = {"Origin": site, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    asked = client.options("/predict", headers=asking)
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, site)
    assert "X-API-Key" in asked.headers["access-control-allow-headers"]
    body = {"statements": [{"text": "نعم"}]}
    refused = client.post("/predict", json=body, headers={"Origin": site})
    assert problem(refused, 401)
    answered = client.post("/predict", json=body, headers={"Origin": site, "X-API-Key": key})
    assert answered.status_code == 200
    for response in (refused, answered):
        assert response.headers["access-control-allow-origin"] == site
        assert "X-Request-Id" in response.headers["access-control-expose-headers"]
    stranger = client.post("/predict", json=body, headers={"Origin": "https://elsewhere.example", "X-API-Key": key})
    assert problem(stranger, 403)["code"] == "cross_origin"
    assert "access-control-allow-origin" not in stranger.headers
    assert client.options("/predict", headers=asking | {"Origin": "https://elsewhere.example"}).status_code == 400


def test_without_names_no_browser_is_let_in(client: TestClient) -> None:
    asking = {"Origin": "https://cms.example.org", "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in client.options("/predict", headers=asking).headers


@pytest.mark.parametrize("origin", ["*", "cms.example.org", "https://cms.example.org/", "https://*.example.org"])
def test_a_site_is_named_in_full(origin: str) -> None:
    with pytest.raises(ValidationError):
        Cors(origins=(origin,))


def test_the_log_holds_no_text(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="qawl"):
        client.post("/predict", json={"statements": [{"text": "كلام سري جدا"}]})
        client.post("/predict", json={"statements": [{"text": ["كلام سري جدا"]}]})
        client.get("/كلام-سري-جدا")
    lines = [json.loads(record.getMessage()) for record in caplog.records if record.name == "qawl.access"]
    assert [line["status"] for line in lines] == [200, 400, 404]
    assert all("سري" not in json.dumps(line, ensure_ascii=False) for line in lines)
    assert lines[0]["in"] > 0
    assert lines[0]["out"] > 0


def test_the_page_is_guarded_by_headers(client: TestClient) -> None:
    response = client.get("/")
    assert 'dir="rtl"' in response.text
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    for name in re.findall(r'(?:src|href)="/?(page/[^"]+)"', response.text):
        part = client.get(f"/{name}")
        assert part.headers["content-security-policy"].startswith("default-src 'none'"), name
        assert part.headers["x-content-type-options"] == "nosniff"


def test_the_openapi_document_is_whole(client: TestClient) -> None:
    document = client.get("/docs.json").json()
    assert {"/analyze", "/predict", "/feedback", "/model", "/livez", "/readyz", "/metrics"} <= set(document["paths"])
    for path in ("/analyze", "/predict", "/feedback"):
        operation = document["paths"][path]["post"]
        assert {"200", "400", "413", "429", "503"} <= set(operation["responses"])
        example = operation["requestBody"]["content"]["application/json"]["example"]
        assert client.post(path, json=example).status_code == 200
    references = re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(document))
    assert set(references) <= set(document["components"]["schemas"])


def test_the_pages_files_are_kept_by_browsers_and_asked_after(client: TestClient) -> None:
    first = client.get("/page/app.js")
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/page/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["cache-control"] == "no-cache"
