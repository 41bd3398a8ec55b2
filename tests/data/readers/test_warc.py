"""Web archives: pages in the order of the crawl, what is no page passed over, damage named."""

import gzip
import io
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from data.readers import Failure, find_sources, read_articles
from data.records import Article

URL = "http://news.example/2024/{}.html"


def page(number: int) -> str:
    body = "".join(
        f"<p>قال الوزير في الجلسة رقم {number} من اليوم {n} إن القوات الأجنبية ستغادر البلاد قريبا.</p>"
        for n in range(6)
    )
    return (
        f"<html><head><title>خبر رقم {number}</title></head><body><article><h1>خبر رقم {number}</h1>{body}"
        "</article></body></html>"
    )


def crawl(*, compressed: bool = True) -> bytes:
    """Two pages, and beside them a redirect, an image and the records of the crawl itself."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=compressed)
    writer.write_record(writer.create_warcinfo_record("crawl.warc.gz", {"software": "test"}))
    answers = [
        ("1", "200 OK", "text/html; charset=windows-1256", page(1).encode("cp1256")),
        ("old", "301 Moved", "text/html", b"<html></html>"),
        ("photo", "200 OK", "image/jpeg", b"\xff\xd8\xff"),
        ("2", "200 OK", "text/html", page(2).encode()),
    ]
    for name, status, kind, body in answers:
        headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        record = writer.create_warc_record(
            URL.format(name),
            "response",
            payload=io.BytesIO(body),
            http_headers=headers,
            warc_headers_dict={"WARC-Date": "2024-01-05T06:07:08Z"},
        )
        writer.write_record(record)
    return out.getvalue()


def read(path: Path) -> list[Article | Failure]:
    return list(read_articles(find_sources([str(path)])))


@pytest.mark.parametrize("name", ["crawl.warc", "crawl.warc.gz", "unnamed"])
def test_the_pages_of_a_crawl_are_articles(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(crawl(compressed=name != "crawl.warc"))
    first, second = read(path)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert "الجلسة رقم 1" in first.text
    assert "الجلسة رقم 2" in second.text
    assert (first.title, first.id, first.url) == ("خبر رقم 1", URL.format("1"), URL.format("1"))
    assert (first.date or "").startswith("2024-01-05")


def test_a_crawl_cut_short_keeps_what_came_before(tmp_path: Path) -> None:
    whole = crawl()
    path = tmp_path / "cut.warc.gz"
    path.write_bytes(whole[:-60])
    found = read(path)
    assert isinstance(found[0], Article)
    assert isinstance(found[-1], Failure)
    assert found[-1].place.startswith(f"{path}:")


def test_a_file_that_is_no_crawl_is_named(tmp_path: Path) -> None:
    path = tmp_path / "no.warc.gz"
    path.write_bytes(gzip.compress("قال الوزير\n".encode() * 50))
    (failure,) = read(path)
    assert isinstance(failure, Failure)
    assert failure.place.startswith(str(path))
    assert "WARC" in failure.reason or "no page" in failure.reason
