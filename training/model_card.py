"""The artifact's README.md: what it is, what it was trained on, how well it does beside baselines, and its limits."""

from typing import Any

from data.artifact import Card

_HEADS = ("stance", "sentiment")


def write_model_card(card: Card, pictures: list[str], notes: list[str]) -> str:
    """The model card as Markdown.

    Args:
        card: the artifact's card; every figure comes from it.
        pictures: names of the plots in `plots/`.
        notes: lines about sets that could not be measured, and the like.
    """
    heads = card.heads
    lines = [
        f"# {card.name}",
        "",
        "Reads a statement reported in Arabic news, with its speaker and context, and gives its stance toward a target "
        "(against, favor, neutral, unrelated) and its sentiment (positive, neutral, negative).",
        "",
        f"- Made {card.created} with Qawl {card.code_version or '(version unknown)'}, seed {card.seed}.",
        f"- Encoder: {card.encoder.name}; licence {card.encoder.licence}; source {card.encoder.source}.",
        f"- Graph: {card.graph.file}, {card.graph.precision}.",
        f"- Targets known by name: {', '.join(target.name for target in card.targets)}; others by card or text.",
        f"- Temperature {heads.stance.temperature:.3f} (stance), {heads.sentiment.temperature:.3f} (sentiment); "
        f"abstains under {heads.stance.threshold:.3f} and {heads.sentiment.threshold:.3f}.",
        "",
        "## Data",
        "",
        "| set | use | statements | licence | SHA-256 |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| {d.name} | {d.use} | {d.rows} | {d.licence} | `{d.sha256[:16]}…` |" for d in card.data]
    lines += ["", "## How well it does", ""]
    for name, summary in card.metrics.items():
        if isinstance(summary, dict) and "stance" in summary:
            lines += _scores(name, summary)
    lines += [f"- {note}" for note in notes]
    lines += ["", *[f"![{name}](plots/{name})" for name in pictures], ""] if pictures else [""]
    lines += [
        "## Limits",
        "",
        "- Labels are matters of reading: careful readers do not always agree, and the model has learnt one reading.",
        "- Validation statements come from the same hands as the training ones; real news is wider. Judge it "
        "by the scores on real statements, where the tables above have them.",
        "- Temperature and thresholds were fitted on validation, so its calibration there looks better than elsewhere.",
        "- Stance is the speaker's, read from the statement and its sentence; knowledge from outside is not used.",
        "- A target that it was not trained on is read from its card alone; expect it to be less sure and less right.",
        "- Do not use it to decide on persons. Where it abstains, a person should look.",
        "",
    ]
    return "\n".join(lines)


def _scores(name: str, summary: dict[str, Any]) -> list[str]:
    lines = [
        f"### {name} ({summary['statements']} statements)",
        "",
        "| head | model | macro-F1 | 95 % interval | accuracy | ECE | error at 80 % coverage | n |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for head in _HEADS:
        named = {"this artifact": summary.get(head, {})}
        named |= {baseline: heads.get(head, {}) for baseline, heads in summary.get("baselines", {}).items()}
        for model, scores in named.items():
            if scores.get("n"):
                f1, risk = scores["macro_f1"], scores["error_at_80_coverage"]
                lines.append(
                    f"| {head} | {model} | {f1['value']:.3f} | {f1['low']:.3f} – {f1['high']:.3f} | "
                    f"{scores['accuracy']:.3f} | {scores['ece']:.3f} | {risk:.3f} | {scores['n']} |"
                )
    lines += ["", "| head | class | F1 | n |", "|---|---|---|---|"]
    for head in _HEADS:
        for label, scores in summary.get(head, {}).get("classes", {}).items():
            lines.append(f"| {head} | {label} | {scores['f1']:.3f} | {scores['n']} |")
    return [*lines, ""]
