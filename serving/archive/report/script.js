// Shows the statements behind a number: the fragment of its link is a filter. Reads the data in the page, nothing else.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const byId = new Map(data.statements.map((one) => [one.id, one]));
const panel = document.getElementById("panel");
const STEP = 40;

const matches = {
  id: (one, value) => one.id === value,
  stance: (one, value) => one.stance === value,
  speaker: (one, value) => one.speaker === value,
  kind: (one, value) => one.kind === value,
  period: (one, value) => one.period === value,
  cluster: (one, value) => one.cluster === value,
  own: (one, value) => one.outlet === value,
  from: (one, value) => one.day !== null && one.day >= value,
  until: (one, value) => one.day !== null && one.day < value,
  undated: (one) => one.day === null,
  abstained: (one) => one.abstained,
  copied: (one) => copies(one) > 1,
  all: () => true,
  outlet: (one, value) => (one.outlets || []).some(([name]) => name === value),
};
const names = {
  stance: (value) => data.stances[value] || value,
  kind: (value) => data.kinds[value] || value,
  period: (value) => data.periods[value] || value,
  cluster: () => "نسخ قول واحد",
  id: () => "قول واحد",
  from: (value) => `منذ ${value}`,
  until: (value) => `قبل ${value}`,
  undated: () => "بلا تاريخ",
  abstained: () => "تحتاج إلى مراجعة",
  copied: () => "في أكثر من مقال",
  all: () => "الأقوال كلها",
};
// What has no relation to the target is counted apart: only these filters ask for it.
const widest = ([key, value]) => key === "all" || key === "copied" || key === "id" || (key === "stance" && value === "unrelated");

function copies(one) {
  return (one.outlets || []).reduce((sum, [, count]) => sum + Number(count), 0);
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined && text !== null) element.textContent = text;
  return element;
}

function sentence(one) {
  const paragraph = make("p");
  const context = one.context || one.text;
  const at = context.indexOf(one.text);
  if (at < 0) {
    paragraph.append(make("mark", "", one.text));
    return paragraph;
  }
  paragraph.append(context.slice(0, at), make("mark", "", one.text), context.slice(at + one.text.length));
  return paragraph;
}

function said(one) {
  const block = make("div", `said ${one.stance}`);
  const about = make("div", "about");
  about.append(make("b", "", one.speaker || "متحدث غير معروف"));
  if (one.role) about.append(make("span", "", one.role));
  const label = make("span", `tag ${one.stance}`, `${data.stances[one.stance]} ${Math.round(one.confidence * 100)}%`);
  about.append(label);
  if (one.abstained) about.append(make("span", "", "تحتاج إلى مراجعة"));
  about.append(make("span", "", data.kinds[one.kind]));
  const source = make("div", "about");
  const title = one.title || one.article_id;
  if (/^https?:\/\//i.test(one.url || "")) {
    const link = make("a", "", title);
    link.href = one.url;
    link.rel = "noopener noreferrer";
    source.append(link);
  } else {
    source.append(make("span", "", title));
  }
  for (const text of [one.outlet, one.day]) if (text) source.append(make("bdi", "", text));
  if (copies(one) > 1) source.append(make("span", "", `في مقالات: ${copies(one)}`));
  const own = make("a", "", "رابط القول");
  own.href = `#id=${encodeURIComponent(one.id)}`;
  source.append(own);
  block.append(about, sentence(one), source);
  return block;
}

function show(filter) {
  const wide = filter.some(widest);
  const kept = data.statements.filter(
    (one) => (wide || one.stance !== "unrelated") && filter.every(([key, value]) => matches[key](one, value)),
  );
  document.getElementById("panel-title").textContent = filter.map(([key, value]) => (names[key] || String)(value)).join(" · ");
  // The number that was followed counts articles where an outlet's or a statement's copies are meant.
  const followed = [...document.querySelectorAll("a[data-count]")].find((one) => one.getAttribute("href") === location.hash);
  const counted = followed ? Number(followed.dataset.count) : 0;
  const byArticle = filter.some(([key]) => ["outlet", "cluster", "copied"].includes(key));
  const rest = "ونصوص الباقي في الجداول: qawl query, qawl export.";
  let note = `الأقوال المعروضة: ${kept.length.toLocaleString("en")}`;
  if (!kept.length) note = `لا تحمل هذه الصفحة نصوص هذه الأقوال؛ ${rest}`;
  else if (!byArticle && counted > kept.length) note += ` من ${counted.toLocaleString("en")}؛ ${rest}`;
  else if (byArticle && counted) note += ` في مقالات: ${counted.toLocaleString("en")}`;
  document.getElementById("panel-note").textContent = note;
  const list = document.getElementById("panel-list");
  const more = document.getElementById("more");
  let shown = 0;
  const next = () => {
    list.append(...kept.slice(shown, shown + STEP).map(said));
    shown += STEP;
    more.hidden = shown >= kept.length;
  };
  list.replaceChildren();
  more.onclick = next;
  next();
  panel.hidden = false;
  panel.scrollTop = 0;
}

function follow() {
  const filter = [...new URLSearchParams(location.hash.slice(1))].filter(([key]) => key in matches);
  if (filter.length) show(filter);
  else panel.hidden = true;
}

for (const place of document.querySelectorAll("[data-id]")) {
  const one = byId.get(place.dataset.id);
  if (one) place.append(said(one));
}
addEventListener("hashchange", follow);
addEventListener("keydown", (event) => {
  if (event.key === "Escape") panel.hidden = true;
});
document.querySelector("#panel .close").addEventListener("click", (event) => {
  event.preventDefault(); // closing must not scroll to the top
  history.replaceState(null, "", location.pathname + location.search);
  panel.hidden = true;
});
follow();
