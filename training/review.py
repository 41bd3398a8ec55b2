"""What `qawl labels check` says of a set beyond its form: probable label errors, what a bag of words reads of pairs."""

from collections.abc import Iterator, Sequence

from data.errors import QawlError
from data.records import DEFAULT_TARGET, LabelledStatement
from training.label_errors import HEADS, probable_label_errors
from training.pairs import bag_of_words_on_pairs

LISTED = 15


def review(rows: Sequence[LabelledStatement], target: str = DEFAULT_TARGET) -> Iterator[str]:
    """Lines to print about the statements labelled toward `target`; a check that has too little to go on says so."""
    rows = [row for row in rows if row.target == target]
    for head in HEADS:
        try:
            found = probable_label_errors(rows, head)
        except QawlError as error:
            yield f"{target}, {head}: {error}"
            continue
        yield f"{target}, {head}: {len(found)} of {len(rows)} labels are worth a second look; the first {LISTED}:"
        for doubt in found[:LISTED]:
            row = rows[doubt.row]
            likely = f"{doubt.given}, perhaps {doubt.expected} ({doubt.probability_of_given:.2f})"
            yield f"  {row.id}: {likely}: {row.text[:90]}"
    try:
        pairs = bag_of_words_on_pairs(rows)
    except QawlError as error:
        yield f"{target}, minimal pairs: {error}"
    else:
        yield (
            f"{target}, minimal pairs: a bag of words trained on the rest reads {pairs.accuracy:.3f} "
            f"[{pairs.low:.3f}, {pairs.high:.3f}] of {pairs.statements} stances in {pairs.pairs} pairs"
        )
