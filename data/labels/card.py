"""The data card of a labelled folder, made from its files: counts, agreement, wording, and plots of them.

What people decided (how labels are meant, what is known to be missing) is kept by hand in `decisions.md` beside the set
and goes into the card as it stands. After Gebru et al. 2021, «Datasheets for Datasets», arXiv 1803.09010.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from data.labels.agreement import Agreement
from data.labels.statistics import Statistics, Wording
from data.records import SENTIMENTS, STANCES

DECISIONS = "decisions.md"


def card_text(
    folder: Path,
    statistics: Sequence[Statistics],
    agreements: Mapping[str, Agreement],
    wordings: Mapping[str, Wording],
    standoff: Mapping[str, int],
    plots: Sequence[str] = (),
) -> str:
    """The card as Markdown.

    Args:
        folder: the labelled folder; its `decisions.md` is taken in.
        statistics: counts for each target.
        agreements: agreement of the two readings, by head.
        wordings: wording of our statements and of real ones, by name, to compare.
        standoff: stand-off labels by stance, or empty.
        plots: files of plots, relative to the folder.
    """
    total = sum(one.n for one in statistics)
    parts = [
        "# The labelled statements",
        "<!-- Made by `qawl labels stats data/labelled --card`; edit decisions.md and the JSONL files instead. -->",
        f"{total} statements toward {len(statistics)} targets, **written by hand by this project's authors** in the "
        "manner of Arabic news (`source: written`). They are synthetic: nobody said them, also where a real person is "
        "named, and they must never be cited as quotations. Apache-2.0, like the code.",
    ]
    for one in statistics:
        parts += [f"## {one.target}", _counts(one)]
    if agreements:
        parts += ["## Two readings", _agreements(agreements)]
    if standoff:
        listed = ", ".join(f"{label} {n}" for label, n in standoff.items())
        parts += [
            "## Real statements, kept stand-off",
            f"`standoff/`: {sum(standoff.values())} labels of statements in public archives ({listed}), without "
            "their text. `qawl labels export --archive PATH` joins them to an archive that you have.",
        ]
    if wordings:
        parts += ["## Wording beside real news", _wordings(wordings)]
    parts += [f"![{Path(name).stem}]({name})" for name in plots]
    decisions = folder / DECISIONS
    if decisions.is_file():
        parts.append(decisions.read_text(encoding="utf-8").strip())
    return "\n\n".join(parts) + "\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _counts(one: Statistics) -> str:
    intro = f"{one.n} statements in {one.families} families, {one.pairs} minimal pairs, {one.hard} marked hard."
    crossed = _table(
        ["stance", *SENTIMENTS, "all"],
        [
            [stance, *(row.get(s, 0) for s in SENTIMENTS), sum(row.values())]
            for stance in STANCES
            if (row := one.stance_by_sentiment.get(stance))
        ],
    )
    fields = [
        [name, len(values), ", ".join(f"{value} {n}" for value, n in list(values.items())[:24])]
        for name, values in one.by.items()
        if values and name not in ("stance", "sentiment")
    ]
    return "\n\n".join([intro, crossed, _table(["field", "values", "counts (24 most frequent)"], fields)])


def _agreements(agreements: Mapping[str, Agreement]) -> str:
    intro = "Each statement was labelled a second time by a reader who did not see the first labels."
    rows = [[name, one.n, f"{one.share:.3f}", f"{one.kappa:.3f}"] for name, one in agreements.items()]
    return f"{intro}\n\n{_table(['head', 'n', 'equal', 'Cohen’s kappa'], rows)}"


def _wordings(wordings: Mapping[str, Wording]) -> str:
    rows = [
        [
            name,
            one.statements,
            "/".join(map(str, one.length_quartiles)),
            one.longest,
            f"{one.vocabulary} in {one.words}",
            "، ".join(f"{cue} {share:.0%}" for cue, share in one.cues[:8]),
        ]
        for name, one in wordings.items()
    ]
    return _table(["statements", "n", "words: quartiles", "longest", "vocabulary", "most frequent cues"], rows)


def draw_plots(folder: Path, statistics: Statistics) -> list[str]:
    """Bar charts of the main counts as PNG files in `folder/plots`; needs matplotlib. Returns their names."""
    from matplotlib.figure import Figure

    (folder / "plots").mkdir(exist_ok=True)
    names = []
    for field in ("stance", "sentiment", "kind", "speaker_type", "country", "force", "length", "decade"):
        counts = dict(list(statistics.by.get(field, {}).items())[:20])
        if not counts:
            continue
        figure = Figure(figsize=(6, 0.6 + 0.28 * len(counts)), layout="constrained")
        axes = figure.subplots()
        axes.barh(list(counts)[::-1], list(counts.values())[::-1], color="#3b6ea5")
        axes.set_xlabel("statements")
        axes.set_title(field.replace("_", " "))
        axes.spines[["top", "right"]].set_visible(False)
        name = f"plots/{field}.png"
        figure.savefig(folder / name, dpi=110, metadata={"Software": None})
        names.append(name)
    return names
