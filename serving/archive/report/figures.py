"""The numbers of a report, out of a run's views. Knows nothing of how they are shown.

Counted are statements toward the target: those labelled unrelated appear in the totals only. Abstained ones count by
their likeliest label and are also listed for review.
"""

import itertools
from dataclasses import dataclass, field
from typing import Any

import duckdb

from serving.archive.answers import rows_of
from serving.archive.report.change import FEWEST, Change, changes, surviving

STANCE_ORDER = ("against", "neutral", "favor")
_MOST_SPEAKERS, _MOST_OUTLETS, _MOST_QUOTED, _MOST_REVIEWED = 40, 40, 15, 150


@dataclass(frozen=True)
class Group:
    """A speaker, an outlet, a kind or a period with its counts by stance."""

    name: str
    about: str
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Shift:
    """A change of position: who, from when, and the statements nearest to it on each side."""

    name: str
    role: str  # speaker or outlet
    day: str
    change: Change
    articles: int
    before: list[str]
    after: list[str]


@dataclass
class Figures:
    """Everything that the page shows, statements included."""

    target: dict[str, Any]
    model: dict[str, Any]
    totals: dict[str, Any]
    grain: str
    periods: list[Group]
    speakers: list[Group]
    outlets: list[Group]
    kinds: list[Group]
    shifts: list[Shift]
    quoted: list[dict[str, Any]]
    reviewed: list[str]
    related: int
    statements: list[dict[str, Any]] = field(default_factory=list)


def collect(connection: duckdb.DuckDBPyConnection, run: dict[str, Any], most: int) -> Figures:
    """Ask everything of a run.

    Args:
        run: what decides its rows.
        most: statements to fetch with their text.
    """
    grain = _grain(connection)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE related AS SELECT row_id, article_key, day, source, speaker, "
        "speaker_type, kind, stance, "
        "stance_confidence AS confidence, stance_abstained AS abstained, stance_favor - stance_against AS lean, "
        f"cluster, strftime(date_trunc('{grain}', day), '%Y-%m-%d') AS period "
        "FROM statements WHERE stance <> 'unrelated'"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE unrelated AS SELECT row_id, stance_confidence AS confidence, "
        f"strftime(date_trunc('{grain}', day), '%Y-%m-%d') AS period FROM statements WHERE stance = 'unrelated'"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE carried AS SELECT row_id, cluster, coalesce(outlet, '') AS outlet, count(*) AS n "
        "FROM appearances GROUP BY ALL"
    )
    related = _one(connection, "SELECT count(*) FROM related")
    periods = _groups(connection, "period", "''", "related WHERE period IS NOT NULL", "name", 10_000)
    shifts = _shifts(connection)
    quoted = _quoted(connection)
    reviewed = [
        row["row_id"]
        for row in rows_of(
            connection,
            f"SELECT row_id FROM related WHERE abstained ORDER BY confidence, row_id LIMIT {_MOST_REVIEWED}",
        )
    ]
    figures = Figures(
        target=run["target"],
        model=run["model"],
        totals=_totals(connection),
        grain=grain,
        periods=periods,
        speakers=_groups(
            connection,
            "speaker",
            "coalesce(any_value(speaker_type ORDER BY row_id), '')",
            "related WHERE speaker IS NOT NULL AND speaker_type <> 'unnamed'",
            "n DESC, name",
            _MOST_SPEAKERS,
        ),
        outlets=_groups(
            connection,
            "outlet",
            "''",
            "(SELECT c.outlet, r.stance, c.n AS weight FROM carried c JOIN related r USING (row_id) "
            "WHERE c.outlet <> '')",
            "n DESC, name",
            _MOST_OUTLETS,
            weight="weight",
        ),
        kinds=_groups(connection, "kind", "''", "related", "n DESC, name", 10),
        shifts=shifts,
        quoted=quoted,
        reviewed=reviewed,
        related=related,
    )
    needed = {one for shift in shifts for one in (*shift.before, *shift.after)} | set(reviewed)
    figures.statements = _statements(connection, needed, {row["cluster"] for row in quoted}, most)
    return figures


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row[0]


