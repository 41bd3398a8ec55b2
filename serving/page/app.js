// The page: sends an article to /analyze and shows its statements where they stand.
// Offsets are code points, JavaScript's strings are UTF-16: the text is held as an array of code points.
// Nothing of an article is ever parsed as HTML.
"use strict";

const STANCES = {
  against: { name: "معارض", sign: "✕" },
  favor: { name: "مؤيد", sign: "✓" },
  neutral: { name: "محايد", sign: "○" },
  unrelated: { name: "لا صلة", sign: "–" },
};
const SENTIMENTS = { positive: "إيجابي", neutral: "محايد", negative: "سلبي" };
const SENTIMENT_TONES = { positive: "favor", neutral: "neutral", negative: "against" };
const KINDS = { direct: "نقل مباشر", indirect: "نقل غير مباشر", mixed: "نقل مختلط" };
const SPEAKERS = { person: "شخص", organisation: "جهة", country: "دولة", unnamed: "قائل غير مسمى" };

const $ = (id) => document.getElementById(id);
const percent = (share) => `${Math.round(share * 100)}٪`;
const state = { article: null, letters: [], statements: [], model: null, picked: -1, shown: new Set(), target: null };

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

async function call(path, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const key = sessionStorage.getItem("qawl-key");
  if (key) headers["X-API-Key"] = key;
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error("تعذر الاتصال بالخادم. تحقق من الشبكة وأعد المحاولة.");
  }
  if (response.ok) return response.json();
  $("key-form").hidden = response.status !== 401;
  let said = null;
  try {
    said = (await response.json()).error.message.ar;
  } catch { /* not one of our answers */ }
  throw new Error(said || `خطأ غير متوقع (${response.status})`);
}

function tell(text, kind = "error") {
  const box = $("message");
  box.hidden = !text;
  box.dataset.kind = kind;
  box.textContent = text || "";
}

async function showModel() {
  try {
    const card = await call("model");
    state.model = card;
    $("model").textContent = `النموذج: ${card.name} · ${card.version}`;
    const select = $("target");
    const titles = new Map(card.targets.map((target) => [target.name, target.title]));
    const known = card.known_targets.map((name) => make("option", { value: name }, titles.get(name) || card.target_titles?.[name] || name));
    select.replaceChildren(...known, make("option", { value: "" }, "هدف آخر…"));
    $("key-form").hidden = true;
  } catch (error) {
    tell(error.message);
  }
}

async function analyze() {
  const text = $("article").value;
  if (!text.trim()) {
    tell("ألصق نصا أولا، أو جرب المثال.", "note");
    $("article").focus();
    return;
  }
  const target = $("target").value || $("own-target").value.trim();
  if (!target) {
    tell("اكتب الهدف الذي يقاس الموقف منه.", "note");
    $("own-target").focus();
    return;
  }
  const send = $("send");
  send.disabled = true;
  send.textContent = "يقرأ…";
  tell("");
  try {
    const answer = await call("analyze", { articles: [{ id: "page", text }], target });
    const [result] = answer.results;
    if (result.error) throw new Error(result.error.message.ar);
    state.article = text;
    state.letters = Array.from(text);
    state.statements = result.statements;
    state.answered = answer.model;
    state.target = target;
    state.shown = new Set(Object.keys(STANCES));
    state.picked = -1;
    show();
  } catch (error) {
    tell(error.message);
  } finally {
    send.disabled = false;
    send.textContent = "حلل النص";
  }
}

const toneOf = (statement) => (statement.stance ? statement.stance.label : "unrelated");
const speakerOf = (statement) => (statement.speaker ? statement.speaker.name : "قائل غير معروف");

function counted(n) {
  if (n === 0) return "لم يعثر على أقوال في هذا النص";
  if (n === 1) return "قول واحد";
  if (n === 2) return "قولان";
  return n <= 10 ? `${n} أقوال` : `${n} قولا`;
}

function show() {
  $("compose").hidden = true;
  $("result").hidden = false;
  $("result-title").textContent = counted(state.statements.length);
  showLegend();
  showText();
  showList();
  showDetail();
  $("result-title").focus();
}

