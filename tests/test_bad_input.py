"""Bad input on the command line, with the shipped artifact: a clear error or an empty result, and nothing else lost.

Exit status 0: all done; 1: some inputs failed, each named with its place; 2: the call itself was wrong.
"""

import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest

import qawl

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "serving" / "model"
GOOD = "قال وزير الدفاع إن بلاده ترفض بقاء القوات الأجنبية على أراضيها."

pytestmark = pytest.mark.skipif(not (SHIPPED / "card.json").is_file(), reason="no shipped artifact in this checkout")


class Done(NamedTuple):
    status: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.split("\n") if line]

    def complaints(self, source: object) -> list[str]:
        """What was said of a source's pieces, without its name."""
        start = f"qawl: {source}"
        return [line.removeprefix(start) for line in self.err.splitlines() if line.startswith(start)]


Qawl = Callable[..., Done]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Qawl:
    """The command line in this process, with a data directory of its own."""
    monkeypatch.setenv("QAWL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("BENTOML_HOME", raising=False)

    def call(*arguments: object, stdin: str | bytes = "") -> Done:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        status = qawl.run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        # Every line on stderr is a whole message.
        assert all(line.startswith("qawl: ") for line in err.splitlines()), err
        return Done(status, out, err)

    return call


# Texts: what nobody can read is named, all else gets a result

UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the text is empty"),
    "blank": (" \n\t\u00a0\u2003\n".encode(), "the text is empty"),
    "broken-utf8": ("قال الوزير إن القوات ".encode() + b"\xff\xd8" + "سترحل.".encode(), "broken UTF-8 at byte 39"),
    "cut-character": ("قال الوزير إن القوات سترحل.".encode()[:-2], "broken UTF-8 at byte"),
}
ODD: dict[str, str] = {
    "no-full-stop": "قال الوزير إن القوات الأجنبية " * 20_000,  # more than 1 MB in UTF-8
    "one-word": "قال" * 180_000,
    "only-marks": "«»" * 50_000 + "«" * 50_000,
    "odd-marks": 'قال الوزير "نرفض القوات ثم قال «لا نريد ‹حربا» وأضاف: “نعم".',
    "reversed-marks": "قال الوزير: »نرفض بقاء القوات الأجنبية« وأضاف: ”سترحل“.",
    "control": "\x00\x07\x1b[31mقال\x85 الوزير\x7f إن القوات\x0b سترحل\x0c.",
    "bidi": "\u202bقال\u202e الوزير\u2066 إن\u200f القوات\u061c سترحل\u202c\u2069\u2069.",
    "no-arabic": "The minister said that the troops will leave, and 2500 of them did.",
    "emoji": "🛑🛑 قال الوزير إن القوات 🇮🇶 سترحل.",
    "private-use": "قال الوزير إن \ue000\U0010ffff\ufffe القوات سترحل.",
}


