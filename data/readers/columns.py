"""Columns: which of a record's fields is the text, the date, the speaker, by name; guessed where nobody said.

Knows names only, no file format.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Unit = Literal["article", "statement"]

# The first name that a record has is taken. Seen in news dumps, scrapers' outputs and annotation tools.
_NAMES: dict[str, tuple[str, ...]] = {
    "text": (
        "text", "content", "body", "article", "article_text", "articlebody", "maintext", "main_text", "full_text",
        "fulltext", "content_text", "story", "news", "النص", "نص", "نص الخبر", "المحتوى", "الخبر", "المقال", "المتن",
    ),
    "title": ("title", "headline", "article_title", "subject", "العنوان", "عنوان", "عنوان الخبر"),
    "date": (
        "date", "published", "published_at", "publishedat", "publish_date", "date_published", "datepublished",
        "pubdate", "pub_date", "datetime", "timestamp", "date_extracted", "created_at", "التاريخ", "تاريخ",
        "تاريخ النشر",
    ),
    "source": (
        "source", "outlet", "publisher", "newspaper", "site", "sitename", "website", "domain", "media",
        "المصدر", "مصدر", "الصحيفة", "الموقع",
    ),
    "url": ("url", "link", "href", "permalink", "web_url", "الرابط", "رابط"),
    "id": ("id", "article_id", "doc_id", "docid", "uid", "guid", "_id", "المعرف", "معرف"),
}  # fmt: skip
_STATEMENT_NAMES: dict[str, tuple[str, ...]] = {
    "text": (
        "text", "statement", "quote", "quotation", "sentence", "tweet", "النص", "نص", "التصريح", "الاقتباس", "قول",
    ),
    "speaker": ("speaker", "author", "source_name", "holder", "who", "المتحدث", "القائل", "المتكلم"),
    "context": ("context", "paragraph", "sentence_context", "السياق", "الفقرة"),
    "target": ("target", "الهدف"),
    "id": ("id", "statement_id", "quote_id", "uid", "_id", "المعرف", "معرف"),
}  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """Field names that the caller gave; None where they are to be guessed."""

    text: str | None = None
    title: str | None = None
    date: str | None = None
    source: str | None = None
    url: str | None = None
    id: str | None = None
    speaker: str | None = None
    context: str | None = None

    def given(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value is not None}


class NoSuchColumn(ValueError):
    """A record lacks the field that is needed; the message says which, and what it has instead."""


def choose(present: Iterable[str], columns: Columns, unit: Unit) -> dict[str, str]:
    """Which present field plays which role, as {role: field name}.

    Raises:
        NoSuchColumn: if a field that the caller named, or any for the text, is absent.
    """
    have = list(present)
    folded = {name.strip().strip("\ufeff").casefold(): name for name in reversed(have)}
    given = columns.given()
    chosen: dict[str, str] = {}
    for role, names in (_NAMES if unit == "article" else _STATEMENT_NAMES).items():
        if role in given:
            if given[role] not in have and role == "text":
                raise NoSuchColumn(f"no field {given[role]!r}; it has {_list(have)}")
            if given[role] in have:
                chosen[role] = given[role]
            continue
        for name in names:
            if name in folded and folded[name] not in chosen.values() and folded[name] not in given.values():
                chosen[role] = folded[name]
                break
    if "text" not in chosen:
        raise NoSuchColumn(f"no field text; it has {_list(have)}; name it with --text-column")
    return chosen


def guesses(chosen: Mapping[str, str], columns: Columns) -> str:
    """What was guessed, to be said aloud: "text from 'content', date from 'published'"; "" if nothing was."""
    given = columns.given()
    told = [f"{role} from {name!r}" for role, name in chosen.items() if name != role and role not in given]
    return ", ".join(told)


def rename(record: Mapping[str, Any], chosen: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The record's values by role, and its other fields under their own names."""
    used = set(chosen.values())
    return {role: record[name] for role, name in chosen.items()}, {k: v for k, v in record.items() if k not in used}


def _list(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:8]) or "none"
    return f"{shown}, …" if len(names) > 8 else shown