function showLegend() {
  const chips = Object.entries(STANCES).map(([stance, { name, sign }]) => {
    const count = state.statements.filter((one) => toneOf(one) === stance).length;
    return make(
      "button",
      {
        type: "button",
        class: `chip ${stance}`,
        "aria-pressed": String(state.shown.has(stance)),
        "data-stance": stance,
        onclick: () => {
          state.shown.has(stance) ? state.shown.delete(stance) : state.shown.add(stance);
          showLegend();
          filter();
          document.querySelector(`.chip.${stance}`).focus();
        },
      },
      make("span", { "aria-hidden": "true" }, sign),
      name,
      make("b", {}, String(count)),
    );
  });
  const doubtful = state.statements.filter((one) => one.stance && one.stance.abstained).length;
  if (doubtful) chips.push(make("span", { class: "chip doubt" }, "؟ تردد فيها النموذج", make("b", {}, String(doubtful))));
  $("legend").replaceChildren(...chips);
}

function filter() {
  document.querySelectorAll("[data-i]").forEach((element) => {
    const visible = state.shown.has(toneOf(state.statements[element.dataset.i]));
    element.classList.toggle("off", !visible);
    if (element.closest(".list")) element.parentElement.hidden = !visible;
    if (element.hasAttribute("tabindex")) element.tabIndex = visible ? 0 : -1;
  });
}

// The text is cut wherever a statement, a cue or a speaker begins or ends; each piece belongs to the innermost statement.
function showText() {
  const inText = state.statements.map((one, i) => ({ one, i })).filter(({ one }) => one.field === "text");
  const cuts = new Set([0, state.letters.length]);
  const marks = [];
  for (const { one, i } of inText) {
    cuts.add(one.start).add(one.end);
    for (const [span, kind] of [[one.cue, "cue"], [one.speaker && one.speaker.mention, "who"]]) {
      if (!span) continue;
      cuts.add(span.start).add(span.end);
      marks.push({ ...span, kind, i });
    }
  }
  const at = [...cuts].sort((a, b) => a - b);
  const begun = new Set();
  const pieces = [];
  for (let k = 0; k + 1 < at.length; k += 1) {
    const [start, end] = [at[k], at[k + 1]];
    const text = state.letters.slice(start, end).join("");
    const inner = inText
      .filter(({ one }) => one.start <= start && end <= one.end)
      .sort((a, b) => a.one.end - a.one.start - (b.one.end - b.one.start))[0];
    const kinds = marks.filter((mark) => mark.start <= start && end <= mark.end).map((mark) => mark.kind);
    let piece = kinds.length ? make("span", { class: [...new Set(kinds)].join(" ") }, text) : document.createTextNode(text);
    if (inner) {
      const { one, i } = inner;
      const first = !begun.has(i);
      begun.add(i);
      const doubt = one.stance && one.stance.abstained;
      piece = make(
        "span",
        {
          class: `said ${toneOf(one)}${doubt ? " doubt" : ""}`,
          "data-i": i,
          role: first ? "button" : null,
          tabindex: first ? "0" : null,
          "aria-label": first ? `${speakerOf(one)}، ${STANCES[toneOf(one)].name}: ${one.text}` : null,
          onclick: () => pick(i, false),
          onkeydown: (event) => {
            if (event.key === "Enter" || event.key === " ") {
              event.preventDefault();
              pick(i, false);
            }
          },
        },
        piece,
      );
      if (end === one.end) {
        piece.append(make("span", { class: "badge", "aria-hidden": "true" }, STANCES[toneOf(one)].sign + (doubt ? "؟" : "")));
      }
    }
    pieces.push(piece);
  }
  $("text").replaceChildren(...pieces);
}

function showList() {
  $("list").replaceChildren(
    ...state.statements.map((one, i) =>
      make(
        "li",
        {},
        make(
          "button",
          { type: "button", class: toneOf(one), "data-i": i, onclick: () => pick(i, true) },
          make("span", { class: "name" }, speakerOf(one)),
          make("span", { class: "tag" }, `${STANCES[toneOf(one)].sign} ${STANCES[toneOf(one)].name}${one.stance && one.stance.abstained ? " ؟" : ""}`),
          make("span", { class: "short" }, one.text),
        ),
      ),
    ),
  );
  document.querySelector(".list-title").hidden = !state.statements.length;
}

