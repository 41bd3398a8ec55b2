"""Sketches: 128 bytes of a text by which near-copies of it are found without comparing every pair.

MinHash (Broder 1997) over pairs of neighbouring words: 64 minima of 16 bits each; the share of equal ones estimates the
share of pairs that two texts have in common. Sixteen bands of four minima are eight bytes each, so that two texts above
the threshold nearly always agree in one band and can be brought together by sorting. The constants come from SHA-256
and never change with a library: a shard done again has the same bytes.
"""

import hashlib
import zlib
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MINIMA, BANDS = 64, 16
# Fewer words say too little: two short remarks are alike by chance. Equal ones are still found by their hash.
FEWEST_WORDS = 8
_PRIME = np.uint64(4_294_967_311)  # the first prime over 2**32


def _constants(letter: str) -> NDArray[np.uint64]:
    drawn = [hashlib.sha256(f"{letter}{i}".encode()).digest()[:4] for i in range(MINIMA)]
    # 31 bits: the product with a 32-bit hash stays within 63.
    return np.array([(int.from_bytes(four, "big") >> 1) | 1 for four in drawn], dtype=np.uint64)


_FACTORS, _OFFSETS = _constants("factor"), _constants("offset")


def sketch(text: str) -> bytes | None:
    """The sketch of a normalised text, or None where it has too few words."""
    words = text.split()
    if len(words) < FEWEST_WORDS:
        return None
    pairs = {zlib.crc32(f"{one} {other}".encode("utf-8", "replace")) for one, other in pairwise(words)}
    hashes = np.fromiter(pairs, dtype=np.uint64, count=len(pairs))
    least = np.full(MINIMA, np.iinfo(np.uint64).max, dtype=np.uint64)
    for at in range(0, len(hashes), 4096):  # a megabyte of text must not ask for hundreds
        some = hashes[at : at + 4096]
        permuted = (some[:, None] * _FACTORS[None, :] + _OFFSETS[None, :]) % _PRIME
        least = np.minimum(least, permuted.min(axis=0))
    return least.astype(np.uint16).astype("<u2").tobytes()


def likeness(one: bytes, other: bytes) -> float:
    """The estimated share of word pairs that two sketched texts have in common, 0 to 1."""
    return float((np.frombuffer(one, "<u2") == np.frombuffer(other, "<u2")).mean())
