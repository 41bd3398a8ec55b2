"""The page as an analyst uses it: paste, look, filter, correct, download; and what is said when something is wrong."""

import json
import sqlite3
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.conftest import Service

PLAIN = (
    "قال وزير الدفاع سامي الحداد إن بلاده ترفض بقاء القوات الأجنبية على أراضيها.\n\n"
    "وأضافت النائبة رنا الكرمي: «نرحب باستمرار المدربين إلى جانب جيشنا».\n\n"
    "وأعلنت وزارة النقل أن المطار سيفتح يوم الخميس."
)
EMOJI = "🛑🧑‍🤝‍🧑 عاجل 𐤀\n" + PLAIN
BIDI = "\u202bعاجل\u202c \u200f\u2067خبر\u2069\n" + PLAIN.replace("بلاده", "بل\u0640\u064eاده\u200f").replace(
    "جيشنا", "\u202aجيشنا"
)
HTML = (
    "<img src=x onerror=\"document.title='broken'\"> <script>document.title='broken'</script>\n"
    "قال وزير الدفاع إن «<b id=injected>القوات الأجنبية</b> يجب أن ترحل &amp; لا تعود <!-- » "
    "قبل نهاية العام».\n" + PLAIN
)


def analyze(page: Page, text: str, title: str = "") -> dict[str, Any]:
    """Paste and send; the service's answer, once the page shows it."""
    page.fill("#title", title)
    page.fill("#article", text)
    with page.expect_response("**/analyze") as answer:
        page.click("#send")
    page.locator("#result").wait_for()
    result: dict[str, Any] = answer.value.json()
    return result


def marked(page: Page, number: int) -> str:
    """The text of a statement's marks, all its pieces together."""
    return "".join(page.locator(f'mark.said[data-i="{number}"]').all_text_contents())


@pytest.mark.parametrize("text", [PLAIN, EMOJI, BIDI, HTML], ids=["plain", "emoji", "bidi", "html"])
def test_marks_are_the_articles_slices(page: Page, text: str) -> None:
    answer = analyze(page, text)
    statements = answer["results"][0]["statements"]
    assert len(statements) >= 3
    # The text on the page is the article and nothing else: no sign, no element of the article's own.
    assert page.locator("#text").text_content() == text
    for number, statement in enumerate(statements):
        assert text[statement["start"] : statement["end"]] == statement["text"] == marked(page, number)
        mark = page.locator(f'mark.said[data-i="{number}"]').first
        assert statement["stance"]["label"] in (mark.get_attribute("class") or "").split()


def test_html_in_an_article_stays_text(page: Page) -> None:
    analyze(page, HTML, title="<i id=injected>عنوان</i>")
    assert page.locator("#injected").count() == 0
    assert page.locator("#result img, #result script").count() == 0
    assert page.title().startswith("قول")
    expect(page.locator("#title-text")).to_have_text("<i id=injected>عنوان</i>")


def test_overlapping_and_nested_statements_leave_the_text_whole(page: Page) -> None:
    text = "🛑 abcdefghij"

    def answer(route: Route) -> None:
        label = {"label": "favor", "confidence": 0.9, "probabilities": {"favor": 0.9}, "abstained": False}
        sentiment = {**label, "label": "neutral", "probabilities": {"neutral": 0.9}}

        def statement(start: int, end: int, cue: tuple[int, int] | None = None) -> dict[str, Any]:
            return {
                "field": "text",
                "start": start,
                "end": end,
                "text": text[start:end],
                "kind": "direct",
                "cue": cue and {"start": cue[0], "end": cue[1], "text": text[cue[0] : cue[1]]},
                "speaker": None,
                "asserted": True,
                "stance": label,
                "sentiment": sentiment,
            }

        spans = [statement(2, 8, (7, 9)), statement(3, 5), statement(6, 11, (3, 4)), statement(2, 8), statement(0, 1)]
        body = {"results": [{"id": "page", "statements": spans}], "model": {"name": "m", "version": "1"}}
        route.fulfill(json=body)

    page.route("**/analyze", answer)
    analyze(page, text)
    assert page.locator("#text").text_content() == text
    assert [marked(page, i) for i in range(5)] == [text[a:b] for a, b in ((2, 8), (3, 5), (6, 11), (2, 8), (0, 1))]
    # Each statement has one sign, however many pieces it has.
    assert [page.locator(f"#m{i}").count() for i in range(5)] == [1] * 5


