"""What a client is told when a call fails: one envelope, in Arabic and English, with the field and the reason.

    {"error": {"code", "field", "message": {"ar", "en"}, "details": […]?, "request_id"}}

Knows messages and statuses; knows nothing of the calls that fail.
"""

from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

# The pydantic types a client can meet; {…} are filled from the error's context.
_REASONS: dict[str, tuple[str, str]] = {
    "missing": ("الحقل مطلوب", "the field is required"),
    "string_type": ("يجب أن يكون نصا", "must be a string"),
    "string_too_short": ("يجب ألا يكون فارغا", "must not be empty"),
    "string_too_long": (
        "أطول من الحد المسموح ({max_length} حرفا)",
        "longer than the {max_length} characters allowed",
    ),
    "list_type": ("يجب أن يكون قائمة", "must be a list"),
    "tuple_type": ("يجب أن يكون قائمة", "must be a list"),
    "too_long": ("عناصره أكثر من الحد المسموح ({max_length})", "has more than the {max_length} items allowed"),
    "too_short": ("يجب ألا يكون فارغا", "must not be empty"),
    "dict_type": ("يجب أن يكون كائنا", "must be an object"),
    "model_type": ("يجب أن يكون كائنا", "must be an object"),
    "model_attributes_type": ("يجب أن يكون كائنا", "must be an object"),
    "extra_forbidden": ("حقل غير معروف", "unknown field"),
    "literal_error": ("القيمة غير مسموحة؛ المسموح: {expected}", "not allowed; expected {expected}"),
    "bool_type": ("يجب أن يكون true أو false", "must be true or false"),
    "int_type": ("يجب أن يكون عددا", "must be a number"),
}
_SAID: dict[str, str] = {
    "the statement is empty": "القول فارغ",
    "give a stance, a sentiment or both": "اذكر الموقف أو الشعور أو كليهما",
}
# How many fields one answer names.
MOST_DETAILS = 10


class Refusal(Exception):
    """A call that is answered with an error.

    Args:
        status: the HTTP status.
        code: a short name for programs.
        ar, en: the reason for people.
        field: the field that is wrong, as `articles[2].text`.
        retry_after: seconds after which to try again.
        details: several wrong fields.
        headers: further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        ar: str,
        en: str,
        *,
        field: str | None = None,
        retry_after: int | None = None,
        details: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(en)
        self.status, self.code, self.ar, self.en = status, code, ar, en
        self.field, self.details = field, details
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def envelope(self, request_id: str | None = None) -> dict[str, Any]:
        """The answer's body."""
        error: dict[str, Any] = {
            "code": self.code,
            "field": self.field,
            "message": {"ar": self.ar, "en": self.en},
        }
        if self.details:
            error["details"] = self.details
        if request_id is not None:
            error["request_id"] = request_id
        return {"error": error}

    def body(self, request_id: str | None = None) -> bytes:
        return to_json(self.envelope(request_id))


def path_of(location: tuple[int | str, ...]) -> str:
    """A field's place as people write it: `articles[2].text`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not part.startswith("("):  # the branches of a union, which the client knows nothing of
            path += f".{part}" if path else part
    return path


def from_validation(error: ValidationError) -> Refusal:
    """The refusal of a body whose fields are wrong: the first one, and up to ten in `details`."""
    details: list[dict[str, Any]] = []
    for one in error.errors(include_url=False, include_input=False)[:MOST_DETAILS]:
        ar, en = _REASONS.get(one["type"], ("قيمة غير صالحة", one["msg"]))
        context = one.get("ctx", {})
        if one["type"] == "value_error":
            en = str(context.get("error", en))
            ar = _SAID.get(en, ar)
        elif context:
            ar, en = ar.format_map(context), en.format_map(context) if one["type"] in _REASONS else en
        details.append({"field": path_of(one["loc"]) or "body", "message": {"ar": ar, "en": en}})
    first = details[0]
    return Refusal(
        400,
        "invalid_field",
        f"{first['field']}: {first['message']['ar']}",
        f"{first['field']}: {first['message']['en']}",
        field=first["field"],
        details=details,
    )


def too_large(field: str, limit: int, unit: tuple[str, str]) -> Refusal:
    """The refusal of something beyond a limit; `unit` names what is counted, in Arabic and English."""
    return Refusal(
        413,
        "too_large",
        f"{field}: أكبر من الحد المسموح ({limit} {unit[0]})",
        f"{field}: larger than the {limit} {unit[1]} allowed",
        field=field,
    )


def overloaded(retry_after: int) -> Refusal:
    return Refusal(
        503,
        "overloaded",
        "الخدمة مشغولة الآن، أعد المحاولة بعد قليل",
        "the service is busy, try again shortly",
        retry_after=retry_after,
    )


def late(seconds: float, field: str | None = None) -> Refusal:
    return Refusal(
        503,
        "deadline",
        f"لم يكتمل الطلب خلال {seconds:g} ثانية",
        f"not answered within {seconds:g} seconds; send less at a time",
        field=field,
        retry_after=5,
    )
