"""How a statement becomes the encoder's input: the same ids in training and in serving.

    [CLS] target card [SEP] speaker : left context [open] statement [close] right context [SEP]

A pair input with the target card first makes a new target a matter of text (JLShen's grounding card at StanceEval-2026;
Mohammad et al. 2016 for target-aware stance). The statement is marked where it stands in its sentence, so that the cue
and its negation are read with it and nothing is read twice. Knows tokenizers, but no model.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field
from tokenizers import Tokenizer

from data.errors import QawlError
from data.normalisation import Recipe, normalise
from data.records import Record, StatementInput
from data.targets import Target

LEFT_CHARACTERS, RIGHT_CHARACTERS = 400, 200


class InputTemplate(Record):
    """Special tokens by name, and the token budget of each part; stored in the artifact's card."""

    cls: str
    sep: str
    pad: str
    open: str
    close: str
    normalisation: Recipe = "arabert-v02"
    target_tokens: int = Field(default=48, ge=1)
    speaker_tokens: int = Field(default=16, ge=0)
    left_tokens: int = Field(default=40, ge=0)
    statement_tokens: int = Field(default=128, ge=8)
    right_tokens: int = Field(default=16, ge=0)

    @property
    def most_tokens(self) -> int:
        """The longest input this template makes, special tokens included."""
        parts = self.target_tokens + self.speaker_tokens + self.left_tokens + self.statement_tokens
        return parts + self.right_tokens + 6


class Encoded(NamedTuple):
    """One input: token ids and token types (0 for the target card, 1 for the statement), of equal length."""

    ids: list[int]
    types: list[int]


def context_around(text: str, start: int, end: int) -> str:
    """The context of `text[start:end]`: its line, at most 400 characters before it and 200 after it."""
    left = max(text.rfind("\n", 0, start) + 1, start - LEFT_CHARACTERS)
    right = text.find("\n", end)
    return text[left : min(right if right >= 0 else len(text), end + RIGHT_CHARACTERS)]


def split_context(statement: StatementInput) -> tuple[str, str]:
    """What stands before and after the statement in its context; a context without it counts as before."""
    if not statement.context:
        return "", ""
    at = statement.context.find(statement.text)
    if at < 0:
        return statement.context, ""
    return statement.context[:at], statement.context[at + len(statement.text) :]


class InputEncoder:
    """Turns statements into token ids after a template.

    Args:
        tokenizer: the artifact's tokenizer; its own post-processing is not used.
        template: names of special tokens and budgets.

    Raises:
        QawlError: if the tokenizer lacks one of the template's special tokens.
    """

    def __init__(self, tokenizer: Tokenizer, template: InputTemplate) -> None:
        self.tokenizer, self.template = tokenizer, template
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self._cls, self._sep, self.pad, self._open, self._close = (
            self._special(name) for name in (template.cls, template.sep, template.pad, template.open, template.close)
        )

    def _special(self, token: str) -> int:
        number = self.tokenizer.token_to_id(token)
        if number is None:
            raise QawlError(f"the tokenizer has no token {token!r}", where="tokenizer.json")
        return int(number)

    def encode(self, target: Target, statements: Sequence[StatementInput]) -> list[Encoded]:
        """Encode statements toward one target, in order; no input is longer than `template.most_tokens`."""
        template = self.template
        texts = [target.text]
        for statement in statements:
            left, right = split_context(statement)
            speaker = f"{statement.speaker} :" if statement.speaker else ""
            # Cut long texts by characters first: no token is needed far beyond its budget.
            texts += [
                speaker[: template.speaker_tokens * 20],
                left[-LEFT_CHARACTERS:],
                _ends(statement.text, template.statement_tokens * 20),
                right[:RIGHT_CHARACTERS],
            ]
        normalised = [normalise(text, template.normalisation).text for text in texts]
        pieces = [
            list(encoding.ids) for encoding in self.tokenizer.encode_batch_fast(normalised, add_special_tokens=False)
        ]
        card = [self._cls, *pieces[0][: template.target_tokens], self._sep]
        encoded = []
        for i in range(1, len(pieces), 4):
            speaker_ids, left_ids, statement_ids, right_ids = pieces[i : i + 4]
            said = [
                *speaker_ids[: template.speaker_tokens],
                *left_ids[max(0, len(left_ids) - template.left_tokens) :],
                self._open,
                *_middle_out(statement_ids, template.statement_tokens),
                self._close,
                *right_ids[: template.right_tokens],
                self._sep,
            ]
            encoded.append(Encoded(card + said, [0] * len(card) + [1] * len(said)))
        return encoded


def _ends(text: str, most: int) -> str:
    return text if len(text) <= 2 * most else f"{text[:most]} {text[-most:]}"


def _middle_out(ids: list[int], most: int) -> list[int]:
    # The stance of a long statement mostly stands at its beginning or its end.
    if len(ids) <= most:
        return ids
    head = most * 2 // 3
    return ids[:head] + ids[len(ids) - (most - head) :]
