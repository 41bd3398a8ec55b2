"""The columns of the Parquet files, each with what it holds; the same text is written to `schema.json`."""

from typing import Any

import pyarrow as pa

from data.records import SENTIMENTS, STANCES

_TEXT, _INT, _REAL, _FLAG, _DAY = pa.string(), pa.int32(), pa.float32(), pa.bool_(), pa.date32()
_LONG, _BYTES = pa.int64(), pa.binary()
_SKETCH = "64 minima of 16 bits (MinHash of word pairs), for finding near-copies; null where the text is short"

ARTICLES: tuple[tuple[str, pa.DataType, str], ...] = (
    ("record", _LONG, "its number in the archive, from 0; unique"),
    ("article_key", _TEXT, "hash of the record as it came; joins with statements"),
    ("article_id", _TEXT, "the article's id; its place where it had none"),
    ("place", _TEXT, "file and line, or member of a container"),
    ("title", _TEXT, "as given"),
    ("date", _TEXT, "as given"),
    ("day", _DAY, "the date, where it could be read"),
    ("source", _TEXT, "outlet, as given"),
    ("url", _TEXT, "as given"),
    ("text", _TEXT, "as read: what a statement's start and end point into"),
    ("characters", _INT, "code points of the text"),
    ("text_key", _TEXT, "hash of the normalised text: equal for exact copies under another id or outlet"),
    ("copy_key", _TEXT, "hash of title and text as given, white space aside: what `repeated` goes by"),
    ("statements", _INT, "how many were found; 0 where repeated"),
    ("repeated", _FLAG, "the same title and text came earlier in the archive; its statements are not written again"),
    ("sketch", _BYTES, _SKETCH),
)

STATEMENTS: tuple[tuple[str, pa.DataType, str], ...] = (
    ("row_id", _TEXT, "hash of article_key, field, start and end; unique"),
    ("article_key", _TEXT, "joins with articles"),
    ("article_id", _TEXT, "the article's id"),
    ("day", _DAY, "the article's date, where it could be read"),
    ("source", _TEXT, "outlet"),
    ("url", _TEXT, "the article's address"),
    ("title", _TEXT, "the article's title"),
    ("field", _TEXT, "text or title: what start and end point into"),
    ("start", _INT, "first code point"),
    ("end", _INT, "code point after the last"),
    ("text", _TEXT, "the statement, exactly as it stands there"),
    ("kind", _TEXT, "direct, indirect or mixed"),
    ("cue", _TEXT, "the reporting word"),
    ("cue_start", _INT, "its first code point"),
    ("cue_end", _INT, "the code point after its last"),
    ("speaker", _TEXT, "the speaker's name, null if unknown"),
    ("speaker_type", _TEXT, "person, organisation, country or unnamed"),
    ("speaker_role", _TEXT, "office, where it was found"),
    ("speaker_affiliation", _TEXT, "country or body, where it was found"),
    ("mention", _TEXT, "how the speaker is named at this statement"),
    ("mention_start", _INT, "its first code point"),
    ("mention_end", _INT, "the code point after its last"),
    ("asserted", _FLAG, "false where the reporting is negated or hypothetical"),
    ("target", _TEXT, "what the stance is toward"),
    ("stance", _TEXT, "against, favor, neutral or unrelated"),
    ("stance_confidence", _REAL, "calibrated"),
    ("stance_abstained", _FLAG, "confidence under the artifact's threshold"),
    *((f"stance_{name}", _REAL, f"probability of {name}") for name in STANCES),
    ("sentiment", _TEXT, "positive, neutral or negative"),
    ("sentiment_confidence", _REAL, "calibrated"),
    ("sentiment_abstained", _FLAG, "confidence under the artifact's threshold"),
    *((f"sentiment_{name}", _REAL, f"probability of {name}") for name in SENTIMENTS),
    ("context", _TEXT, "the line around the statement, at most 400 code points before and 200 after"),
    ("statement_key", _TEXT, "hash of the normalised statement: equal for copies of it"),
    ("sketch", _BYTES, _SKETCH),
)

_CLUSTER: tuple[tuple[str, pa.DataType, str], ...] = (
    ("cluster", _TEXT, "the key of its first member in the archive"),
    ("exact", _FLAG, "equal to the first member but for white space and marks; else nearly equal to a member"),
)
ARTICLE_CLUSTERS = (("record", _LONG, "joins with articles"), ("article_key", _TEXT, "the article"), *_CLUSTER)
STATEMENT_CLUSTERS = (("row_id", _TEXT, "joins with statements"), *_CLUSTER)


def arrow_schema(columns: tuple[tuple[str, pa.DataType, str], ...]) -> pa.Schema:
    """The Arrow schema, with each column's meaning in its metadata."""
    return pa.schema([pa.field(name, kind, metadata={"about": about}) for name, kind, about in columns])


ARTICLES_SCHEMA = arrow_schema(ARTICLES)
STATEMENTS_SCHEMA = arrow_schema(STATEMENTS)


def described() -> dict[str, Any]:
    """The schema as `schema.json` has it."""
    tables = {
        "articles": ARTICLES,
        "statements": STATEMENTS,
        "clusters/articles": ARTICLE_CLUSTERS,
        "clusters/statements": STATEMENT_CLUSTERS,
    }
    described = {
        name: {column: {"type": str(kind), "about": about} for column, kind, about in columns}
        for name, columns in tables.items()
    }
    described["statements"]["month"] = {"type": "string", "about": "YYYY-MM or unknown; the name of the folder"}
    return described
