"""The one direction of the code: data knows nobody, training and serving know data and not each other."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FRAMEWORKS = {"torch", "transformers", "datasets", "accelerate", "sklearn", "matplotlib"}
FORBIDDEN = {
    "data": {"training", "serving", "qawl", "torch", "transformers"},
    "training": {"serving", "qawl", "bentoml"},
    "serving": {"training", "qawl", *FRAMEWORKS},
}


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Each import of a module, those inside functions among them: its line and the top-level name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield node.lineno, (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if called in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
                yield node.lineno, str(node.args[0].value).partition(".")[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_a_package_imports_nothing_it_must_not_know(package: str) -> None:
    modules = sorted((ROOT / package).rglob("*.py"))
    assert len(modules) > 5
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules
        for line, name in imported(path)
        if name in FORBIDDEN[package]
    ]
    assert wrong == []


def test_top_level_holds_no_further_packages() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == {"data", "training", "serving", "tests"}


@pytest.mark.parametrize(
    "statement",
    ["import qawl", "import serving.archive", "import serving.analyzer", "import data.readers, data.extraction"],
)
def test_what_serving_needs_loads_without_a_model_framework(statement: str) -> None:
    code = f"import sys; {statement}; print([name for name in {sorted(FRAMEWORKS)} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_help_loads_next_to_nothing() -> None:
    heavy = ["pydantic", "numpy", "pyarrow", "onnxruntime", "bentoml", "trafilatura", "tokenizers"]
    code = f"import sys, qawl; qawl.run(['--help']); print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"