def test_a_card_for_each_statement_with_speaker_kind_and_confidence(page: Page) -> None:
    answer = analyze(page, PLAIN)
    for number, statement in enumerate(answer["results"][0]["statements"]):
        card = page.locator(f"#s{number}")
        expect(card.locator(".name")).to_have_text(statement["speaker"]["name"])
        expect(card.locator(".tag.stance .share")).to_have_text(f"{statement['stance']['confidence'] * 100:.0f}%")
        expect(card).to_contain_text({"direct": "نقل مباشر", "indirect": "نقل غير مباشر"}[statement["kind"]])
        assert card.locator(".tag.review").count() == int(statement["stance"]["abstained"])


def test_from_the_list_to_the_text_and_back_with_the_keyboard(page: Page) -> None:
    analyze(page, PLAIN)
    expect(page.locator("#result-title")).to_be_focused()
    page.locator("#m1").focus()
    page.keyboard.press("Enter")
    head = page.locator("#s1 .head")
    expect(head).to_be_focused()
    expect(head).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#b1 table.bars")).to_have_count(2)
    page.locator("#b1 .back a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#m1")).to_be_focused()
    page.locator('mark.said[data-i="0"]').first.click()
    expect(page.locator("#s0 .head")).to_have_attribute("aria-expanded", "true")
    expect(head).to_have_attribute("aria-expanded", "false")


def test_filter_by_stance_by_doubt_and_by_speaker(page: Page) -> None:
    statements = analyze(page, PLAIN)["results"][0]["statements"]
    stances = [one["stance"]["label"] for one in statements]
    gone = stances[0]
    chip = page.locator(f'[data-filter="{gone}"]')
    expect(chip.locator("b")).to_have_text(str(stances.count(gone)))
    chip.click()
    expect(page.locator(f'[data-filter="{gone}"]')).to_have_attribute("aria-pressed", "false")
    for number, stance in enumerate(stances):
        expect(page.locator(f"#s{number}")).to_be_visible(visible=stance != gone)
        expect(page.locator(f"#m{number}")).to_be_visible(visible=stance != gone)
    expect(page.locator("#shown")).to_have_text(f"يظهر {len(stances) - stances.count(gone)} من {len(stances)}")
    page.locator(f'[data-filter="{gone}"]').click()
    page.select_option("#speaker", statements[-1]["speaker"]["name"])
    expect(page.locator("#list > li:visible")).to_have_count(
        sum(one["speaker"]["name"] == statements[-1]["speaker"]["name"] for one in statements)
    )
    page.select_option("#speaker", "")
    doubts = sum(one["stance"]["abstained"] for one in statements)
    if doubts:
        page.locator('[data-filter="review"]').click()
        expect(page.locator("#list > li:visible")).to_have_count(doubts)


def test_a_correction_is_confirmed_and_stored(page: Page, service: Service) -> None:
    statements = analyze(page, EMOJI)["results"][0]["statements"]
    one = statements[1]
    wanted = next(label for label in ("favor", "unrelated") if label != one["stance"]["label"])
    page.locator("#s1 .head").click()
    form = page.locator("#b1 form")
    if not form.is_visible():
        page.locator("#b1 summary").click()
    form.locator(f'input[name="stance"][value="{wanted}"]').check()
    form.locator('input[name="annotator"]').fill("سلمى")
    form.locator("button").click()
    expect(form.locator("[role=status]")).to_contain_text("حُفظ التصحيح")
    expect(page.locator("#s1 .tag.fixed")).to_be_visible()
    with sqlite3.connect(service.home / "feedback.sqlite") as store:
        row = store.execute(
            "SELECT text, speaker, stance, sentiment, annotator, target, predicted, context, source FROM label"
            " ORDER BY id DESC"
        ).fetchone()
    store.close()
    assert row[:3] == (one["text"], one["speaker"]["name"], wanted)
    assert row[3:6] == (one["sentiment"]["label"], "سلمى", "foreign-military-presence")
    assert json.loads(row[6])["stance"] == one["stance"]["label"]
    # The context is the statement's own line, cut by code points too.
    assert row[7] == next(line for line in EMOJI.splitlines() if one["text"] in line)
    assert row[8] == "page"


