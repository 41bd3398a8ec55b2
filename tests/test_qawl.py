"""The command line as people use it: what goes in, what comes out, the exit status, and one line for each error."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import qawl
from tests.serving import tiny

ROOT = Path(__file__).resolve().parents[1]
TEXT = "قال وزير الدفاع إننا نرفض وجود القوات الأجنبية.\n\nوقال الرئيس: «ندعم بقاء المدربين»."


class Done(NamedTuple):
    status: int
    out: str
    err: str

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Qawl = Callable[..., Done]


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make(tmp_path_factory.mktemp("artifact") / "tiny")


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Qawl:
    monkeypatch.setenv("QAWL_HOME", str(tmp_path / "home"))

    def call(*arguments: object, stdin: str | bytes = "") -> Done:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        status = qawl.run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Done(status, out, err)

    return call


# analyze


def test_analyze_gives_one_line_an_article_with_exact_offsets(run: Qawl, artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    done = run("analyze", tmp_path / "a.txt", "--model", artifact)
    assert done.status == 0, done.err
    (line,) = done.lines()
    assert line["id"] == "a.txt"
    assert len(line["statements"]) >= 2
    for statement in line["statements"]:
        assert TEXT[statement["start"] : statement["end"]] == statement["text"]
        assert statement["article_id"] == "a.txt"
        assert statement["target"] == "foreign-military-presence"
        assert abs(sum(statement["stance"]["probabilities"].values()) - 1) < 1e-3
        assert set(statement["sentiment"]) == {"label", "confidence", "probabilities", "abstained"}
        assert "evidence" not in statement
    first = line["statements"][0]
    assert first["stance"]["label"] == "against"
    assert first["speaker"]["type"] == "unnamed"


def test_analyze_reads_standard_input_and_writes_a_file(run: Qawl, artifact: Path, tmp_path: Path) -> None:
    articles = "".join(json.dumps({"id": n, "text": TEXT}, ensure_ascii=False) + "\n" for n in range(40))
    done = run("analyze", "-", "-o", tmp_path / "out.jsonl", "--model", artifact, stdin=articles)
    assert (done.status, done.out) == (0, "")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == [str(n) for n in range(40)]


def test_analyze_explains_on_request(run: Qawl, artifact: Path) -> None:
    (line,) = run("analyze", "-", "--explain", "--model", artifact, stdin=TEXT).lines()
    assert all(statement["evidence"] for statement in line["statements"])


def test_analyze_takes_another_target_by_name_and_by_text(run: Qawl, artifact: Path) -> None:
    for target in ("economic-sanctions", "القواعد البحرية"):
        (line,) = run("analyze", "-", "--target", target, "--model", artifact, stdin=TEXT).lines()
        assert {statement["target"] for statement in line["statements"]} == {target}


def test_a_bad_article_is_named_and_the_others_are_analyzed(run: Qawl, artifact: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = json.dumps({"text": TEXT, "id": "good"})
    path.write_bytes("\n".join([good, '{"text": 5}', "{", '{"title": "x"}', good]).encode() + b'\n{"text": "\xff"}\n')
    done = run("analyze", path, tmp_path / "nowhere.txt", "--model", artifact)
    assert done.status == 1
    assert [line["id"] for line in done.lines()] == ["good", "good"]
    errors = done.err.splitlines()
    assert errors[0] == f"qawl: {tmp_path}/nowhere.txt: no such file or folder"
    assert errors[1] == f"qawl: {path}:2: text is not a string but a number"
    assert [line.split(": ")[1] for line in errors[2:5]] == [f"{path}:{n}" for n in (3, 4, 6)]
    assert errors[5] == "qawl: 5 inputs failed, the others are done"


def test_guessed_field_names_are_said_aloud(run: Qawl, artifact: Path) -> None:
    done = run("analyze", "-", "--model", artifact, stdin=json.dumps({"content": TEXT}))
    assert done.status == 0
    assert "qawl: stdin: text from 'content'\n" in done.err


@pytest.mark.parametrize(
    "text",
    [
        "English only, said the minister.",
        "؟!؟! «»«»",
        '»قال« ”الوزير“ “إن” ‹لا› "نعم',
        "\x00\x07\x1b[31mقال\u202e الوزير\u2066 إن\u200f لا\u202c.",
        "قال " * 20_000,
        "«" * 3_000,
    ],
    ids=["latin", "marks", "reversed quotation marks", "control and bidi", "no full stop", "only opening marks"],
)
def test_odd_texts_give_a_result_and_exact_offsets(run: Qawl, artifact: Path, text: str) -> None:
    done = run("analyze", "-", "--model", artifact, stdin=json.dumps({"text": text}))
    assert done.status == 0, done.err
    (line,) = done.lines()
    assert all(text[one["start"] : one["end"]] == one["text"] for one in line["statements"])


@pytest.mark.parametrize("data", [b"", b" \n\t ", "قال".encode() + b"\xd9" * 9 + "الوزير".encode() * 9])
def test_empty_blank_and_broken_texts_are_reported(run: Qawl, artifact: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.txt").write_bytes(data)
    (tmp_path / "good.txt").write_text(TEXT)
    done = run("analyze", tmp_path, "--model", artifact)
    assert done.status == 1
    assert [line["id"] for line in done.lines()] == ["good.txt"]
    assert f"{tmp_path}/bad.txt: " in done.err


# predict


def test_predict_fills_in_json_lines_and_keeps_the_rest(run: Qawl, artifact: Path) -> None:
    rows = [
        {"text": "نرفض وجود القوات", "id": 7, "speaker": "الوزير", "mine": [1]},
        {"text": "نرحب بالقوات", "stance": "favor", "sentiment": None},
    ]
    done = run("predict", "-", "--model", artifact, stdin="\n".join(json.dumps(row) for row in rows))
    assert done.status == 0
    first, second = done.lines()
    assert (first["text"], first["id"], first["mine"], first["stance"]["label"]) == (
        "نرفض وجود القوات",
        7,
        [1],
        "against",
    )
    assert second["stance"]["label"] == "favor"
    assert second["given"] == {"stance": "favor"}
    assert second["sentiment"]["label"] == "positive"


def test_predict_fills_in_a_table(run: Qawl, artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('النص,رقم\n"نرفض، ""لا"" للقوات",1\nندعم القوات,2\n')
    done = run("predict", tmp_path / "a.csv", "--model", artifact)
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [(row["النص"], row["رقم"], row["stance"]) for row in rows] == [
        ('نرفض، "لا" للقوات', "1", "against"),
        ("ندعم القوات", "2", "favor"),
    ]
    assert 0 < float(rows[0]["stance_confidence"]) <= 1


def test_predict_reports_each_bad_statement(run: Qawl, artifact: Path) -> None:
    bad = ['{"text": ""}', '{"text": 5}', "no", json.dumps({"text": tiny.POISON}), '{"text": "نعم", "target": "nope"}']
    done = run("predict", "-", "--model", artifact, stdin="\n".join([*bad, '{"text": "ندعم"}']))
    assert done.status == 1
    assert [line["text"] for line in done.lines()] == ["ندعم"]
    assert [line.split(": ")[1] for line in done.err.splitlines()[:5]] == [f"stdin:{n}" for n in range(1, 6)]


# models


def test_models_are_imported_promoted_and_rolled_back(run: Qawl, artifact: Path, tmp_path: Path) -> None:
    other = tiny.make(tmp_path / "other", seed=1)
    tags = [run("models", "import", folder).out.strip() for folder in (artifact, other)]
    assert len(set(tags)) == 2
    assert run("models", "promote", tags[0]).status == 0
    assert run("models", "promote", tags[1], "--reason", "better").out == f"in use: {tags[1]}\n"
    assert run("models", "rollback").out == f"in use: {tags[0]}\n"
    listed = [json.loads(line) for line in run("models", "list", "--json").out.splitlines()]
    assert [entry["tag"] for entry in listed if entry["in_use"]] == [tags[0]]
    assert json.loads(run("models", "show").out)["card"]["name"] == "tiny"
    assert run("models", "export", tags[1], tmp_path / "copy").status == 0
    (line,) = run("predict", "-", "--model", tmp_path / "copy", stdin='{"text": "نرفض"}').lines()
    assert line["stance"]["label"] == "against"


# labels


def test_labels_are_checked_with_their_places(run: Qawl, tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text(
        '{"text": "نرفض وجودهم", "stance": "against", "sentiment": "negative"}\n{"text": "x", "stance": "no"}\n'
    )
    done = run("labels", "check", path)
    assert done.status == 1
    assert f"{path}:2: error: " in done.out


def test_labels_go_out_to_a_tool_and_come_back(run: Qawl, tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text('{"text": "نرفض وجودهم", "stance": "against", "sentiment": "negative"}\n')
    # Label Studio and Argilla get labels as suggestions, which only a person turns into answers.
    for name in ("csv", "doccano", "prodigy", "jsonl"):
        assert run("labels", "export", path, "--format", name, "-o", tmp_path / "out").status == 0
        done = run("labels", "import", tmp_path / "out", "--format", name)
        (line,) = done.lines()
        assert (line["text"], line["stance"]) == ("نرفض وجودهم", "against"), name


# errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command"),
        (["analyze", "--nonsense"], "No such option"),
        (["analyze", "nowhere.txt"], "nowhere.txt: no such file or folder"),
        (["score", "nowhere.jsonl", "--output", "out"], "nowhere.jsonl: no such file or folder"),
        (["score"], "Missing"),
        (["analyze", "-", "--target", "nope"], "unknown target 'nope'"),
        (["analyze", "-", "--model", "nowhere"], "no such artifact: nowhere"),
        (["analyze", "-", "-o", "nowhere/out.jsonl"], "nowhere: no such folder"),
        (["models", "promote", "nothing:there"], "no such artifact: nothing:there"),
        (["models", "rollback"], "nothing to roll back"),
        (["labels", "check", "nowhere.jsonl"], "nowhere.jsonl"),
        (["labels", "export", ".", "--format", "xls"], "no such format: xls"),
        (["train"], "Missing argument 'config'; see `qawl train --help`"),
        (["train", "nowhere.yaml"], "nowhere.yaml"),
        (["serve", "--port", "0"], "Invalid value"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_call_is_one_line_and_status_2(
    run: Qawl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments, stdin=TEXT)
    assert done.status == 2
    assert said in done.err
    assert done.err.startswith("qawl: ")
    assert done.err.count("\n") == 1, done.err
    assert done.out == ""


def _missing(folder: Path) -> Path:
    (folder / "model.onnx").unlink()
    return folder


def _half_written(folder: Path) -> Path:
    (folder / "card.json").unlink()
    return folder


def _cut_short(folder: Path) -> Path:
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:100])
    return folder


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_missing, "model.onnx is missing"),
        (_half_written, "no card.json"),
        (_cut_short, "not the file the card describes"),
    ],
)
def test_a_damaged_artifact_is_refused(run: Qawl, tmp_path: Path, damage: Callable[[Path], Path], said: str) -> None:
    folder = damage(tiny.make(tmp_path / "tiny"))
    for command in (["analyze", "-"], ["predict", "-"], ["score", "-", "--output", tmp_path / "out"]):
        done = run(*command, "--model", folder, stdin=TEXT)
        assert done.status == 2
        assert said in done.err
        assert done.err.count("\n") == 1


def test_an_artifact_of_another_version_is_refused(run: Qawl, tmp_path: Path) -> None:
    folder = tiny.make(tmp_path / "tiny", format_version=99)
    done = run("analyze", "-", "--model", folder, stdin=TEXT)
    assert done.status == 2
    assert "format version 99" in done.err


def test_debug_shows_the_traceback(run: Qawl, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "qawl.py"), "analyze", str(tmp_path / "no.txt"), "--debug"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Traceback" in done.stderr


def test_an_output_that_is_an_input_is_refused(run: Qawl, artifact: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": TEXT}))
    done = run("analyze", path, "-o", path, "--model", artifact)
    assert done.status == 2
    assert json.loads(path.read_text()) == {"text": TEXT}


def test_a_reader_that_has_seen_enough_ends_it_quietly(artifact: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text((json.dumps({"text": TEXT}) + "\n") * 400)
    command = f"'{sys.executable}' '{ROOT / 'qawl.py'}' analyze '{tmp_path}/a.jsonl' --model '{artifact}' | head -1"
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ}
    )
    assert done.stderr == ""
    assert json.loads(done.stdout)["statements"]
