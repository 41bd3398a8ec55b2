"""What one does with a scored archive: ask it in SQL, export it, report on it."""

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from serving.archive.export import safe_cell
from tests.serving.archive.command import run
from tests.serving.archive.conftest import repeated
from tests.serving.archive.material import rows

GIVEN = {one["id"]: one for one in repeated()}


def test_a_question_in_sql_is_answered_from_the_tables(scored: Path) -> None:
    done = run("query", scored, "SELECT stance, count(*) AS n FROM statements GROUP BY 1 ORDER BY 1")
    assert done.returncode == 0, done.stderr.decode()
    answered = {row["stance"]: int(row["n"]) for row in csv.DictReader(io.StringIO(done.stdout.decode()))}
    assert answered == Counter(row["stance"] for row in rows(scored))


def test_months_and_days_can_be_asked_for(scored: Path) -> None:
    sql = "SELECT month, max(day) AS last FROM statements WHERE month <> 'unknown' GROUP BY 1 ORDER BY 1 LIMIT 1"
    assert json.loads(run("query", scored, sql, "--format", "jsonl").stdout)["month"] == "2024-01"


def test_a_wrong_question_is_one_line(scored: Path) -> None:
    done = run("query", scored, "SELECT nothing FROM statements")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"nothing" in done.stderr


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    for command in (["query", tmp_path, "SELECT 1"], ["export", tmp_path], ["report", tmp_path]):
        done = run(*command)
        assert done.returncode == 2
        assert b"not a folder that `qawl score` wrote" in done.stderr


def exported(scored: Path, form: str, tmp_path: Path) -> bytes:
    out = tmp_path / f"out.{form}"
    done = run("export", scored, "--format", form, "--output", out)
    assert done.returncode == 0, done.stderr.decode()
    return out.read_bytes()


def test_csv_has_its_mark_and_no_formula(scored: Path, tmp_path: Path) -> None:
    data = exported(scored, "csv", tmp_path)
    assert data.startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert {row["row_id"] for row in found} == {row["row_id"] for row in rows(scored)}
    (formula,) = [row for row in found if row["article_id"] == "f1"]
    assert formula["title"] == "'=1+1"
    assert formula["url"] == "'@x"
    assert not [value for row in found for value in row.values() if re.match(r"[=+\-@]", value)]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1"])
def test_what_a_spreadsheet_would_run_is_marked_as_text(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("value", ["قال", "", None, -0.5, True])
def test_everything_else_stays_as_it_is(value: Any) -> None:
    assert safe_cell(value) == value


def test_xlsx_opens_from_right_to_left_with_every_text_a_text(scored: Path, tmp_path: Path) -> None:
    sheet = load_workbook(io.BytesIO(exported(scored, "xlsx", tmp_path)))["statements"]
    assert sheet.sheet_view.rightToLeft
    header, *body = list(sheet.iter_rows())
    titles = {row[[cell.value for cell in header].index("title")] for row in body}
    (formula,) = [cell for cell in titles if cell.value == "=1+1"]
    assert formula.data_type == "s"
    assert len(body) == len(rows(scored))


def test_jsonl_has_statements_as_the_interface_writes_them(scored: Path, tmp_path: Path) -> None:
    found = [json.loads(line) for line in exported(scored, "jsonl", tmp_path).splitlines()]
    assert len(found) == len(rows(scored))
    for one in found:
        assert GIVEN[one["article_id"]][one["field"]][one["start"] : one["end"]] == one["text"]
        assert one["stance"]["probabilities"][one["stance"]["label"]] == one["stance"]["confidence"]
        assert one["speaker"] is None or one["speaker"]["name"]


def test_gqg_has_each_quote_between_what_stands_before_and_after(scored: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in exported(scored, "gqg", tmp_path).splitlines()]
    assert len(lines) == len({row["article_id"] for row in rows(scored)})
    (story,) = [line for line in lines if line["title"] == "الحكومة: نرفض" and line["date"] == "2024-03-02T00:00:00Z"][
        :1
    ]
    assert any(quote["pre"].startswith("قال رئيس الحكومة") for quote in story["quotes"])


def test_citron_spans_point_into_the_text(scored: Path, tmp_path: Path) -> None:
    documents = [json.loads(line) for line in exported(scored, "citron", tmp_path).splitlines()]
    assert documents
    for document in documents:
        for quote in document["quotes"]:
            for span in [*quote["contents"], *quote["sources"], *([quote["cue"]] if quote["cue"] else [])]:
                assert document["text"][span["start"] : span["end"]] == span["text"]


def test_a_condition_keeps_some(scored: Path, tmp_path: Path) -> None:
    out = tmp_path / "some.jsonl"
    assert run("export", scored, "-f", "jsonl", "-o", out, "--where", "stance = 'against'").returncode == 0
    stances = [json.loads(line)["stance"]["label"] for line in out.read_bytes().splitlines()]
    assert set(stances) == {"against"}
    wrong = run("export", scored, "-f", "jsonl", "-o", out, "--where", "no such")
    assert (wrong.returncode, wrong.stderr.count(b"\n")) == (2, 1)


def test_a_run_that_goes_on_can_be_asked(scored: Path, tmp_path: Path) -> None:
    import shutil

    going = tmp_path / "going"
    shutil.copytree(scored, going)
    for name in ("manifest.json", "summary.json", "quarantine.jsonl"):
        (going / name).unlink()
    shutil.rmtree(going / "clusters")
    manifest = going / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(lines[0] + lines[1][:30])
    done = run("query", going, "SELECT count(*) AS n FROM articles", "--format", "jsonl")
    assert json.loads(done.stdout) == {"n": 5}
    assert manifest.read_bytes() == lines[0] + lines[1][:30], "whoever only asks changes nothing"
