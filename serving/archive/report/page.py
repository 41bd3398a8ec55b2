"""The report's page: figures and drawings put into `page.html`, with the statements as data for `script.js`.

Every number is a link whose fragment is a filter (`#stance=against&speaker=…`); the script shows the statements that
fit it, each in its sentence and at an address of its own (`#id=…`).
"""

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

import duckdb

from serving.archive.report import charts
from serving.archive.report.figures import STANCE_ORDER, Figures, Group, Shift, collect

STANCES = {"against": "معارض", "neutral": "محايد", "favor": "مؤيد", "unrelated": "لا صلة"}
KINDS = {"direct": "مباشر", "indirect": "غير مباشر", "mixed": "مختلط"}
TYPES = {"person": "شخص", "organisation": "جهة", "country": "دولة", "unnamed": "غير مسمى"}
MONTHS = (
    "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
)  # fmt: skip
# More days than this between two periods: one or more have no statement.
_DAYS = {"year": 366, "quarter": 92, "month": 31, "week": 7}
GRAINS = {"year": "سنة", "quarter": "ربع سنة", "month": "شهر", "week": "أسبوع"}


def report_of(connection: duckdb.DuckDBPyConnection, run: dict[str, Any], most: int) -> tuple[str, int, int]:
    """The report of a run.

    Args:
        connection: with the run's views.
        run: what decides its rows.
        most: statements that the file holds at most; the numbers are of all.

    Returns:
        the HTML file, how many statements toward the target it holds, and how many there are.
    """
    figures = collect(connection, run, most)
    return page(figures), _held(figures), figures.related


def _held(figures: Figures) -> int:
    return sum(one["stance"] != "unrelated" for one in figures.statements)


def page(figures: Figures) -> str:
    """The whole HTML file."""
    here = files("serving.archive.report")
    held = _held(figures)
    note = (
        f"الأرقام محسوبة من جميع الأقوال ذات الصلة ({figures.related:,})، ويحمل هذا الملف نصوص {held:,} منها."
        if held < figures.related
        else ""
    )
    parts = {
        "STYLE": here.joinpath("style.css").read_text("utf-8"),
        "SCRIPT": here.joinpath("script.js").read_text("utf-8"),
        "TARGET": _escape(figures.target.get("title") or figures.target["name"]),
        "SPAN": _span(figures.totals),
        "MODEL": _escape(f"{figures.model['name']} · {figures.model['version']}"),
        "TILES": _tiles(figures),
        "TIME": _time(figures),
        "SHIFTS": "".join(_shift(shift) for shift in figures.shifts)
        or '<p class="empty">لم يظهر تحوّل يتجاوز ما تأتي به المصادفة.</p>',
        "SPEAKERS": _table(figures.speakers, "speaker", "المتحدث", lambda one: TYPES.get(one.about, "")),
        "OUTLETS": _table(figures.outlets, "outlet", "الوسيلة"),
        "KINDS": _table(figures.kinds, "kind", "نوع القول", names=KINDS),
        "QUOTED": _quoted(figures),
        "REVIEW": _review(figures),
        "NOTE": note,
        "DATA": _data(figures),
    }
    text = here.joinpath("page.html").read_text("utf-8")
    before, *pieces = text.split("{{")
    return before + "".join(parts[name] + rest for name, _, rest in (piece.partition("}}") for piece in pieces))


def _escape(text: object) -> str:
    return html.escape(str(text))


def link(chosen: dict[str, str]) -> str:
    """The address of the statements that a filter keeps."""
    return html.escape("#" + urlencode(chosen, quote_via=quote))


def _number(count: int, chosen: dict[str, str], kind: str = "") -> str:
    if not count:
        return '<span class="none">0</span>'
    return f'<a class="number {kind}" href="{link(chosen)}" data-count="{count}">{count:,}</a>'


def _span(totals: dict[str, Any]) -> str:
    first, last = totals["first_day"], totals["last_day"]
    return f'<span class="dates"><bdi>{first}</bdi> — <bdi>{last}</bdi></span>' if first else "بلا تواريخ"


def _tiles(figures: Figures) -> str:
    totals = figures.totals
    copied = _number(totals["repeated"], {"copied": "1"}) if totals["repeated"] else "0"
    unrelated = _number(totals["unrelated"], {"stance": "unrelated"}) if totals["unrelated"] else "0"
    out = [
        f'<div class="tile"><b><a href="{link({"all": "1"})}">{totals["articles"]:,}</a></b>'
        f"<span>المقالات</span><small>منها منسوخة: {copied}</small></div>",
        f'<div class="tile"><b>{_number(totals["statements"], {"all": "1"})}</b>'
        f"<span>الأقوال كلها</span><small>لا صلة لها بالموضوع: {unrelated}</small></div>",
    ]
    for stance in STANCE_ORDER:
        share = totals[stance] / figures.related if figures.related else 0
        out.append(
            f'<a class="tile {stance}" href="{link({"stance": stance})}" data-count="{totals[stance]}">'
            f"<b>{totals[stance]:,}</b><span>{STANCES[stance]}</span><small>{share:.0%} من ذات الصلة</small></a>"
        )
    out.append(
        f'<a class="tile" href="{link({"abstained": "1"})}" data-count="{totals["abstained"]}">'
        f"<b>{totals['abstained']:,}</b><span>تحتاج إلى مراجعة</span><small>لم يطمئن إليها النموذج</small></a>"
    )
    return "".join(out)


