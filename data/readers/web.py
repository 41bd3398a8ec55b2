"""The main text and title of a web page, by trafilatura.

Offsets refer to the text that comes out of here, not to the page's source.
"""

from data.records import Article


def main_text(page: str, name: str) -> Article:
    """The article of a page.

    Args:
        page: the page's source, decoded.
        name: becomes the article's id.

    Raises:
        ValueError: if there is no main text in it.
    """
    # Loading it costs a second; only who reads pages pays it.
    from trafilatura import bare_extraction

    if not page.strip():
        raise ValueError("the page is empty")
    found = bare_extraction(page, include_comments=False, include_tables=False, with_metadata=True)
    text = getattr(found, "text", None) or ""
    if not text.strip():
        raise ValueError("no main text in the page")
    given = {key: getattr(found, key, None) for key in ("title", "date", "url")}
    return Article(text=text, id=name, source=getattr(found, "sitename", None), **given)