def test_a_folder_of_bad_texts(run: Qawl, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, (content, _) in UNREADABLE.items():
        (folder / f"{name}.txt").write_bytes(content)
    for name, text in {**ODD, "good": GOOD}.items():
        (folder / f"{name}.txt").write_bytes(text.encode())
    done = run("analyze", folder)
    assert done.status == 1
    for name, (_, said) in UNREADABLE.items():
        (complaint,) = done.complaints(folder / f"{name}.txt")
        assert complaint.startswith(f": {said}")
    assert done.err.splitlines()[-1] == f"qawl: {len(UNREADABLE)} inputs failed, the others are done"
    found = {line["id"].removesuffix(".txt"): line["statements"] for line in done.lines()}
    assert set(found) == {*ODD, "good"}
    for name, statements in found.items():
        text = {**ODD, "good": GOOD}[name]
        for one in statements:
            assert text[one["start"] : one["end"]] == one["text"], name
    assert [one["stance"]["label"] for one in found["good"]] == ["against"]
    assert found["no-arabic"] == []
    assert found["only-marks"] == []
    # Control and direction characters do not hide a statement.
    assert found["emoji"]
    assert found["bidi"]


def test_a_quotation_without_an_arabic_letter_is_no_statement(run: Qawl) -> None:
    (line,) = run("analyze", "-", stdin="The minister said: “the troops will leave”.").lines()
    assert line["statements"] == []


@pytest.mark.parametrize("given", [b"", b" \n \n", b"\xef\xbb\xbf"], ids=["empty", "blank", "only a byte order mark"])
def test_nothing_on_standard_input(run: Qawl, tmp_path: Path, given: bytes) -> None:
    for command in (["analyze", "-"], ["predict", "-"], ["score", "-", "--output", tmp_path / "out"]):
        done = run(*command, stdin=given)
        assert done.out == "", command
        # No lines at all is no failure where lines are read; where there is nothing to read it is said in a line.
        assert done.status in (1, 2) or (done.status == 0 and given != b""), command
        assert bool(done.err) == (done.status != 0), command


# Records: wrong types, missing fields, broken lines

BAD_RECORDS: list[tuple[str, str]] = [
    ('{"text": ""}', "empty"),
    ('{"text": " \\n "}', "empty"),
    ("{}", "no field text"),
    ('{"title": "عنوان"}', "no field text"),
    ('{"text": 5}', "text is not a string but a number"),
    ('{"text": null}', "text is not a string but null"),
    ('{"text": ["قال"]}', "text is not a string but a list"),
    ('{"text": {"ar": "قال"}}', "text is not a string but an object"),
    ('{"text": true}', "text is not a string but"),
    ("[1, 2]", "not a JSON object but a list"),
    ('"قال الوزير"', "not a JSON object but a string"),
    ("null", "not a JSON object but null"),
    ('{"text": "قال الوزير', "not valid JSON"),
    ("{'text': 'قال'}", "not valid JSON"),
    ('{"text": "قال \\ud83d الوزير"}', "text is not valid Unicode"),
    ("[" * 100_000, ""),
]
BAD_STATEMENTS: list[tuple[str, str]] = [
    ('{"text": "نعم", "speaker": 5}', "speaker is not a string but a number"),
    ('{"text": "نعم", "context": {"a": 1}}', "context is not a string but an object"),
    ('{"text": "نعم", "target": "nope"}', "unknown target 'nope'"),
    ('{"text": "نعم", "target": 5}', "target is not a string"),
]


def _lines(path: Path, bad: list[tuple[str, str]]) -> Path:
    """Bad lines with a good one before, between and after, and one that is not UTF-8."""
    good = [json.dumps({"id": f"good-{n}", "text": GOOD}, ensure_ascii=False).encode() for n in range(len(bad) + 1)]
    lines = [good[0]]
    for n, (line, _) in enumerate(bad, start=1):
        lines += [line.encode(), good[n]]
    path.write_bytes(b"\n".join([*lines, b'{"text": "\xff\xfe"}']) + b"\n")
    return path


def _check_complaints(done: Done, path: Path, bad: list[tuple[str, str]]) -> None:
    complaints = done.complaints(f"{path}:")
    assert [int(line.split(":")[0]) for line in complaints] == [*range(2, 2 * len(bad) + 1, 2), 2 * len(bad) + 2]
    for (line, said), complaint in zip([*bad, ("", "broken UTF-8")], complaints, strict=True):
        assert said in complaint, line[:80]


def test_analyze_names_each_bad_record_and_loses_no_other(run: Qawl, tmp_path: Path) -> None:
    path = _lines(tmp_path / "articles.jsonl", BAD_RECORDS)
    done = run("analyze", path)
    assert done.status == 1
    _check_complaints(done, path, BAD_RECORDS)
    assert [line["id"] for line in done.lines()] == [f"good-{n}" for n in range(len(BAD_RECORDS) + 1)]
    assert all(len(line["statements"]) == 1 for line in done.lines())


def test_predict_names_each_bad_record_and_loses_no_other(run: Qawl, tmp_path: Path) -> None:
    bad = BAD_RECORDS + BAD_STATEMENTS
    path = _lines(tmp_path / "statements.jsonl", bad)
    done = run("predict", path, "-o", tmp_path / "out.jsonl")
    assert done.status == 1
    _check_complaints(done, path, bad)
    kept = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in kept] == [f"good-{n}" for n in range(len(bad) + 1)]
    assert len({json.dumps(line["stance"]) for line in kept}) == 1