def _grain(connection: duckdb.DuckDBPyConnection) -> str:
    # The outer twentieths are left out: one wrong date would stretch the axis over a century.
    row = connection.execute(
        "SELECT date_diff('day', quantile_disc(day, 0.05), quantile_disc(day, 0.95)) FROM statements "
        "WHERE stance <> 'unrelated' AND day IS NOT NULL"
    ).fetchone()
    days = (row and row[0]) or 0
    return "year" if days > 8 * 365 else "quarter" if days > 4 * 365 else "month" if days > 60 else "week"


def _totals(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    row = next(
        rows_of(
            connection,
            "SELECT (SELECT count(*) FROM articles) AS articles, "
            "(SELECT count(*) FROM articles WHERE repeated) AS repeated, count(*) AS statements, "
            "count(*) FILTER (stance = 'against') AS against, count(*) FILTER (stance = 'favor') AS favor, "
            "count(*) FILTER (stance = 'neutral') AS neutral, count(*) FILTER (stance = 'unrelated') AS unrelated, "
            "count(*) FILTER (stance_abstained AND stance <> 'unrelated') AS abstained, "
            "count(*) FILTER (stance <> 'unrelated' AND day IS NULL) AS undated, "
            "count(*) FILTER (stance <> 'unrelated' AND speaker IS NULL) AS unknown, "
            "min(day) FILTER (stance <> 'unrelated') AS first_day, max(day) FILTER (stance <> 'unrelated') AS last_day "
            "FROM statements",
        )
    )
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}


def _groups(
    connection: duckdb.DuckDBPyConnection,
    column: str,
    about: str,
    rows: str,
    order: str,
    most: int,
    weight: str = "1",
) -> list[Group]:
    counted = ", ".join(f"sum({weight}) FILTER (stance = '{stance}') AS {stance}" for stance in STANCE_ORDER)
    sql = (
        f"SELECT {column} AS name, {about} AS about, sum({weight}) AS n, {counted} "
        f"FROM {rows} GROUP BY {column} ORDER BY {order} LIMIT {most}"
    )
    return [
        Group(row["name"], row["about"], {stance: int(row[stance] or 0) for stance in STANCE_ORDER})
        for row in rows_of(connection, sql)
    ]


def _shifts(connection: duckdb.DuckDBPyConnection) -> list[Shift]:
    """Changes of speakers and outlets, over articles: what one article quotes of a speaker is one position.

    Copies of a statement count once, where it first stood.
    """
    found: list[Shift] = []
    tried: list[float] = []
    for role, column in (("speaker", "speaker"), ("outlet", "source")):
        named = "AND speaker_type <> 'unnamed'" if role == "speaker" else ""
        names = rows_of(
            connection,
            f"SELECT {column} AS name FROM related WHERE {column} IS NOT NULL AND day IS NOT NULL {named} "
            f"GROUP BY 1 HAVING count(DISTINCT article_key) >= {2 * FEWEST} ORDER BY count(*) DESC, 1 LIMIT 200",
        )
        for name in [row["name"] for row in names]:
            rows = rows_of(
                connection,
                "SELECT row_id, day, lean, article_key FROM related "
                f"WHERE {column} = ? AND day IS NOT NULL {named} "
                "QUALIFY row_number() OVER (PARTITION BY cluster ORDER BY day, row_id) = 1 "
                "ORDER BY day, article_key, row_id",
                [name],
            )
            series = [list(group) for _, group in itertools.groupby(rows, key=lambda row: row["article_key"])]
            changed = changes([sum(row["lean"] for row in group) / len(group) for group in series])
            found.extend(_shift(name, role, series, change) for change in changed)
            # A series without a change was a test too.
            tried.extend([change.p for change in changed] or [1.0])
    limit = surviving(tried)
    kept = [shift for shift in found if shift.change.p <= limit]
    return sorted(kept, key=lambda shift: (shift.change.p, -abs(shift.change.after - shift.change.before), shift.name))


