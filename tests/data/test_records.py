import pytest
from pydantic import ValidationError

from data.records import Article, LabelledStatement, StatementInput


def test_unknown_keys_of_an_article_are_kept_under_extra() -> None:
    article = Article.model_validate({"text": "نص", "id": 7, "section": "سياسة", "extra": {"page": 3}})
    assert article.id == "7"
    assert article.extra == {"page": 3, "section": "سياسة"}


@pytest.mark.parametrize("wrong", [{}, {"text": None}, {"text": 3}, {"text": "نص", "title": ["عنوان"]}, [], "نص"])
def test_an_article_of_the_wrong_shape_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Article.model_validate(wrong)


def test_a_statement_needs_text() -> None:
    with pytest.raises(ValidationError, match="empty"):
        StatementInput(text=" \n")


def test_a_misspelt_label_is_refused() -> None:
    with pytest.raises(ValidationError, match="stance"):
        LabelledStatement.model_validate({"text": "نص", "stance": "agianst"})
