"""Damaged input: each bad record is reported with its place and reason, and nothing beside it is lost."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from data.readers import Failure, find_sources, read_articles, read_statements
from data.records import Article

GOOD = json.dumps({"text": "قال الوزير إن القوات باقية.", "id": "good"}, ensure_ascii=False).encode()

# Ten ways for a line to be bad, and what is said of it.
BAD_LINES = {
    b'{"text": "\xd9\x82\xd8\xa7\xd9': "not valid JSON|broken UTF-8",
    b'{"text": "cut off': "not valid JSON",
    b'{"text": "\xff\xfe\xfa"}': "broken UTF-8",
    b'["a", "list"]': "not a JSON object but a list",
    b"null": "not a JSON object but null",
    b'{"title": "no text"}': "no field text; it has 'title'",
    b'{"text": 5}': "text is not a string but a number",
    b'{"text": null}': "text is not a string but null",
    b'{"text": "   \\n "}': "the text is empty",
    b'{"text": "\\ud800 alone"}': "text is not valid Unicode",
    b'{"text": "x", "title": ["y"]}': "title is not a string but a list",
    b"\x00\x01\x02\x03": "not valid JSON",
    b"[" * 100_000: "not valid JSON|recursion",
}


@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: repr(line[:24]))
def test_a_bad_line_is_named_and_its_neighbours_are_read(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(GOOD + b"\n" + line + b"\n" + GOOD)
    before, bad, after = read_articles(find_sources([str(path)]))
    assert isinstance(before, Article)
    assert isinstance(after, Article)
    assert isinstance(bad, Failure)
    assert bad.place == f"{path}:2"
    assert any(reason in bad.reason for reason in BAD_LINES[line].split("|")), bad.reason
    assert "\n" not in str(bad)


def failures(path: Path) -> tuple[int, list[str]]:
    """How many articles were read, and what failed, as place after the file's name and reason."""
    found = list(read_articles(find_sources([str(path)])))
    bad = [str(one).removeprefix(str(path)) for one in found if isinstance(one, Failure)]
    return len(found) - len(bad), bad


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.json", "a.csv", "a.parquet", "a.html", "a.zip", "a.jsonl.gz"])
def test_an_empty_file_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    read, bad = failures(tmp_path / name)
    assert read == 0
    assert len(bad) == 1


@pytest.mark.parametrize("content", [b" \n\t\n", "\u200f\u00a0\n".encode()], ids=["spaces", "marks"])
def test_a_blank_text_gives_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    found = list(read_articles(find_sources([str(tmp_path / "a.txt")])))
    assert len(found) == 1


def test_broken_utf8_is_not_taken_for_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("قال الوزير إن القوات باقية في البلاد".encode() + b"\xff\xd9")
    assert failures(tmp_path / "a.txt") == (0, [": broken UTF-8 at byte 67"])


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)],
    ids=["gz", "bz2", "xz"],
)
def test_a_part_that_is_whole_is_kept_when_the_one_after_it_is_cut(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(pack((GOOD + b"\n") * 3) + pack(GOOD * 9)[:-20])
    read, bad = failures(path)
    assert read == 3
    assert len(bad) == 1
    assert "end early" in bad[0]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress], ids=["gzip", "zstd"])
def test_compressed_data_that_end_early_keep_what_came_before(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    # Random ids keep the lines from being compressed into one block.
    lines = b"".join(GOOD.replace(b"good", str(hash(str(n)) % 10**12).encode()) + b"\n" for n in range(40_000))
    suffix = ".gz" if pack is gzip.compress else ".zst"
    path = tmp_path / f"a.jsonl{suffix}"
    data = pack(lines)
    path.write_bytes(data[: len(data) // 2])
    read, bad = failures(path)
    assert read > 5_000
    assert bad
    assert "end early" in bad[-1]


def test_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(GOOD)
    (tmp_path / "b.parquet").write_bytes(GOOD)
    (tmp_path / "c.zip").write_bytes(GOOD)
    (tmp_path / "d.bin").write_bytes(bytes(range(256)) * 4)
    for name, reason in (
        ("a.jsonl.gz", "not gzip, though its name says so"),
        ("b.parquet", "not readable as Parquet"),
        ("c.zip", "not a zip file"),
    ):
        read, bad = failures(tmp_path / name)
        assert read == 0
        assert reason in bad[0]
    assert failures(tmp_path / "d.bin")[0] == 0


def test_a_damaged_member_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        for name in ("1.jsonl", "2.jsonl", "3.jsonl"):
            pack.writestr(name, GOOD * 2 if name == "2.jsonl" else GOOD)
    data = bytearray(out.getvalue())
    at = data.find(GOOD * 2)
    data[at + 12] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(data)
    read, bad = failures(tmp_path / "a.zip")
    assert read == 2
    assert any(place.startswith("/2.jsonl") for place in bad)


def test_bad_values_of_a_json_array(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"[\n" + GOOD + b",\n5,\n{bad},\n" + GOOD + b"\n")
    read, bad = failures(path)
    assert read == 2
    assert bad[0] == ":3: not a JSON object but a number"
    assert bad[1].startswith(":4: not valid JSON")
    assert "the JSON array ends early" in bad[2]


def test_bad_rows_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [
        "text,title",
        "قال الوزير نعم,عنوان",
        "one,two,three",
        '"never closed,x',
        "قال الوزير لا,عنوان",
        '"قال: ""لا""",عنوان',
    ]
    path.write_bytes("\n".join(rows).encode() + b"\nbroken \xff\xfa,x\n")
    read, bad = failures(path)
    assert read == 3
    assert bad == [
        ":3: 3 fields where the header has 2",
        ":4: not valid CSV: a quotation mark within a field, not doubled",
        ":7: broken UTF-8",
    ]


def test_a_megabyte_without_a_full_stop_is_an_article(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("قال " * 250_000)
    assert failures(tmp_path / "a.txt") == (1, [])


def test_a_line_beyond_all_measure_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "' + b"x" * (1 << 24) + b'"}\n' + GOOD)
    assert failures(path) == (1, [":1: a line of more than 16 MiB"])


def test_statements_that_are_bad(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text": "نرفض", "speaker": 5}\n{"quote": "نرفض بقاءهم"}\n{"text": "  "}\n{"text": "نعم", "target": 1}\n'
    )
    outcomes = [
        str(row) if isinstance(row, Failure) else row.statement.text
        for row in read_statements(find_sources([str(path)]))
    ]
    assert outcomes == [
        f"{path}:1: speaker is not a string but a number",
        "نرفض بقاءهم",
        f"{path}:3: text: the statement is empty",
        f"{path}:4: target is not a string",
    ]


def test_a_quotation_mark_that_never_closes_costs_its_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,title\n"مفتوح,x\nقال الوزير,عنوان\nأكد,عنوان\n')
    assert failures(path) == (2, [":2: not valid CSV: a quotation mark that never closes"])
