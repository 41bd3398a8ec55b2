"""Articles for the archive tests, written for them: short, in Arabic, each with at least one statement."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

WHO = ["وزير الدفاع", "رئيس الحكومة", "المتحدث باسم الجيش", "رئيس البرلمان", "سفير البلاد"]
WHAT = [
    "إننا نرفض وجود القوات الأجنبية في البلاد",
    "إننا ندعم بقاء القوات الأجنبية سنة أخرى",
    "إننا نرحب بالمدربين",
    "إن انسحاب القوات بدأ اليوم",
    "إن البرلمان سيناقش الأمر",
]


def article(number: int) -> dict[str, Any]:
    """An article of its own for each number, in one of three months."""
    who, what = WHO[number % 5], WHAT[number // 5 % 5]
    return {
        "id": f"a{number}",
        "title": f"خبر رقم {number}",
        "text": f"قال {who} {what} في جلسته رقم {number}.\n\nوأضاف: «لا تغيير قبل الجلسة {number + 1}».",
        "date": f"2024-0{number % 3 + 1}-1{number % 7}",
        "source": ["الأولى", "الثانية"][number % 2],
    }


def write_archive(path: Path, count: int) -> Path:
    """A JSONL archive of `count` articles."""
    lines = [json.dumps(article(number), ensure_ascii=False) for number in range(count)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rows(folder: Path, table: str = "statements") -> list[dict[str, Any]]:
    """Every row of a run's table, in an order of its own."""
    found = [
        row for path in sorted((folder / table).rglob("*.parquet")) for row in pq.ParquetFile(path).read().to_pylist()
    ]
    return sorted(found, key=lambda row: str(row.get("row_id") or row["place"]))


def parts(folder: Path) -> dict[str, bytes]:
    """The bytes of every Parquet file of a run, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}