def test_a_correction_that_is_not_stored_says_so_and_is_kept(page: Page) -> None:
    analyze(page, PLAIN)
    page.route("**/feedback", lambda route: route.abort())
    page.locator("#s0 .head").click()
    form = page.locator("#b0 form")
    if not form.is_visible():
        page.locator("#b0 summary").click()
    form.locator('input[name="stance"][value="neutral"]').check()
    form.locator("button").click()
    expect(form.locator("[role=status]")).to_contain_text("لم يُحفظ")
    assert form.locator('input[name="stance"][value="neutral"]').is_checked()
    assert not page.locator("#s0 .tag.fixed").is_visible()


def test_known_targets_and_a_target_in_ones_own_words(page: Page) -> None:
    offered = page.locator("#target option").evaluate_all("options => options.map((one) => one.value)")
    assert offered[0] == "foreign-military-presence"
    assert "economic-sanctions" in offered
    page.select_option("#target", "economic-sanctions")
    expect(page.locator("#target-help")).not_to_be_empty()
    assert {one["target"] for one in analyze(page, PLAIN)["results"][0]["statements"]} == {"economic-sanctions"}
    page.click("#edit")
    page.select_option("#target", "")
    page.fill("#own-target", "القواعد البحرية")
    answer = analyze(page, PLAIN)
    assert {one["target"] for one in answer["results"][0]["statements"]} == {"القواعد البحرية"}
    expect(page.locator("#result-about")).to_contain_text("القواعد البحرية")
    # A target that is neither known nor Arabic is refused in Arabic, and the text stays.
    page.click("#edit")
    page.fill("#own-target", "naval bases")
    page.click("#send")
    expect(page.locator("#message")).to_contain_text("هدف غير معروف")
    assert page.input_value("#article") == PLAIN


def test_the_example_is_read_at_a_click(page: Page) -> None:
    page.click("#example")
    page.locator("#result").wait_for()
    assert page.locator("mark.said").count() >= 5
    assert page.locator("#title-text").is_visible()


def test_an_article_without_statements_says_so(page: Page) -> None:
    analyze(page, "The minister spoke at length, in English only.")
    expect(page.locator("#result-title")).to_have_text("لا أقوال في هذا النص")
    expect(page.locator("#side")).to_be_hidden()


