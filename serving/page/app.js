// The page: sends an article to /analyze and shows its statements in the text and beside it.
// Holds the state and joins the parts; marks, cards, words and calls have modules of their own.

import { about } from "./about.js";
import { body, card } from "./cards.js";
import { $, make } from "./document.js";
import { EXAMPLE } from "./example.js";
import { contextAround, invisible, marked } from "./marks.js";
import { CallError, call, keepKey } from "./service.js";
import { NEEDS_A_PERSON, STANCES, counted, doubtful, speakerOf, stanceOf } from "./words.js";

const OWN = "";
const state = {
  model: null, // the card of the model in use
  article: null, // {title, text} as sent: offsets point into these
  target: null, // {given, title}
  statements: [],
  answered: null, // the model that answered
  corrections: [],
  open: -1,
  stances: new Set(Object.keys(STANCES)),
  doubtfulOnly: false,
  speaker: "",
  running: null, // the AbortController of the call under way
};

// Messages

function tell(text, { kind = "error", retry = null } = {}) {
  $("message").hidden = !text;
  $("message").dataset.kind = kind;
  $("message-text").textContent = text || "";
  $("retry").hidden = !retry;
  $("retry").onclick = retry;
  if (text) $("message").scrollIntoView({ block: "nearest" });
}

function tellError(error, retry) {
  $("key-form").hidden = !error.key;
  // What is not a refusal is a fault of this page: the console keeps it for whoever looks for it.
  if (!(error instanceof CallError)) console.error(error);
  tell(error instanceof CallError ? error.message : "حدث خطأ في الصفحة. أعد تحميلها.", { retry: error.again ? retry : null });
}

// The model and its targets

async function showModel() {
  try {
    state.model = await call("model");
  } catch (error) {
    tellError(error, showModel);
    return;
  }
  const model = state.model;
  tell("");
  $("key-form").hidden = true;
  $("model").replaceChildren("النموذج: ", make("a", { href: "model" }, make("bdi", {}, `${model.name} · ${model.version}`)));
  $("about").hidden = false;
  $("about-model").replaceChildren(...about(model).filter(Boolean));
  const known = model.targets.map((target) => make("option", { value: target.name }, target.title));
  $("target").replaceChildren(...known, make("option", { value: OWN }, "هدف آخر أكتبه…"));
  showTarget();
}

function showTarget() {
  const own = $("target").value === OWN;
  const target = state.model && state.model.targets.find((one) => one.name === $("target").value);
  $("own-target").hidden = !own;
  $("target-help").textContent = own
    ? "لم يتدرب النموذج على هدف تكتبه: خذ أحكامه بحذر أكبر."
    : (target && target.definition) || "";
}

function chosenTarget() {
  const name = $("target").value;
  if (name === OWN) {
    const text = $("own-target").value.trim();
    return text && { given: text, title: text };
  }
  const known = state.model && state.model.targets.find((one) => one.name === name);
  return { given: name, title: known ? known.title : $("target").selectedOptions[0].textContent };
}

// The call

// Half of a surrogate pair has no UTF-8 form, so no request could carry it.
const whole = (text) => (text.toWellFormed ? text.toWellFormed() : text);

async function analyze() {
  if (state.running) return;
  const text = whole($("article").value);
  const title = whole($("title").value);
  if (!text.trim()) {
    $("article").focus({ preventScroll: true });
    tell("النص فارغ. ألصق خبرا أولا، أو جرّب المثال.", { kind: "note" });
    return;
  }
  const target = chosenTarget();
  if (!target) {
    $("own-target").focus({ preventScroll: true });
    tell("اكتب الهدف الذي يقاس الموقف منه.", { kind: "note" });
    return;
  }
  state.running = new AbortController();
  busy(true);
  tell("");
  try {
    const article = { id: "page", text, ...(title.trim() ? { title } : {}) };
    const answer = await call("analyze", { articles: [article], target: target.given }, state.running.signal);
    const [result] = answer.results;
    if (result.error) throw new CallError(result.error.message.ar);
    Object.assign(state, {
      article: { title: article.title || "", text },
      target,
      statements: result.statements,
      answered: answer.model,
      corrections: [],
      open: -1,
      stances: new Set(Object.keys(STANCES)),
      doubtfulOnly: false,
      speaker: "",
    });
    show();
  } catch (error) {
    if (error.name === "AbortError") tell("أُوقف التحليل.", { kind: "note" });
    else tellError(error, analyze);
  } finally {
    state.running = null;
    busy(false);
  }
}

