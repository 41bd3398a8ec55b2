"""The report in a browser without a network: each number leads to its statements, each statement to its sentence."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.serving import tiny
from tests.serving.archive.command import run
from tests.serving.archive.conftest import repeated
from tests.serving.archive.material import rows


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over articles of which some repeat each other, one has no date, and one speaker changes sides."""
    folder = tmp_path_factory.mktemp("made")
    turning = [
        {
            "id": f"t{number}",
            "text": f"قال نادر الحمداني إننا {'نرفض' if number < 8 else 'ندعم'} بقاء القوات الأجنبية رقم {number}.",
            "date": f"2024-{number // 3 + 1:02}-{10 + number % 3}",
            "source": "الرابعة",
        }
        for number in range(16)
    ]
    undated = {"id": "u", "text": "قال وزير الدفاع إننا نرفض وجود القوات الأجنبية في البلاد كلها.", "source": "الأولى"}
    lines = [json.dumps(one, ensure_ascii=False) for one in [*repeated(), *turning, undated]]
    (folder / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    model = tiny.make(folder / "model")
    assert run("score", folder / "a.jsonl", "--output", folder / "out", "--model", model).returncode == 0
    assert run("report", folder / "out").returncode == 0
    return folder / "out"


@pytest.fixture
def report(browser: Browser, made: Path) -> Iterator[Page]:
    """The report, opened from disk without a network; fails the test where it asks for anything or complains."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    address = (made / "report.html").as_uri()
    page.goto(address)
    yield page
    context.close()
    assert set(asked) == {address}
    assert complaints == []


# Done when the page's own listener, which was there first, has followed the address.
GO = """address => new Promise(done => {
    if (location.hash === address) return done();
    addEventListener('hashchange', () => done(), {once: true});
    location.hash = address;
})"""


def shown(page: Page) -> int:
    """How many statements the panel lists once it stands open, all of them called up."""
    page.locator("#panel").wait_for(state="visible")
    while page.locator("#more").is_visible():
        page.locator("#more").click()
    return page.locator("#panel-list .said").count()


def test_each_number_leads_to_its_statements(report: Page) -> None:
    addresses = report.eval_on_selector_all(
        "a[data-count]", "links => links.map(link => [link.getAttribute('href'), Number(link.dataset.count)])"
    )
    followed = set()
    for address, count in addresses:
        report.evaluate(GO, address)
        if any(f"{key}=" in address for key in ("outlet", "cluster", "copied")):  # it counts articles
            assert 1 <= shown(report) <= count, address
        else:
            assert shown(report) == count, address
        followed.add(address.partition("=")[0].strip("#"))
    print(f"{len(addresses)} numbers followed, of {', '.join(sorted(followed))}")
    assert {"all", "stance", "period", "speaker", "outlet", "kind", "cluster", "abstained", "undated"} <= followed


def test_each_statement_leads_to_its_sentence(report: Page, made: Path) -> None:
    report.locator("a[href='#all=1']").first.click()
    assert shown(report) == len(rows(made))
    stand = report.eval_on_selector_all(
        "#panel-list .said",
        """all => all.map(one => {
            const sentence = one.querySelector('p'), mark = one.querySelector('mark');
            return [one.querySelector("a[href^='#id=']").getAttribute('href').slice(4), mark.textContent,
                    sentence.textContent];
        })""",
    )
    by_id = {row["row_id"]: row for row in rows(made)}
    for name, text, sentence in stand:
        assert (text, sentence) == (by_id[name]["text"], by_id[name]["context"])
    report.locator("#panel-list a[href^='#id=']").first.click()
    report.wait_for_function("() => document.querySelectorAll('#panel-list .said').length === 1")


def test_it_is_read_from_right_to_left_and_closes_with_a_key(report: Page) -> None:
    assert report.evaluate("() => getComputedStyle(document.body).direction") == "rtl"
    first, last = report.locator("nav a").first.bounding_box(), report.locator("nav a").last.bounding_box()
    assert first
    assert last
    assert first["x"] > last["x"]
    report.locator(".tile a, a.tile").first.click()
    report.locator("#panel").wait_for(state="visible")
    report.keyboard.press("Escape")
    report.locator("#panel").wait_for(state="hidden")


def test_what_is_quoted_most_has_its_copies_and_what_is_unsure_stands_for_review(report: Page) -> None:
    quoted = report.locator("#quoted li").first
    assert quoted.locator(".copies .number").inner_text() == "3"
    quoted.locator(".copies .number").click()
    report.locator("#panel").wait_for(state="visible")
    outlets = report.locator("#panel-list").inner_text()
    assert "الأولى" in outlets
    assert report.locator("#review .review .said").count() > 0


def test_a_narrow_screen_needs_no_scrolling_sideways(report: Page) -> None:
    report.set_viewport_size({"width": 390, "height": 800})
    assert report.evaluate("() => document.documentElement.scrollWidth") <= 390
