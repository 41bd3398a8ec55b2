// The list beside the text: a card for each statement, which opens to its figures and to a correction.
// Knows statements and elements; what a correction does is given to it.

import { make } from "./document.js";
import { KINDS, NEEDS_A_PERSON, SENTIMENTS, SENTIMENT_TONES, SPEAKERS, STANCES, doubtful, percent, speakerOf, stanceOf } from "./words.js";

const STANCE_NAMES = Object.fromEntries(Object.entries(STANCES).map(([key, { name }]) => [key, name]));
const ANNOTATOR = "qawl-annotator";

/** A card. `actions`: `toggle(i)`, `toText(i)`, `correct(i, given)` which answers with the correction's number. */
export function card(one, i, actions) {
  const stance = stanceOf(one);
  const sentiment = one.sentiment && one.sentiment.label;
  return make(
    "li",
    { id: `s${i}`, class: `card ${stance}`, "data-i": i },
    make(
      "button",
      { type: "button", class: "head", "aria-expanded": "false", "aria-controls": `b${i}`, onclick: () => actions.toggle(i) },
      make(
        "span",
        { class: "top-row" },
        make("span", { class: "name" }, speakerOf(one)),
        doubtful(one) ? make("span", { class: "tag review" }, NEEDS_A_PERSON) : null,
        make("span", { class: "tag fixed", hidden: true }, "رُوجع"),
      ),
      make(
        "span",
        { class: "tags" },
        make("span", { class: "tag stance" }, make("span", { "aria-hidden": "true" }, `${STANCES[stance].sign} `), STANCES[stance].name, share(one.stance)),
        sentiment ? make("span", { class: `tag ${SENTIMENT_TONES[sentiment]}` }, "شعور ", SENTIMENTS[sentiment], share(one.sentiment)) : null,
        make("span", { class: "tag plain" }, KINDS[one.kind]),
      ),
      make("span", { class: "short", dir: "rtl" }, one.text),
    ),
    make("div", { class: "body", id: `b${i}`, hidden: true }),
  );
}

const share = (answer) => (answer ? make("bdi", { class: "share" }, percent(answer.confidence)) : null);

/** What an open card shows. */
export function body(one, i, actions) {
  const speaker = one.speaker;
  const facts = [
    ["القائل", speaker && [SPEAKERS[speaker.type], speaker.role, speaker.affiliation].filter(Boolean).join("، ")],
    ["اللفظ الناقل", one.cue && one.cue.text],
    ["تنبيه", one.asserted === false ? "القول منفي أو مفترض: لم يُنسب إلى قائله على أنه قاله" : null],
  ].filter(([, value]) => value);
  return [
    make("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
    one.stance ? bars("الموقف", one.stance, STANCE_NAMES, (label) => label) : make("p", { class: "doubt-note" }, "لم يستطع النموذج الحكم على هذا القول."),
    one.sentiment ? bars("الشعور", one.sentiment, SENTIMENTS, (label) => SENTIMENT_TONES[label]) : null,
    make("p", { class: "back" }, make("a", { href: `#m${i}`, onclick: (event) => { event.preventDefault(); actions.toText(i); } }, "إلى موضعه في النص")),
    one.stance && one.sentiment ? correction(one, i, actions) : null,
  ];
}

function bars(title, answer, names, tone) {
  const rows = Object.entries(answer.probabilities).map(([label, value]) =>
    make(
      "tr",
      { class: tone(label) + (label === answer.label ? " chosen" : "") },
      make("th", { scope: "row" }, names[label]),
      make("td", { class: "bar" }, make("meter", { min: "0", max: "1", value: String(value), "aria-hidden": "true" })),
      make("td", { class: "share" }, make("bdi", {}, percent(value))),
    ),
  );
  return make(
    "table",
    { class: "bars" },
    make("caption", {}, `${title}: `, make("strong", { class: tone(answer.label) }, names[answer.label]), answer.abstained ? ` — ${NEEDS_A_PERSON}` : ""),
    make("tbody", {}, ...rows),
  );
}

function choices(title, name, options, chosen, tone) {
  return make(
    "fieldset",
    {},
    make("legend", {}, title),
    ...Object.entries(options).map(([value, label]) =>
      make("label", { class: `pick ${tone(value)}` }, make("input", { type: "radio", name, value, checked: value === chosen }), make("span", {}, label)),
    ),
  );
}

function correction(one, i, actions) {
  const note = make("p", { class: "done", role: "status" });
  const send = make("button", { class: "primary", type: "submit" }, "احفظ");
  const form = make(
    "form",
    {
      onsubmit: async (event) => {
        event.preventDefault();
        const given = Object.fromEntries(new FormData(form));
        remember(given.annotator);
        send.disabled = true;
        note.className = "done";
        note.textContent = "";
        try {
          const number = await actions.correct(i, given);
          const same = given.stance === one.stance.label && given.sentiment === one.sentiment.label;
          note.textContent =
            (same ? "حُفظ تأكيدك للحكم" : `حُفظ التصحيح: الموقف «${STANCE_NAMES[given.stance]}»، والشعور «${SENTIMENTS[given.sentiment]}»`) +
            `. رقمه ${number}. شكرا.`;
        } catch (error) {
          note.className = "done failed";
          note.textContent = `لم يُحفظ: ${error.message}`;
        } finally {
          send.disabled = false;
          note.scrollIntoView({ block: "nearest" });
        }
      },
    },
    choices("الموقف", "stance", STANCE_NAMES, one.stance.label, (value) => value),
    choices("الشعور", "sentiment", SENTIMENTS, one.sentiment.label, (value) => SENTIMENT_TONES[value]),
    make(
      "div",
      { class: "who-row" },
      make("input", { name: "annotator", type: "text", placeholder: "اسمك (اختياري)", "aria-label": "اسمك (اختياري)", maxlength: "200", value: remembered() }),
      send,
    ),
    note,
  );
  return make("details", { class: "fix", open: doubtful(one) }, make("summary", {}, "أكّد الحكم أو صحّحه"), form);
}

// A browser may refuse to keep anything; the name is then typed again.
function remembered() {
  try {
    return localStorage.getItem(ANNOTATOR) || "";
  } catch {
    return "";
  }
}

function remember(name) {
  try {
    localStorage.setItem(ANNOTATOR, name);
  } catch { /* as above */ }
}
