"""A tokenizer for tests: a word a token, unknown words share one id."""

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

SPECIAL = ["<pad>", "<unk>", "<s>", "</s>", "[قول]", "[/قول]"]


def word_tokenizer(words: list[str]) -> Tokenizer:
    """A tokenizer whose ids are positions in the special tokens followed by `words`."""
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(SPECIAL + words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    return tokenizer
