"""A tiny AraBERT-shaped model and a handful of labelled statements: enough to go through training in seconds."""

import itertools
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from data.records import LabelledStatement, Sentiment, Stance
from training.config import TrainingConfig, validated

PHRASES: dict[Stance, tuple[str, ...]] = {
    "against": ("نرفض بقاء القوات الأجنبية", "على الجنود الأجانب أن يرحلوا", "هذا احتلال يجب أن ينتهي"),
    "favor": ("نرحب ببقاء القوات الأجنبية", "نحتاج الجنود الأجانب لحمايتنا", "وجودهم ضروري ومفيد لنا"),
    "neutral": ("عدد الجنود الأجانب ألف", "تصل القوات الأجنبية غداً", "تجري محادثات عن القوات"),
    "unrelated": ("ارتفعت أسعار القمح كثيراً", "افتتحت مدرسة في المدينة", "فاز الفريق بالمباراة"),
}
TONES: dict[Stance, Sentiment] = {
    "against": "negative",
    "favor": "positive",
    "neutral": "neutral",
    "unrelated": "neutral",
}
SPEAKERS = ("الوزير", "النائب", "المتحدث", "الخبير")
PLACES = ("في العراق", "في مالي", "في ليبيا", "في اليمن")


def labelled_rows() -> list[LabelledStatement]:
    """192 statements with plain cues to their labels; those of the last place are validation."""
    rows = []
    for stance, phrases in PHRASES.items():
        for i, (phrase, speaker, place) in enumerate(itertools.product(phrases, SPEAKERS, PLACES)):
            text = f"{phrase} {place}"
            rows.append(
                LabelledStatement(
                    id=f"{stance}-{i}",
                    text=text,
                    stance=stance,
                    sentiment=TONES[stance],
                    speaker=speaker,
                    context=f"وقال {speaker} إن {text} أمس.",
                    kind="indirect",
                    split="validation" if place == PLACES[-1] else "train",
                )
            )
    return rows


def save_model(folder: Path) -> Path:
    """Save a random BERT of two layers of 32 with a WordPiece tokenizer, as AraBERT's files lie in a folder."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    texts = [row.context or "" for row in labelled_rows()]
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=400, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    wrapped = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
    wrapped.save_pretrained(folder)
    torch.manual_seed(1)
    shape = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
    )
    BertModel(shape).save_pretrained(folder)
    return folder


def tiny_config(model: Path, **changes: object) -> TrainingConfig:
    """A run of a few epochs on the tiny model."""
    raw: dict[str, object] = {
        "name": "tiny",
        "encoder": str(model),
        "seed": 3,
        "threads": 1,
        "optimiser": {"epochs": 6, "rate": 2e-3, "heads_rate": 5e-3, "layer_decay": 1.0, "batch_rows": 16},
        "input": {"target_tokens": 8, "speaker_tokens": 4, "left_tokens": 8, "statement_tokens": 16, "right_tokens": 4},
        **changes,
    }
    return validated(TrainingConfig, raw, "tiny")