function pick(i, scroll) {
  state.picked = i;
  document.querySelectorAll("[data-i]").forEach((element) => element.classList.toggle("picked", Number(element.dataset.i) === i));
  showDetail();
  if (scroll) document.querySelector(`.said[data-i="${i}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" });
  else if (matchMedia("(max-width: 56rem)").matches) $("detail").scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function head(title, answer, names, tone) {
  const bars = Object.entries(answer.probabilities).map(([label, share]) =>
    make(
      "div",
      { class: `bar ${tone(label)}` },
      make("span", {}, names(label)),
      make("meter", { min: "0", max: "1", value: String(share), "aria-label": names(label) }),
      make("span", {}, percent(share)),
    ),
  );
  return [
    make("div", { class: `head-row ${tone(answer.label)}` }, make("span", {}, title), make("strong", {}, `${names(answer.label)} · ثقة ${percent(answer.confidence)}`)),
    make("div", { class: "bars" }, ...bars),
  ];
}

function showDetail() {
  const box = $("detail");
  const one = state.statements[state.picked];
  if (!one) {
    box.className = "detail";
    box.replaceChildren(
      make("p", { class: "meta" }, state.statements.length
        ? "اختر قولا من النص أو من القائمة لترى قائله وموقفه، ولتصحح الحكم إن أخطأ."
        : "قد يكون النص بلا كلام منقول، أو بغير العربية."),
    );
    return;
  }
  const meta = [one.speaker && SPEAKERS[one.speaker.type], KINDS[one.kind], one.cue && `فعل القول: ${one.cue.text}`, one.asserted ? null : "قول منفي أو مفترض"];
  box.className = `detail ${toneOf(one)}`;
  box.replaceChildren(
    make("h3", {}, speakerOf(one)),
    make("p", { class: "meta" }, meta.filter(Boolean).join(" · ")),
    make("blockquote", {}, one.text),
    ...(one.stance ? head("الموقف", one.stance, (label) => STANCES[label].name, (label) => label) : []),
    ...(one.sentiment ? head("الشعور", one.sentiment, (label) => SENTIMENTS[label], (label) => SENTIMENT_TONES[label]) : []),
    one.stance && one.stance.abstained ? make("p", { class: "doubt-note" }, "تردد النموذج في موقف هذا القول: راجعه بنفسك.") : null,
    one.stance ? correction(one) : null,
  );
}

function choices(title, name, options, chosen, tone) {
  return make(
    "fieldset",
    {},
    make("legend", {}, title),
    ...Object.entries(options).map(([value, label]) =>
      make(
        "label",
        { class: `pick ${tone(value)}` },
        make("input", { type: "radio", name, value, checked: value === chosen }),
        make("span", {}, label),
      ),
    ),
  );
}

function correction(one) {
  const names = Object.fromEntries(Object.entries(STANCES).map(([key, { name }]) => [key, name]));
  const note = make("p", { class: "done", role: "status" });
  const form = make(
    "form",
    {
      onsubmit: async (event) => {
        event.preventDefault();
        const given = new FormData(form);
        const button = form.querySelector("button");
        button.disabled = true;
        try {
          localStorage.setItem("qawl-annotator", given.get("annotator"));
          await call("feedback", {
            statement: { text: one.text, speaker: one.speaker && one.speaker.name, context: around(one) },
            stance: given.get("stance"),
            sentiment: given.get("sentiment"),
            annotator: given.get("annotator") || null,
            target: one.target,
            model: state.answered,
            predicted: { stance: one.stance.label, sentiment: one.sentiment.label },
            source: "page",
          });
          note.textContent = "حفظ التصحيح، شكرا.";
        } catch (error) {
          note.textContent = error.message;
        } finally {
          button.disabled = false;
        }
      },
    },
    choices("الموقف", "stance", names, one.stance.label, (value) => value),
    choices("الشعور", "sentiment", SENTIMENTS, one.sentiment.label, (value) => SENTIMENT_TONES[value]),
    make(
      "div",
      { class: "who-row" },
      make("input", { name: "annotator", placeholder: "اسمك (اختياري)", "aria-label": "اسمك", maxlength: "200", value: localStorage.getItem("qawl-annotator") || "" }),
      make("button", { class: "primary", type: "submit" }, "أرسل"),
    ),
    note,
  );
  return make("details", { class: "fix" }, make("summary", {}, "صحح الحكم"), form);
}

// As the service cuts it: the line, at most 400 characters before and 200 after.
function around(one) {
  const before = state.letters.lastIndexOf("\n", one.start - 1) + 1;
  const after = state.letters.indexOf("\n", one.end);
  const start = Math.max(one.start ? before : 0, one.start - 400);
  const end = Math.min(after < 0 ? state.letters.length : after, one.end + 200);
  return state.letters.slice(start, end).join("");
}

$("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  analyze();
});
$("article").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) analyze();
});
$("example").addEventListener("click", () => {
  $("article").value = window.EXAMPLE;
  analyze();
});
$("again").addEventListener("click", () => {
  $("result").hidden = true;
  $("compose").hidden = false;
  $("article").focus();
});
$("target").addEventListener("change", () => {
  $("own-target").hidden = $("target").value !== "";
});
$("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("qawl-key", $("key").value);
  tell("");
  showModel();
});
showModel();