def test_score_accounts_for_each_bad_record_and_loses_no_other(run: Qawl, tmp_path: Path) -> None:
    path = _lines(tmp_path / "archive.jsonl", BAD_RECORDS)
    out = tmp_path / "out"
    done = run("score", path, "--output", out)
    assert done.status == 1
    assert done.out == ""
    quarantined = [json.loads(line) for line in (out / "quarantine.jsonl").read_text().splitlines()]
    places = [int(line["place"].removeprefix(f"{path}:")) for line in quarantined]
    assert sorted(places) == [*range(2, 2 * len(BAD_RECORDS) + 1, 2), 2 * len(BAD_RECORDS) + 2]
    reasons = {int(line["place"].removeprefix(f"{path}:")): line["reason"] for line in quarantined}
    for n, (_, said) in enumerate(BAD_RECORDS, start=1):
        assert said in reasons[2 * n]
    rows = pq.read_table(out / "articles").to_pylist()
    assert {row["article_id"] for row in rows} >= {"good-0", f"good-{len(BAD_RECORDS)}"}
    assert len(rows) == len(BAD_RECORDS) + 1


def test_odd_statements_are_all_predicted(run: Qawl) -> None:
    texts = list(ODD.values())
    given = "\n".join(json.dumps({"text": text}, ensure_ascii=True) for text in texts)
    done = run("predict", "-", stdin=given)
    assert done.status == 0, done.err
    assert [line["text"] for line in done.lines()] == texts
    for line in done.lines():
        assert abs(sum(line["stance"]["probabilities"].values()) - 1) < 1e-3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b"not json", "not valid JSON"),
        ("a.json", b"", "the file is empty"),
        ("a.parquet", b"PAR1 and no more", "not readable as Parquet"),
        ("a.jsonl.gz", b"no gzip", "not gzip, though its name says so"),
        ("a.jsonl.gz", b"\x1f\x8b\x08\x00\x00", "end"),
        ("a.zip", b"PK\x03\x04 and no more", "not a zip file"),
        ("a.tar", b"no tar", "a.tar"),
        ("a.csv", 'النص\n"يفتح ولا يغلق\n'.encode(), "a quotation mark that never closes"),
        ("a.csv", b"a,b\n1,2\n", "no field text"),
    ],
)
def test_a_damaged_file_is_named_and_the_next_is_read(
    run: Qawl, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.jsonl").write_text(json.dumps({"text": GOOD}))
    for command in ("analyze", "predict"):
        done = run(command, tmp_path / name, tmp_path / "good.jsonl", "-o", tmp_path / "out.jsonl")
        assert done.status == 1, command
        assert said in done.err
        assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 1, command


def test_an_input_that_is_not_there_does_not_stop_the_others(run: Qawl, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(GOOD)
    done = run("analyze", tmp_path / "nowhere.txt", tmp_path / "good.txt")
    assert done.status == 1
    assert done.complaints(tmp_path / "nowhere.txt") == [": no such file or folder"]
    assert [line["id"] for line in done.lines()] == ["good.txt"]


# Calls that are wrong: status 2, one line, and what is there stays


def _commands(tmp_path: Path) -> list[list[object]]:
    (tmp_path / "good.jsonl").write_text(json.dumps({"text": GOOD}))
    earlier = tmp_path / "earlier.jsonl"
    earlier.write_text("earlier\n")
    return [
        ["analyze", tmp_path / "good.jsonl", "-o", earlier],
        ["predict", tmp_path / "good.jsonl", "-o", earlier],
        ["score", tmp_path / "good.jsonl", "--output", tmp_path / "scored"],
    ]


def _check_refused(done: Done, tmp_path: Path, said: str) -> None:
    assert done.status == 2, done.err
    assert done.out == ""
    assert said in done.err
    assert done.err.count("\n") == 1, done.err
    assert (tmp_path / "earlier.jsonl").read_text() == "earlier\n"
    assert not list((tmp_path / "scored").glob("**/*.parquet"))


@pytest.mark.parametrize("target", ["nope", "", "  ", "naval bases", "../targets/nope", "nope.yaml"])
def test_an_unknown_target_is_refused(run: Qawl, tmp_path: Path, target: str) -> None:
    for command in _commands(tmp_path):
        done = run(*command, "--target", target)
        _check_refused(done, tmp_path, "no readable target card" if "yaml" in done.err[:20] else "target")


def test_a_target_card_may_come_from_a_file(run: Qawl, tmp_path: Path) -> None:
    card = tmp_path / "bases.yaml"
    card.write_text("name: naval-bases\ntitle: القواعد البحرية\n", encoding="utf-8")
    for command in ("analyze", "predict"):
        (line,) = run(command, "-", "--target", card, stdin=json.dumps({"text": GOOD})).lines()
        assert (line["statements"][0] if command == "analyze" else line)["target"] == "naval-bases"
        broken = run(command, "-", "--target", tmp_path / "none.yaml", stdin=GOOD)
        assert (broken.status, broken.out) == (2, "")
        assert "none.yaml: no readable target card" in broken.err


def _copied(folder: Path) -> Path:
    """The shipped artifact's files under a folder of their own; linked, since nothing writes into them."""

    def link(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:  # another file system
            shutil.copyfile(source, target)

    return Path(shutil.copytree(SHIPPED, folder, copy_function=link))


def _replace(path: Path, content: bytes) -> None:
    path.unlink()  # the link, and not the shipped file behind it
    path.write_bytes(content)


def _no_card(folder: Path) -> None:
    (folder / "card.json").unlink()


def _no_graph(folder: Path) -> None:
    (folder / "model.onnx").unlink()


def _no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def _half_a_graph(folder: Path) -> None:
    whole = (folder / "model.onnx").read_bytes()
    _replace(folder / "model.onnx", whole[: len(whole) // 2])


def _half_a_card(folder: Path) -> None:
    whole = (folder / "card.json").read_bytes()
    _replace(folder / "card.json", whole[: len(whole) // 2])


def _another_version(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    _replace(folder / "card.json", json.dumps({**card, "format_version": 2}).encode())


def _another_shape(folder: Path) -> None:
    _replace(folder / "card.json", b"[]")


def _another_field(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    _replace(folder / "card.json", json.dumps({**card, "heads": {"stance": {"temperature": 0}}}).encode())


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _gone(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_gone, "no such artifact"),
        (_empty, "no card.json"),
        (_no_card, "no card.json: half-written"),
        (_no_graph, "model.onnx is missing"),
        (_no_tokenizer, "tokenizer.json is missing"),
        (_half_a_graph, "model.onnx is not the file the card describes"),
        (_half_a_card, "card.json: not readable as JSON"),
        (_another_version, "format version 2, this Qawl reads 1"),
        (_another_shape, "format version None"),
        (_another_field, "heads.stance.temperature"),
    ],
)
def test_a_missing_half_written_or_foreign_artifact_is_refused(
    run: Qawl, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    folder = _copied(tmp_path / "artifact")
    damage(folder)
    for command in _commands(tmp_path):
        _check_refused(run(*command, "--model", folder), tmp_path, said)
    imported = run("models", "import", folder)
    assert (imported.status, imported.out) == (2, "")
    assert imported.err.count("\n") == 1


def test_an_artifact_that_breaks_while_in_use_is_said_and_the_shipped_one_still_serves(
    run: Qawl, tmp_path: Path
) -> None:
    tag = run("models", "import", _copied(tmp_path / "artifact")).out.strip()
    assert run("models", "promote", tag).status == 0
    kept = next((tmp_path / "home").rglob("model.onnx"))
    _replace(kept, b"no graph")
    done = run("analyze", "-", stdin=GOOD)
    assert done.status == 2
    assert "model.onnx is not the file the card describes" in done.err
    listed = {entry["tag"]: entry for entry in run("models", "list", "--json").lines()}
    assert "model.onnx" in listed[tag]["problem"]
    assert run("models", "rollback").status == 0
    assert run("analyze", "-", stdin=GOOD).status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["analyze", "--threads", "0"], "--threads"),
        (["analyze", "--threads", "many"], "--threads"),
        (["predict", "--model"], "--model"),
        (["score", "--shard-articles", "0", "--output", "out"], "--shard-articles"),
        (["score", "--engine", "cloud", "--output", "out"], "--engine"),
        (["analyse"], "No such command"),
    ],
)
def test_wrong_options_are_one_line(
    run: Qawl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.txt").write_text(GOOD)
    done = run(arguments[0], "good.txt", *arguments[1:])
    assert done.status == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""
