"""Web archives: pages in the order of the crawl, what is no page passed over, damage named."""

import gzip
from pathlib import Path

import pytest

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


def record(kind: str, name: str, block: bytes, content: str) -> bytes:
    """One record, as the standard (ISO 28500) writes it."""
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {URL.format(name)}\r\nWARC-Date: 2024-01-05T06:07:08Z\r\n"
        f"WARC-Record-ID: <urn:uuid:{name}>\r\nContent-Type: {content}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def response(name: str, status: str, kind: str, body: bytes) -> bytes:
    answer = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    return record("response", name, answer, "application/http; msgtype=response")


def crawl(*, compressed: bool = True) -> bytes:
    """Two pages, and beside them a redirect, an image and the record of the crawl itself."""
    records = [
        record("warcinfo", "info", b"software: test\r\n", "application/warc-fields"),
        response("1", "200 OK", "text/html; charset=windows-1256", page(1).encode("cp1256")),
        response("old", "301 Moved", "text/html", b"<html></html>"),
        response("photo", "200 OK", "image/jpeg", b"\xff\xd8\xff"),
        response("2", "200 OK", "text/html", page(2).encode()),
    ]
    return b"".join(gzip.compress(one) if compressed else one for one in records)


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
