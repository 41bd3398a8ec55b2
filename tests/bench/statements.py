"""Invented statements for the benchmarks: a mix of lengths, and statements of one length in tokens."""

from data.records import StatementInput
from data.targets import Target
from serving.engine import Engine

TEXT = (
    "نرفض بقاء القوات الأجنبية على أرضنا ونطالب بجدول زمني واضح لانسحابها الكامل من البلاد قبل نهاية العام كما جاء "
    "في بيان الحكومة التي شددت على أن السيادة لا تقبل المساومة وأن المدربين وحدهم سيبقون بطلب منها"
    " إلى أن يكتمل تأهيل الجيش"
)
WORDS = TEXT.split()
# The cards that we ship take more than 32 tokens by themselves.
SHORT = Target(name="withdrawal", title="الانسحاب")


def mix(count: int, seed: int) -> list[StatementInput]:
    """Distinct statements of 3 to 60 words, in no order of length."""
    return [
        StatementInput(
            text=" ".join(WORDS[(seed + i + j) % len(WORDS)] for j in range(3 + (i * 37) % 58)) + f" {seed}{i}"
        )
        for i in range(count)
    ]


def of_length(tokens: int, count: int, seed: int, engine: Engine) -> list[StatementInput]:
    """Distinct statements that the engine reads toward `SHORT` as `tokens` tokens or a few less."""
    found = []
    for number in range(count):
        words = [str(seed + number), *(WORDS[(seed + number + j) % len(WORDS)] for j in range(tokens))]
        sizes = [
            len(one.ids)
            for one in engine.encode([StatementInput(text=" ".join(words[:k])) for k in range(1, tokens)], SHORT)
        ]
        fitting = max([k for k, size in enumerate(sizes, 1) if size <= tokens], default=1)
        found.append(StatementInput(text=" ".join(words[:fitting])))
    return found
