"""Encodings met in Arabic news: UTF-8, UTF-16, UTF-32 and windows-1256, told apart by their bytes.

A text that is UTF-8 but for a few broken bytes is reported as broken and never read as windows-1256: that would turn
the whole of it into plausible-looking noise.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SAMPLE = 1 << 16


def byte_order_mark(data: bytes) -> bytes:
    """The mark that the data begin with, or nothing."""
    return next((mark for mark, _ in _MARKS if data.startswith(mark)), b"")


def recognise(sample: bytes) -> str:
    """The codec of a text by its first bytes; a character cut off at the sample's end does not count as broken."""
    for mark, codec in _MARKS:
        if sample.startswith(mark):
            return codec
    wide = _wide(sample[:4096])
    if wide:
        return wide
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1256" if _looks_like_windows_1256(sample) else "utf-8"
    return "utf-8"


def decode(data: bytes, *, html: bool = False) -> str:
    """Decode a whole text, without its byte order mark.

    Raises:
        ValueError: with the place of the first byte that does not fit.
    """
    codec = recognise(data[:_SAMPLE])
    if codec == "utf-8":
        try:
            return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        except UnicodeDecodeError:
            codec = _declared(data) if html else ""
            if not codec:
                codec = "cp1256" if _looks_like_windows_1256(data) else "utf-8"
    return decode_as(data.removeprefix(byte_order_mark(data)), codec)


def decode_as(data: bytes, codec: str) -> str:
    """Decode with a known codec.

    Raises:
        ValueError: with the place of the first byte that does not fit.
    """
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise ValueError(f"broken {_NAMES.get(codec, codec)} at byte {error.start + 1}") from error


_NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
}


def _declared(data: bytes) -> str:
    match = _META.search(data[:8192])
    if not match:
        return ""
    try:
        codec = codecs.lookup(match.group(1).decode("ascii")).name
        data.decode(codec)
    except (LookupError, UnicodeDecodeError):
        return ""
    return codec


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: every second byte is 00 (ASCII) or 06 (Arabic), the others are not."""
    if len(sample) < 8:
        return ""
    odd, even = sample[1::2], sample[0::2]
    odd_high = sum(byte in (0, 6) for byte in odd) / len(odd)
    even_high = sum(byte in (0, 6) for byte in even) / len(even)
    if odd_high > 0.7 and even_high < 0.3:
        return "utf-16-le"
    if even_high > 0.7 and odd_high < 0.3:
        return "utf-16-be"
    return ""


def _looks_like_windows_1256(data: bytes) -> bool:
    high = sum(byte >= 0x80 for byte in data)
    in_sequences = sum(match.end() - match.start() for match in _SEQUENCE.finditer(data))
    if not high or in_sequences > high / 2:
        return False
    # Arabic letters and diacritics, and the marks that Arabic news has besides: not Urdu's, nor Latin letters.
    fitting = sum("\u0621" <= letter <= "\u0652" or letter in _MARKS_OF_NEWS for letter in data.decode("cp1256"))
    return fitting >= 0.9 * high


_MARKS_OF_NEWS = "،؛؟«»“”‘’–—…\u200c\u200d\u200e\u200f\xa0گچپژ"
