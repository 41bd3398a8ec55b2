"""The report: every number leads to its statements, nothing leaves the file, changes are told from chance."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from serving.archive.report.change import changes, surviving, wilson
from tests.serving.archive.command import run
from tests.serving.archive.material import rows


@pytest.fixture(scope="module")
def page(scored: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("report") / "report.html"
    done = run("report", scored, "--output", out)
    assert done.returncode == 0, done.stderr.decode()
    return out.read_text("utf-8")


def data(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def test_the_file_is_whole_and_asks_no_network(page: str) -> None:
    assert page.startswith('<!doctype html>\n<html lang="ar" dir="rtl">')
    assert "{{" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page.partition('id="data"')[0])
    assert "@import" not in page
    assert "url(" not in page


def test_each_number_leads_to_as_many_statements(page: str) -> None:
    statements = data(page)["statements"]
    links = re.findall(r'<a class="number[^"]*" href="#([^"]*)" data-count="\d+">([\d,]+)</a>', page)
    assert len(links) > 10
    for address, number in links:
        asked = {key: values[0] for key, values in parse_qs(unescape(address)).items()}
        assert set(asked) <= {"stance", "speaker", "kind", "period", "cluster", "outlet", "all", "undated", "copied"}
        outlet = asked.pop("outlet", None)
        wide = "all" in asked or "copied" in asked or asked.get("stance") == "unrelated"
        kept = [one for one in statements if wide or one["stance"] != "unrelated"]
        if asked.pop("copied", None):  # it counts articles
            assert any(sum(int(n) for _, n in one["outlets"]) > 1 for one in kept)
            continue
        if asked.pop("undated", None):
            kept = [one for one in kept if one["day"] is None]
        asked.pop("all", None)
        kept = [one for one in kept if all(one[key] == value for key, value in asked.items())]
        if outlet is not None:
            count = sum(int(n) for one in kept for name, n in one["outlets"] if name == outlet)
        elif "cluster" in asked:
            count = sum(int(n) for one in kept for _, n in one["outlets"])
        else:
            count = len(kept)
        assert count == int(number.replace(",", "")), address


def test_each_statement_stands_in_its_sentence(page: str, scored: Path) -> None:
    shown = data(page)["statements"]
    assert {one["id"] for one in shown} == {row["row_id"] for row in rows(scored)}
    assert all(one["text"] in one["context"] for one in shown)
    for name in re.findall(r'data-id="([^"]+)"', page):
        assert any(one["id"] == name for one in shown)


def test_what_an_article_says_cannot_become_part_of_the_page(tmp_path: Path, model: Path) -> None:
    evil = "</script><script>alert(1)</script>"
    record = {
        "id": evil,
        "title": evil,
        "source": f"<img src=x>{evil}",
        "date": "2024-01-01",
        "url": "javascript:alert(1)",
    }
    text = f"قال الوزير: «نرفض وجود القوات الأجنبية {evil} في البلاد»."
    (tmp_path / "a.jsonl").write_text(json.dumps({**record, "text": text}, ensure_ascii=False))
    assert run("score", tmp_path / "a.jsonl", "--output", tmp_path / "out", "--model", model).returncode == 0
    assert run("report", tmp_path / "out").returncode == 0
    made = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert made.count("<script") == 2
    assert "<img" not in made
    assert data(made)["statements"]


def test_a_file_that_holds_only_some_says_so(scored: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.html"
    done = run("report", scored, "--output", out, "--most", 2)
    assert done.returncode == 0
    assert b"holds 2 of" in done.stderr
    assert sum(one["stance"] != "unrelated" for one in data(out.read_text("utf-8"))["statements"]) == 2


def test_an_archive_without_statements_has_a_report_too(tmp_path: Path, model: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "1", "text": "الطقس صحو اليوم."}, ensure_ascii=False))
    assert run("score", tmp_path / "a.jsonl", "--output", tmp_path / "out", "--model", model).returncode == 0
    assert run("report", tmp_path / "out").returncode == 0
    assert (tmp_path / "out" / "report.html").stat().st_size > 5000


def test_a_change_of_position_is_found_where_it_was_made() -> None:
    (change,) = changes([-0.9, -0.8, -0.95, -0.7, -0.85, -0.9, 0.7, 0.9, 0.8, 0.85, 0.6, 0.9])
    assert change.at == 6
    assert change.before < -0.7 < 0.7 < change.after
    assert change.p < 0.05


@pytest.mark.parametrize(
    "series",
    [
        [],
        [0.5] * 30,
        [-0.9, 0.9],
        [0.1, -0.2, 0.3, -0.1, 0.0, 0.2, -0.3, 0.1, -0.2, 0.2, 0.0, -0.1],
        [0.0] * 6 + [0.02] * 6,
    ],
)
def test_what_is_even_short_or_tiny_is_no_change(series: list[float]) -> None:
    assert changes(series) == []


def test_many_tests_raise_the_bar() -> None:
    assert surviving([0.001, 0.04, 1.0, 1.0], rate=0.1) == 0.04
    assert surviving([0.04, *[1.0] * 20], rate=0.1) == -1


def test_the_interval_of_a_share_is_wilsons() -> None:
    low, high = wilson(5, 10)
    assert (round(low, 3), round(high, 3)) == (0.237, 0.763)
    assert wilson(0, 0) == (0.0, 1.0)
