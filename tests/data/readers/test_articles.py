"""Articles as people have them on disk: every form, compressed and packed, in every encoding we promise."""

import bz2
import csv
import datetime
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from data.errors import QawlError
from data.readers import Columns, Failure, find_sources, read_articles
from data.readers.articles import day_of
from data.records import Article

TEXT = "قال الوزير إن القوات الأجنبية ستغادر البلاد.\nوأضاف: «لا نقبل بقاءها»."
ROWS: list[dict[str, Any]] = [
    {"id": "a1", "title": "الوزير: القوات ستغادر", "text": TEXT, "date": "2024-01-05", "source": "مثال"},
    {"id": "a2", "title": "بيان", "text": "أكد المتحدث أن القاعدة باقية.", "date": "2024-02-06", "source": "مثال"},
]


def jsonl(rows: list[dict[str, Any]] = ROWS) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def table(delimiter: str) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(ROWS[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(ROWS)
    return out.getvalue().encode()


def parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), out)
    return out.getvalue()


def read(*inputs: Path | str, columns: Columns | None = None) -> list[Article | Failure]:
    return list(read_articles(find_sources([str(name) for name in inputs]), columns))


def articles(*inputs: Path | str, columns: Columns | None = None) -> list[Article]:
    found = read(*inputs, columns=columns)
    assert [one for one in found if isinstance(one, Failure)] == []
    return [one for one in found if isinstance(one, Article)]


FORMS: dict[str, Callable[[], bytes]] = {
    "a.jsonl": jsonl,
    "a.json": lambda: json.dumps(ROWS, ensure_ascii=False, indent=1).encode(),
    "wrapped.json": lambda: json.dumps({"articles": ROWS}).encode(),
    "lines.json": jsonl,
    "a.csv": lambda: table(","),
    "semicolons.csv": lambda: table(";"),
    "a.tsv": lambda: table("\t"),
    "a.parquet": parquet,
}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


@pytest.mark.parametrize("packed", PACKERS)
@pytest.mark.parametrize("name", FORMS)
def test_the_same_articles_come_out_of_every_form(tmp_path: Path, name: str, packed: str) -> None:
    path = tmp_path / f"{name}{packed}"
    path.write_bytes(PACKERS[packed](FORMS[name]()))
    assert [one.model_dump(exclude={"extra", "url"}) for one in articles(path)] == ROWS


@pytest.mark.parametrize("ending", [".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst"])
def test_containers_give_their_members_in_order(tmp_path: Path, ending: str) -> None:
    members = {
        "d/1.jsonl": jsonl(),
        "d/2.txt": TEXT.encode(),
        "d/photo.jpg": b"\xff\xd8",
        "d/3.jsonl.gz": gzip.compress(jsonl()),
    }
    path = tmp_path / f"archive{ending}"
    out = io.BytesIO()
    if ending == ".zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
            for name, data in members.items():
                pack.writestr(name, data)
    else:
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    data = out.getvalue()
    if ending in (".tar.gz", ".tgz"):
        data = gzip.compress(data)
    if ending == ".tar.zst":
        data = zstandard.ZstdCompressor().compress(data)
    path.write_bytes(data)
    assert [one.id for one in articles(path)] == ["a1", "a2", "2.txt", "a1", "a2"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1256"])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.json"])
def test_encodings_are_recognised(tmp_path: Path, codec: str, name: str) -> None:
    text = TEXT if name == "a.txt" else FORMS[name]().decode()
    path = tmp_path / name
    path.write_bytes(text.encode(codec))
    assert articles(path)[0].text == TEXT


def test_a_text_file_is_kept_to_the_letter(tmp_path: Path) -> None:
    # Offsets point into it: no line end, space or control character may change.
    text = "\r\n قالَ\u200f الوزيــر:\r\n«لا»\x00 \ufeff\u202e.\n\n"
    path = tmp_path / "odd.txt"
    path.write_bytes(text.encode())
    assert articles(path)[0].text == text


def test_a_page_gives_its_main_text_and_title(tmp_path: Path) -> None:
    body = "".join(f"<p>قال الوزير في الجلسة رقم {n} إن القوات الأجنبية ستغادر البلاد قريبا جدا.</p>" for n in range(8))
    page = (
        "<html><head><title>الوزير: القوات ستغادر</title><meta charset='windows-1256'></head>"
        "<body><nav><a href='/'>الرئيسية</a></nav><article><h1>الوزير: القوات ستغادر</h1>"
        f"{body}</article></body></html>"
    )
    path = tmp_path / "page.html"
    path.write_bytes(page.encode("cp1256"))
    (article,) = articles(path)
    assert "الجلسة رقم 7" in article.text
    assert "الرئيسية" not in article.text
    assert (article.title, article.id) == ("الوزير: القوات ستغادر", "page.html")


def test_folders_are_walked_in_order_and_globs_match(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "sub/c.txt", ".hidden.txt", "photo.jpg", "out/part.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TEXT)
    found = find_sources([str(tmp_path)], exclude=tmp_path / "out")
    assert [Path(source.name).name for source in found.sources] == ["a.txt", "b.txt", "c.txt"]
    assert found.passed_over == {".jpg": 1}
    assert [one.id for one in articles(f"{tmp_path}/?.txt")] == ["a.txt", "b.txt"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    assert read(tmp_path / "nowhere.txt", tmp_path / "a.txt")[0] == Failure(
        str(tmp_path / "nowhere.txt"), "no such file or folder"
    )
    with pytest.raises(QawlError, match=r"nowhere\.txt: no such file or folder"):
        find_sources([str(tmp_path / "nowhere.txt")])


def test_field_names_are_guessed_and_said_aloud(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    path.write_bytes(jsonl([{"headline": "عنوان", "content": TEXT, "published": "2024-01-05", "likes": 3}] * 2))
    said: list[str] = []
    first, _ = read_articles(find_sources([str(path)]), notify=said.append)
    assert isinstance(first, Article)
    assert (first.text, first.title, first.date, first.extra) == (TEXT, "عنوان", "2024-01-05", {"likes": 3})
    assert said == [f"{path}: text from 'content', title from 'headline', date from 'published'"]


def test_given_field_names_win(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    path.write_bytes(jsonl([{"text": "ملخص", "raw": TEXT}]))
    (article,) = articles(path, columns=Columns(text="raw"))
    assert (article.text, article.extra) == (TEXT, {"text": "ملخص"})


def test_a_table_without_a_text_column_fails_once_and_says_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    (failure,) = read(path)
    assert str(failure) == f"{path}: no field text; it has 'a', 'b'; name it with --text-column"


def test_an_article_without_an_id_is_given_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n" + jsonl([{"text": TEXT}]))
    assert articles(path)[0].id == "a.jsonl:2"


def test_parquet_dates_are_iso(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [TEXT], "date": [datetime.date(2024, 1, 5)], "id": [7]}), path)
    (article,) = articles(path)
    assert (article.date, article.id) == ("2024-01-05", "7")


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("2024-01-05", "2024-01-05"),
        ("2024-01-05T23:10:00Z", "2024-01-05"),
        ("2015-07-21 02:51:32", "2015-07-21"),
        ("Fri, 16 Feb 2018 22:08:10 +0400", "2018-02-16"),
        ("2024/01/05", "2024-01-05"),
        ("05/01/2024", "2024-01-05"),
        ("أمس", None),
        ("", None),
        (None, None),
    ],
)
def test_days_of_dates(date: str | None, day: str | None) -> None:
    assert day_of(date) == (datetime.date.fromisoformat(day) if day else None)
