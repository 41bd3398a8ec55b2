// A text with its statements marked where they stand. Knows offsets; knows nothing of the service or the list.
// Offsets are code points, JavaScript's strings are UTF-16: an emoji is one of the first and two of the second.

import { make } from "./document.js";
import { NEEDS_A_PERSON, STANCES, doubtful, speakerOf, stanceOf } from "./words.js";

/** The text addressed by code points: `slice(start, end)` and `at(code point)` in UTF-16. */
export function codePoints(text) {
  if (!/[\ud800-\udfff]/.test(text)) return { at: (point) => point, slice: (start, end) => text.slice(start, end), length: text.length };
  const places = [];
  for (let unit = 0; unit < text.length; unit += text.codePointAt(unit) > 0xffff ? 2 : 1) places.push(unit);
  const at = (point) => (point < places.length ? places[point] : text.length);
  return { at, slice: (start, end) => text.slice(at(start), at(end)), length: places.length };
}

/** As the service cuts it: the statement's line, at most 400 code points before it and 200 after it. */
export function contextAround(text, { start, end }) {
  const points = codePoints(text);
  const lineStart = points.at(start) ? text.lastIndexOf("\n", points.at(start) - 1) + 1 : 0;
  const lineEnd = text.indexOf("\n", points.at(end));
  const from = Math.max(lineStart, points.at(Math.max(0, start - 400)));
  return text.slice(from, Math.min(lineEnd < 0 ? text.length : lineEnd, points.at(end + 200)));
}

/**
 * The nodes of a text: its statements, cues and speakers as nested elements, whose text is the text's own.
 * A statement that crosses the end of another is cut there into two pieces; both carry its number in `data-i`.
 */
export function marked(text, statements, field, pick) {
  const points = codePoints(text);
  const spans = [];
  statements.forEach((one, i) => {
    if (one.field !== field) return;
    spans.push({ start: one.start, end: one.end, kind: "said", i, one, first: true, last: true });
    if (one.cue) spans.push({ start: one.cue.start, end: one.cue.end, kind: "cue", i });
    const mention = one.speaker && one.speaker.mention;
    if (mention) spans.push({ start: mention.start, end: mention.end, kind: "who", i });
  });
  spans.sort((a, b) => a.start - b.start || b.end - a.end || (b.kind === "said") - (a.kind === "said"));

  function nest(from, to, waiting) {
    const nodes = [];
    let at = from;
    for (let k = 0; k < waiting.length; ) {
      const span = waiting[k];
      k += 1;
      const inside = [];
      const beyond = [];
      while (k < waiting.length && waiting[k].start < span.end) {
        const next = waiting[k];
        k += 1;
        if (next.end <= span.end) inside.push(next);
        else {
          inside.push({ ...next, end: span.end, last: false });
          beyond.push({ ...next, start: span.end, first: false });
        }
      }
      if (beyond.length) {
        waiting = [...beyond.sort((a, b) => b.end - a.end), ...waiting.slice(k)];
        k = 0;
      }
      if (span.start > at) nodes.push(points.slice(at, span.start));
      nodes.push(element(span, nest(span.start, span.end, inside)));
      at = span.end;
    }
    if (to > at) nodes.push(points.slice(at, to));
    return nodes;
  }

  function element({ kind, i, one, first, last }, children) {
    if (kind !== "said") return make("span", { class: kind }, ...children);
    const stance = stanceOf(one);
    const open = (event) => {
      event.preventDefault();
      event.stopPropagation();
      // Someone who marks words to copy them does not want to be carried off.
      if (event.type === "click" && event.detail && String(getSelection())) return;
      pick(i);
    };
    const about = [STANCES[stance].name, doubtful(one) ? NEEDS_A_PERSON : null, speakerOf(one)].filter(Boolean).join("، ");
    return make(
      "mark",
      { class: `said ${stance}${doubtful(one) ? " doubt" : ""}${first ? " first" : ""}`, "data-i": i, title: about, onclick: open },
      ...children,
      // The sign stands in the style sheet, so that the mark's text stays the statement's.
      last ? make("a", { class: "flag", id: `m${i}`, href: `#s${i}`, "data-sign": STANCES[stance].sign + (doubtful(one) ? "؟" : ""), "aria-label": `${about}: إلى تفصيله`, onclick: open }) : null,
    );
  }

  return nest(0, points.length, spans);
}

/** How many characters of the text nobody sees: controls, and marks that turn the direction of writing. */
export function invisible(text) {
  return (text.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g) || []).length;
}