function busy(on) {
  $("compose").setAttribute("aria-busy", String(on));
  $("send").textContent = on ? "أوقف التحليل" : "حلّل النص";
  $("send").classList.toggle("busy", on);
  $("example").disabled = on;
}

// The result

function show() {
  const { statements, article } = state;
  $("compose").hidden = true;
  $("result").hidden = false;
  $("result-title").textContent = counted(statements.length);
  $("result-about").textContent = `الموقف من: ${state.target.title}`;
  $("filters").hidden = $("side").hidden = !statements.length;
  $("result").classList.toggle("nothing", !statements.length);
  showLegend();
  showSpeakers();
  $("title-text").hidden = !article.title;
  $("title-text").replaceChildren(...marked(article.title, statements, "title", fromText));
  $("text").replaceChildren(...marked(article.text, statements, "text", fromText));
  const unseen = invisible(article.title + article.text);
  $("invisible").hidden = !unseen;
  $("invisible").textContent = `في النص ${unseen} من محارف التحكم التي لا تُرى؛ تُركت كما هي، وقد تغيّر ترتيب ما يُرى.`;
  $("list").replaceChildren(...statements.map((one, i) => card(one, i, actions)));
  filter();
  $("result-title").focus();
}

const shown = (one) =>
  state.stances.has(stanceOf(one)) && (!state.doubtfulOnly || doubtful(one)) && (!state.speaker || speakerOf(one) === state.speaker);

function showLegend() {
  const chips = Object.entries(STANCES).map(([stance, { name, sign }]) =>
    chip(stance, sign, name, state.statements.filter((one) => stanceOf(one) === stance).length, state.stances.has(stance), () => {
      if (!state.stances.delete(stance)) state.stances.add(stance);
    }),
  );
  const doubts = state.statements.filter(doubtful).length;
  if (doubts) {
    chips.push(
      chip("review", "؟", NEEDS_A_PERSON, doubts, state.doubtfulOnly, () => {
        state.doubtfulOnly = !state.doubtfulOnly;
      }),
    );
  }
  $("legend").replaceChildren(...chips);
}

function chip(kind, sign, name, count, pressed, change) {
  const button = make(
    "button",
    { type: "button", class: `chip ${kind}`, "data-filter": kind, "aria-pressed": String(pressed) },
    make("span", { "aria-hidden": "true" }, sign),
    name,
    make("b", {}, String(count)),
  );
  button.addEventListener("click", () => {
    change();
    showLegend();
    filter();
    $("legend").querySelector(`[data-filter="${kind}"]`).focus();
  });
  return button;
}

function showSpeakers() {
  const counts = new Map();
  for (const one of state.statements) counts.set(speakerOf(one), (counts.get(speakerOf(one)) || 0) + 1);
  $("by-speaker").hidden = counts.size < 2;
  $("speaker").replaceChildren(
    make("option", { value: "" }, "الكل"),
    ...[...counts].map(([name, count]) => make("option", { value: name }, `${name} (${count})`)),
  );
}

function filter() {
  let count = 0;
  const visible = state.statements.map(shown);
  for (const mark of document.querySelectorAll("mark.said")) mark.classList.toggle("off", !visible[mark.dataset.i]);
  for (const flag of document.querySelectorAll(".flag")) flag.hidden = !visible[flag.parentElement.dataset.i];
  for (const item of $("list").children) {
    item.hidden = !visible[item.dataset.i];
    count += visible[item.dataset.i] ? 1 : 0;
  }
  $("shown").textContent = count === state.statements.length ? "" : `يظهر ${count} من ${state.statements.length}`;
}

