"""A tiny model, and one finished run over articles that repeat each other in every way."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.serving import tiny
from tests.serving.archive.command import run
from tests.serving.archive.material import article

LONG = (
    "قال رئيس الحكومة إننا نرفض وجود القوات الأجنبية في البلاد وندعو الجميع إلى احترام سيادتنا كاملة "
    "دون شروط ولا تأخير في الموعد الذي أعلناه أمام البرلمان صباح اليوم."
)


def repeated() -> list[dict[str, Any]]:
    """Twelve articles; then one with its copy in another outlet and its update, and one that begins as a formula."""
    own = [article(number) for number in range(12)]
    story = {"id": "s1", "title": "الحكومة: نرفض", "text": LONG, "date": "2024-03-02", "source": "الأولى"}
    copy = {**story, "id": "s2", "source": "الثالثة", "date": "2024-03-03"}
    update = {**story, "id": "s3", "source": "الثانية", "text": LONG + " ولم يجب عن أسئلة الصحفيين."}
    formula = {"id": "f1", "title": "=1+1", "text": "قال الوزير: «=نرحب بالقوات الأجنبية في كل حين».", "url": "@x"}
    return [*own, story, copy, update, formula]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="session")
def scored(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scored")
    archive = folder / "a.jsonl"
    archive.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in repeated()), encoding="utf-8")
    done = run("score", archive, "--output", folder / "out", "--model", model, "--shard-articles", 5)
    assert done.returncode == 0, done.stderr.decode()
    return folder / "out"
