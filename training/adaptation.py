"""Continued masked-language training of an encoder on archives, before it learns any label.

Repairs what 4 bits and retrieval training took from the embedded encoder, in the words of the news it is to read
(Gururangan et al. 2020, arXiv 2004.10964; mask rate after Wettig et al. 2023, arXiv 2202.08005). Articles that share a
run of words with an evaluation text are left out. Knows texts, encoder and masks; nothing of labels.
"""

import re
import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertForMaskedLM, BertModel

from data.errors import QawlError
from data.normalisation import normalise
from data.readers import Failure, find_sources, read_articles
from training.config import AdaptationConfig, located
from training.encoders import Encoder
from training.progress import note

WINDOW = 128  # tokens of one row, special ones included
LEAST = 32  # a shorter rest of an article is left out
SHINGLE = 8  # words in common that make an article the same as an evaluation text
# Articles that speak of armies: the rest of an archive teaches less of the words that matter here.
TOPIC = re.compile("قوات|جنود|عسكري|الجيش|جيش|انسحاب|احتلال|التحالف|قاعدة|الناتو|الأطلسي|غارات|الحوثي")
MASK_TOKENS = ("<mask>", "[MASK]")


def windows(encoder: Encoder, texts: Sequence[str]) -> list[list[int]]:
    """Texts cut into rows of `LEAST` to `WINDOW` token ids, special tokens included."""
    tokenizer, template = encoder.tokenizer, encoder.template
    first, last = _special(tokenizer, template.cls), _special(tokenizer, template.sep)
    room = WINDOW - 2
    rows = []
    plain = [normalise(text, template.normalisation).text for text in texts]
    for encoding in tokenizer.encode_batch_fast(plain, add_special_tokens=False):
        ids = list(encoding.ids)
        rows += [[first, *ids[at : at + room], last] for at in range(0, len(ids), room)]
    return [row for row in rows if len(row) >= LEAST]


def _special(tokenizer: Tokenizer, token: str) -> int:
    number = tokenizer.token_to_id(token)
    if number is None:
        raise QawlError(f"the tokenizer has no token {token!r}", where="adaptation")
    return int(number)


def masked(
    ids: Tensor, attention: Tensor, special: Tensor, mask: int, words: int, share: float, chance: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Hide a share of the tokens: of ten, eight become the mask, one another word, one stays (Devlin et al. 2019).

    Args:
        ids, attention: [rows, tokens].
        special: ids that are never hidden.
        mask: the mask's id. words: size of the vocabulary.

    Returns:
        the ids as the encoder sees them, and a boolean [rows, tokens] of the positions to be guessed.
    """
    allowed = attention.bool() & ~torch.isin(ids, special)
    chosen = (torch.rand(ids.shape, generator=chance) < share) & allowed
    dice = torch.rand(ids.shape, generator=chance)
    seen = torch.where(chosen & (dice < 0.8), torch.full_like(ids, mask), ids)
    others = torch.randint(0, words, ids.shape, generator=chance)
    seen = torch.where(chosen & (dice >= 0.8) & (dice < 0.9), others, seen)
    return seen, chosen


def read_texts(config: AdaptationConfig, held_out: Sequence[str]) -> tuple[list[str], list[str]]:
    """Texts of the archives' articles that speak of armies and share no run of words with a held-out text.

    Returns:
        the texts, and notes on archives that are absent.
    """
    present = [path for path in config.archives if located(path).exists()]
    notes = [f"{path} is absent: the encoder is not adapted to it" for path in config.archives if path not in present]
    if not present:
        return [], notes
    known = {run for text in held_out for run in _runs(text)}
    sources = find_sources([str(located(path)) for path in present])
    articles = (one for one in read_articles(sources) if not isinstance(one, Failure))
    return [
        one.text
        for one in articles
        if len(TOPIC.findall(one.text)) >= 2 and not any(run in known for run in _runs(one.text))
    ], notes


def _runs(text: str) -> Iterator[str]:
    words = re.findall(r"\w+", text)
    return (" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))


def adapt(encoder: Encoder, texts: Sequence[str], config: AdaptationConfig, seed: int) -> float:
    """Train an encoder, in place, to guess hidden words.

    Args:
        encoder: a BERT.
        texts: running text, read once at most.
        config: how long and how.
        seed: of the order of rows and of what is hidden.

    Returns:
        the loss over the last tenth of the steps, in nats a hidden token.

    Raises:
        QawlError: if the encoder is no BERT, its tokenizer has no mask token, or the texts are too few.
    """
    tokenizer, template = encoder.tokenizer, encoder.template
    bert = encoder.model
    if not isinstance(bert, BertModel):
        raise QawlError(f"a {type(bert).__name__}, where only BERT can be adapted", where="adaptation")
    mask = _special(
        tokenizer, next((name for name in MASK_TOKENS if tokenizer.token_to_id(name) is not None), "<mask>")
    )
    rows = windows(encoder, texts)
    steps = min(config.tokens // (config.rows * WINDOW), len(rows) // config.rows)
    if not steps:
        raise QawlError("too few texts or tokens for a single step", where="adaptation")
    order = np.random.default_rng(seed).permutation(len(rows))
    chance = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # of the new head's weights
    size = int(bert.config.vocab_size)
    model = BertForMaskedLM(bert.config)
    model.bert = bert
    model.cls.predictions.decoder.weight = bert.embeddings.word_embeddings.weight
    pad = _special(tokenizer, template.pad)
    names = (template.cls, template.sep, template.pad, template.open, template.close)
    special = torch.tensor([_special(tokenizer, name) for name in names])
    optimiser = torch.optim.AdamW(
        [
            {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.01},
            {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
        ],
        lr=config.rate,
        betas=(0.9, 0.98),
        fused=True,
    )
    warm = max(1, steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, (steps - step) / max(1, steps - warm))
    )
    note(f"adapting the encoder to {len(texts)} texts: {steps} steps of {config.rows} rows")
    model.train()
    # One pass over an archive cannot be learnt by heart: dropout would only slow it.
    kept = {module: module.p for module in model.modules() if isinstance(module, nn.Dropout)}
    for module in kept:
        module.p = 0.0
    losses: list[float] = []
    began, read = time.monotonic(), 0
    for step in range(steps):
        chosen_rows = [rows[i] for i in order[step * config.rows : (step + 1) * config.rows]]
        width = max(len(row) for row in chosen_rows)
        ids = torch.full((len(chosen_rows), width), pad)
        attention = torch.zeros_like(ids)
        for number, row in enumerate(chosen_rows):
            ids[number, : len(row)] = torch.tensor(row)
            attention[number, : len(row)] = 1
        seen, hidden = masked(ids, attention, special, mask, size, config.share, chance)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            # Token types as those of the statement's part of an input.
            types = torch.ones_like(ids)
            vectors = model.bert(input_ids=seen, attention_mask=attention, token_type_ids=types).last_hidden_state
            logits = model.cls(vectors[hidden])
        loss = nn.functional.cross_entropy(logits.float(), ids[hidden])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        read += int(attention.sum())
        if (step + 1) % 25 == 0 or step + 1 == steps:
            rate = read / (time.monotonic() - began)
            note(f"step {step + 1} of {steps}: loss {float(np.mean(losses[-25:])):.3f}, {rate:.0f} tokens/s")
    for module, share in kept.items():
        module.p = share
    return float(np.mean(losses[-max(1, steps // 10) :]))