// From the text to the card and back

const actions = {
  toggle(i) {
    open(state.open === i ? -1 : i);
    if (state.open === i) bring(document.querySelector(`mark.said[data-i="${i}"]`));
  },
  toText(i) {
    bring($(`m${i}`), true);
    $(`m${i}`).focus({ preventScroll: true });
  },
  async correct(i, given) {
    const one = state.statements[i];
    const sent = {
      statement: { text: one.text, speaker: one.speaker && one.speaker.name, context: contextAround(state.article[one.field], one) },
      stance: given.stance,
      sentiment: given.sentiment,
      annotator: given.annotator.trim() || null,
      target: state.target.given,
      model: state.answered,
      predicted: { stance: one.stance.label, sentiment: one.sentiment.label },
      source: "page",
    };
    const { id } = await call("feedback", sent);
    state.corrections.push({ id, start: one.start, end: one.end, field: one.field, stance: given.stance, sentiment: given.sentiment });
    const item = $(`s${i}`);
    item.querySelector(".fixed").hidden = false;
    item.querySelector(".review")?.remove();
    return id;
  },
};

function fromText(i) {
  open(i);
  const item = $(`s${i}`);
  bring(item);
  item.querySelector(".head").focus({ preventScroll: true });
}

function open(i) {
  const before = state.open;
  state.open = i;
  for (const number of [before, i]) {
    if (number < 0) continue;
    const on = number === i;
    for (const mark of document.querySelectorAll(`mark.said[data-i="${number}"]`)) mark.classList.toggle("picked", on);
    const item = $(`s${number}`);
    item.classList.toggle("open", on);
    item.querySelector(".head").setAttribute("aria-expanded", String(on));
    const inside = item.querySelector(".body");
    inside.hidden = !on;
    // Made at the first opening and kept, so that what someone began to correct is not lost.
    if (on && !inside.firstChild) inside.append(...body(state.statements[number], number, actions).filter(Boolean));
  }
}

// Beside each other, only what is out of sight moves; below each other, the text stays where the reader is.
function bring(element, always = false) {
  if (!element) return;
  const narrow = matchMedia("(max-width: 56rem)").matches;
  if (narrow && !always && element.matches("mark")) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: element.matches("li") && narrow ? "start" : "nearest", behavior: calm ? "auto" : "smooth" });
}

function download() {
  const article = { id: "page", ...(state.article.title ? { title: state.article.title } : {}), text: state.article.text };
  const kept = { article, target: state.target.given, model: state.answered, statements: state.statements, corrections: state.corrections };
  const address = URL.createObjectURL(new Blob([JSON.stringify(kept, null, 2)], { type: "application/json" }));
  const link = make("a", { href: address, download: "qawl.json" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function compose(clear) {
  if (clear) $("article").value = $("title").value = "";
  $("result").hidden = true;
  $("compose").hidden = false;
  tell("");
  (clear ? $("title") : $("article")).focus();
}

$("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  if (state.running) state.running.abort();
  else analyze();
});
$("compose").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    analyze();
  }
});
$("example").addEventListener("click", () => {
  $("title").value = EXAMPLE.title;
  $("article").value = EXAMPLE.text;
  analyze();
});
$("edit").addEventListener("click", () => compose(false));
$("fresh").addEventListener("click", () => compose(true));
$("download").addEventListener("click", download);
$("target").addEventListener("change", () => {
  showTarget();
  if ($("target").value === OWN) $("own-target").focus();
});
$("speaker").addEventListener("change", () => {
  state.speaker = $("speaker").value;
  filter();
});
$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  keepKey($("key").value);
  tell("");
  showModel();
});
showModel();