def _shift(name: str, role: str, series: list[list[dict[str, Any]]], change: Change) -> Shift:
    def strongest(articles: list[list[dict[str, Any]]], sign: float) -> list[str]:
        rows = [row for group in articles for row in group]
        ordered = sorted(rows, key=lambda row: (-sign * row["lean"], row["row_id"]))[:3]
        return [row["row_id"] for row in sorted(ordered, key=lambda row: (row["day"], row["row_id"]))]

    rising = 1.0 if change.after > change.before else -1.0
    return Shift(
        name=name,
        role=role,
        day=series[change.at][0]["day"].isoformat(),
        change=change,
        articles=len(series),
        before=strongest(series[: change.at], -rising),
        after=strongest(series[change.at :], rising),
    )


def _quoted(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    return list(
        rows_of(
            connection,
            "SELECT c.cluster, sum(c.n)::INTEGER AS copies, count(DISTINCT c.row_id) AS rows, "
            "count(DISTINCT c.outlet) FILTER (c.outlet <> '') AS outlets, "
            "arg_min(c.row_id, (coalesce(r.day, DATE '9999-01-01'), c.row_id)) AS first "
            "FROM carried c JOIN related r USING (row_id) GROUP BY c.cluster HAVING sum(c.n) > 1 "
            f"ORDER BY outlets DESC, copies DESC, c.cluster LIMIT {_MOST_QUOTED}",
        )
    )


def _statements(
    connection: duckdb.DuckDBPyConnection, needed: set[str], clusters: set[str], most: int
) -> list[dict[str, Any]]:
    """Statements with their texts: what the page points at by name first, then the surest, up to `most`; a tenth of
    them and what room is left go to those without relation to the target."""
    related, others = (
        _one(connection, "SELECT count(*) FROM related"),
        _one(connection, "SELECT count(*) FROM unrelated"),
    )
    kept = min(others, max(most // 10, most - related))
    connection.execute("CREATE OR REPLACE TEMP TABLE named (row_id VARCHAR)")
    connection.execute("CREATE OR REPLACE TEMP TABLE named_clusters (cluster VARCHAR)")
    if needed:
        connection.executemany("INSERT INTO named VALUES (?)", [[one] for one in sorted(needed)])
    if clusters:
        connection.executemany("INSERT INTO named_clusters VALUES (?)", [[one] for one in sorted(clusters)])
    rows = rows_of(
        connection,
        "WITH chosen AS (SELECT row_id, period FROM related ORDER BY "
        "row_id IN (SELECT row_id FROM named) DESC, cluster IN (SELECT cluster FROM named_clusters) DESC, "
        f"confidence DESC, row_id LIMIT {most - kept}), "
        f"others AS (SELECT row_id, period FROM unrelated ORDER BY confidence DESC, row_id LIMIT {kept}), "
        "outlets AS (SELECT row_id, list([outlet, n::VARCHAR] ORDER BY n DESC, outlet) AS outlets "
        "FROM carried GROUP BY row_id) "
        "SELECT s.row_id AS id, s.day::VARCHAR AS day, c.period, s.source AS outlet, s.url, s.title, s.article_id, "
        "s.speaker, s.speaker_type AS type, s.speaker_role AS role, s.kind, s.text, s.context, s.field, s.stance, "
        "round(s.stance_confidence, 3)::DOUBLE AS confidence, s.stance_abstained AS abstained, s.sentiment, s.cluster, "
        "o.outlets FROM (FROM chosen UNION ALL FROM others) c JOIN statements s USING (row_id) "
        "LEFT JOIN outlets o USING (row_id) "
        "ORDER BY s.day NULLS LAST, s.row_id",
    )
    return list(rows)
