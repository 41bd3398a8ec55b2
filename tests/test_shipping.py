"""What the project is shipped with: the Dockerfile, and the packages that a Bento is built with."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_a_bento_gets_the_packages_of_the_serving_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extra = project["project"]["optional-dependencies"]["serving"]
    # BentoML adds itself, in the version that builds.
    expected = [package for package in extra if not package.startswith("bentoml")]
    assert project["tool"]["bentoml"]["build"]["python"]["packages"] == expected


WITHOUT_ARCHIVES = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import data.readers, qawl, serving.client, serving.reading, serving.server, serving.service
from serving import Analyzer

print(len(Analyzer.pretrained().analyze("قال الوزير إن القوات الأجنبية ستبقى.")))
print(qawl.run(["score", "archive.jsonl", "--output", "out"]))
"""


def test_the_service_needs_nothing_of_what_archives_need() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    # BentoML brings fsspec by itself.
    kept = ("qawl", "fsspec")
    absent = [package.partition(">")[0] for package in extra["archive"] if not package.startswith(kept)]
    assert {"pyarrow", "duckdb", "datasketch"} < set(absent)
    code = WITHOUT_ARCHIVES.format(absent=[*absent, "scipy", "torch", "transformers"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.stdout.split() == ["1", "2"], done.stderr
    assert "pip install 'qawl[archive]'" in done.stderr


def test_the_dockerfile_passes_its_linter() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_runs_as_nobody_special_and_copies_what_there_is() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users[-1:] == ["10001"]
    copied = [
        name for line in lines if line.startswith("COPY ") and "--from" not in line for name in line.split()[1:-1]
    ]
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"
    }
    assert copied
    for name in copied:
        assert (ROOT / name).exists()
        assert name.removeprefix("./") in allowed