@pytest.mark.parametrize("text", ["", " \n\t  "])
def test_an_empty_text_is_not_sent(page: Page, text: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.fill("#article", text)
    page.click("#send")
    expect(page.locator("#message")).to_contain_text("النص فارغ")
    expect(page.locator("#message")).to_be_in_viewport()
    expect(page.locator("#article")).to_be_focused()


def test_a_text_that_is_too_large_is_refused_by_the_service_in_arabic(page: Page) -> None:
    page.locator("#article").evaluate("(area) => { area.value = 'قال الوزير. '.repeat(90000); }")
    page.click("#send")
    expect(page.locator("#message")).to_contain_text("النص أكبر من الحد المسموح")
    expect(page.locator("#compose")).to_be_visible()


def test_an_overloaded_service_says_when_to_come_back(page: Page) -> None:
    busy = [True]

    def refuse_once(route: Route) -> None:
        if busy.pop() if busy else False:
            body = {"error": {"code": "overloaded", "field": None, "message": {"ar": "مشغول", "en": "busy"}}}
            route.fulfill(status=503, json=body, headers={"Retry-After": "7"})
        else:
            route.continue_()

    page.route("**/analyze", refuse_once)
    page.fill("#article", PLAIN)
    page.click("#send")
    expect(page.locator("#message")).to_contain_text("مشغولة")
    expect(page.locator("#message")).to_contain_text("7 ثوان")
    page.click("#retry")
    page.locator("#result").wait_for()
    expect(page.locator("#message")).to_be_hidden()


def test_a_lost_connection_keeps_the_text_and_offers_another_try(page: Page) -> None:
    page.fill("#article", PLAIN)
    page.context.set_offline(True)
    page.click("#send")
    expect(page.locator("#message")).to_contain_text("تعذر الاتصال")
    assert page.input_value("#article") == PLAIN
    page.context.set_offline(False)
    page.click("#retry")
    page.locator("#result").wait_for()


def test_an_analysis_can_be_stopped(page: Page) -> None:
    page.route("**/analyze", lambda route: None)  # never answered
    page.fill("#article", PLAIN)
    page.click("#send")
    expect(page.locator("#send")).to_have_text("أوقف التحليل")
    page.click("#send")
    expect(page.locator("#message")).to_contain_text("أُوقف")
    expect(page.locator("#send")).to_have_text("حلّل النص")


def test_the_result_is_downloaded_as_json_with_the_article(page: Page) -> None:
    answer = analyze(page, EMOJI, title="عنوان 🛑")
    with page.expect_download() as download:
        page.click("#download")
    kept = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert kept["statements"] == answer["results"][0]["statements"]
    assert kept["model"] == answer["model"]
    assert kept["article"]["title"] == "عنوان 🛑"
    assert all(kept["article"]["text"][one["start"] : one["end"]] == one["text"] for one in kept["statements"])


def test_the_models_name_and_version_lead_to_its_card(page: Page, service: Service) -> None:
    link = page.locator("#model a")
    card = page.request.get(service.url + "model").json()
    expect(link).to_contain_text(card["name"])
    expect(link).to_contain_text(card["version"])
    assert link.get_attribute("href") == "model"
    page.click("#about summary")
    expect(page.locator("#about-model")).to_contain_text(card["encoder"]["name"])


def test_the_pages_policy_allows_nothing_but_its_own_files(page: Page, service: Service) -> None:
    policy = page.request.get(service.url).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    # Neither styles nor scripts stand in the page itself.
    assert page.locator("style, script:not([src]), [style], [onclick]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_window(page: Page, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    analyze(page, PLAIN + "\n" + "ا" * 500, title="عنوان")
    page.locator("#s0 .head").click()
    page.click("#about summary")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_control_has_a_name(page: Page) -> None:
    analyze(page, PLAIN)
    page.locator("#s0 .head").click()
    page.click("#edit")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("input, select, textarea, button, a")].filter((one) =>
            !(one.labels && [...one.labels].some((label) => label.textContent.trim()))
            && !one.getAttribute("aria-label") && !one.textContent.trim()).map((one) => one.outerHTML)"""
    )
    assert nameless == []
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map((one) => one.id)).size") == page.evaluate(
        "document.querySelectorAll('[id]').length"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page: Page, scheme: str) -> None:
    """WCAG's contrast, 4.5 to 1, for every visible text of a result with an open card."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.click("#example")
    page.locator("#result").wait_for()
    page.locator("#s0 .head").click()
    faint = page.evaluate(
        """() => {
            const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
            const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
                .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
                .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
            const ground = (one) => {
                for (let at = one; at; at = at.parentElement) {
                    const colour = parts(getComputedStyle(at).backgroundColor);
                    if (colour.length < 4 || colour[3] > 0) return colour;
                }
                return [255, 255, 255];
            };
            const found = [];
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const one = walker.currentNode.parentElement;
                if (!walker.currentNode.data.trim() || !one.checkVisibility() || one.closest(":disabled")) continue;
                const [a, b] = [light(parts(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
                if ((a + 0.05) / (b + 0.05) < 4.5) found.push([one.className, walker.currentNode.data.slice(0, 30)]);
            }
            return found;
        }"""
    )
    assert faint == []