def _label(period: str, grain: str) -> str:
    year, month, day = period.split("-")
    if grain == "year":
        return year
    if grain == "quarter":
        return f"{MONTHS[int(month) - 1]} {year}"
    return f"{MONTHS[int(month) - 1]} {year}" if grain == "month" else f"{int(day)} {MONTHS[int(month) - 1]} {year}"


def _time(figures: Figures) -> str:
    if not figures.periods:
        return '<p class="empty">لا تاريخ لأي قول ذي صلة.</p>'
    labels = [_label(one.name, figures.grain) for one in figures.periods]
    drawing = charts.over_time(figures.periods, labels, link, STANCES, _DAYS[figures.grain])
    undated = figures.totals["undated"]
    number = _number(undated, {"undated": "1"})
    told = f" ولا تاريخ لمقالات {number} قولًا، وليست في الرسم." if undated else ""
    return (
        f'{drawing}<p class="caption">كل نقطة {GRAINS[figures.grain]}: نصيب المعارض والمؤيد من الأقوال ذات الصلة، '
        f"والشريط فاصل ثقة 95٪ (ويلسون) لعدد الأقوال، ولا يشمل خطأ النموذج؛ والأعمدة عدد الأقوال. "
        f"الزمن من اليمين إلى اليسار، والفترات الخالية محذوفة.{told}</p>"
    )


def _bar(group: Group) -> str:
    return '<span class="stack">' + "".join(
        f'<i class="{stance}" style="flex-grow:{group.counts[stance]}"></i>'
        for stance in STANCE_ORDER
        if group.counts[stance]
    ) + "</span>"  # fmt: skip


def _table(groups: Sequence[Group], key: str, heading: str, about: Any = None, names: Any = None) -> str:
    if not groups:
        return '<p class="empty">لا شيء.</p>'
    rows = []
    for one in groups:
        shown = _escape((names or {}).get(one.name, one.name))
        kind = f" <small>{_escape(about(one))}</small>" if about else ""
        cells = "".join(
            f"<td>{_number(one.counts[stance], {key: one.name, 'stance': stance}, stance)}</td>"
            for stance in STANCE_ORDER
        )
        rows.append(
            f'<tr><th scope="row"><bdi>{shown}</bdi>{kind}</th><td>{_number(one.total, {key: one.name})}</td>{cells}'
            f"<td>{_bar(one)}</td><td>{charts.lean(one)}</td></tr>"
        )
    heads = "".join(f'<th scope="col">{STANCES[stance]}</th>' for stance in STANCE_ORDER)
    return (
        f'<div class="scroll"><table><thead><tr><th scope="col">{heading}</th><th scope="col">الأقوال</th>{heads}'
        '<th scope="col">التوزيع</th><th scope="col">بين مؤيد ومعارض</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _side(mean: float) -> str:
    return "against" if mean < -0.15 else "favor" if mean > 0.15 else "neutral"


def _shift(shift: Shift) -> str:
    change = shift.change
    after = shift.articles - change.at
    chosen = {shift.role if shift.role == "speaker" else "own": shift.name}

    def column(title: str, mean: float, count: int, ids: list[str], side: str) -> str:
        items = "".join(f'<li data-id="{_escape(one)}"></li>' for one in ids)
        return (
            f'<div><h4>{title}: <span class="tag {_side(mean)}"><bdi dir="ltr">{mean:+.2f}</bdi></span> '
            f'<small>المقالات: <a href="{link({**chosen, side: shift.day})}">{count}</a></small></h4>'
            f'<ul class="evidence">{items}</ul></div>'
        )

    return (
        f'<article class="shift"><h3><a href="{link(chosen)}"><bdi>{_escape(shift.name)}</bdi></a> '
        f"<small>منذ <bdi>{shift.day}</bdi> · p = {change.p:.3f} (تبديل عشوائي)</small></h3>"
        f'<div class="sides">{column("قبل", change.before, change.at, shift.before, "until")}'
        f"{column('بعد', change.after, after, shift.after, 'from')}</div></article>"
    )


def _quoted(figures: Figures) -> str:
    if not figures.quoted:
        return '<p class="empty">لم يتكرر قول.</p>'
    items = []
    for row in figures.quoted:
        outlets = f" · الوسائل: {row['outlets']}" if row["outlets"] else ""
        number = _number(row["copies"], {"cluster": row["cluster"]})
        items.append(
            f'<li><span class="copies">{number}<small>نسخة{outlets}</small></span>'
            f'<div data-id="{_escape(row["first"])}"></div></li>'
        )
    return f'<ol class="quoted">{"".join(items)}</ol>'


def _review(figures: Figures) -> str:
    if not figures.reviewed:
        return '<p class="empty">لا شيء.</p>'
    told = (
        f"<p>أقلها ثقة أولًا؛ المعروض {len(figures.reviewed):,} من "
        f"{_number(figures.totals['abstained'], {'abstained': '1'})}.</p>"
        if len(figures.reviewed) < figures.totals["abstained"]
        else "<p>أقلها ثقة أولًا.</p>"
    )
    items = "".join(f'<li data-id="{_escape(one)}"></li>' for one in figures.reviewed)
    return f'{told}<ul class="review">{items}</ul>'


def _data(figures: Figures) -> str:
    counts = {
        "statements": figures.statements,
        "stances": STANCES,
        "kinds": KINDS,
        "types": TYPES,
        "periods": {one.name: _label(one.name, figures.grain) for one in figures.periods},
    }
    # Within a script element only `<` can do harm.
    return json.dumps(counts, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
