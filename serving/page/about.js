// The model's card in a few lines. Knows the card's fields and shows those that are there.

import { make } from "./document.js";
import { percent } from "./words.js";

const SETS = { validation: "أقوال كُتبت للتحقق", "gold-dev": "أقوال من أخبار حقيقية لم يتدرب عليها" };

export function about(card) {
  const measured = Object.entries(card.metrics || {}).filter(([, one]) => one && one.stance && one.stance.macro_f1);
  return [
    make("p", {}, "نموذج صغير يقرأ القول وقائله وسياقه وبطاقة الهدف. ثقته معايَرة: حين تقل عن الحد المبين يترك القول لإنسان."),
    make(
      "dl",
      { class: "facts" },
      ...[
        ["الاسم والنسخة", make("bdi", {}, `${card.name} · ${card.version}`)],
        ["المشفّر", make("bdi", {}, `${card.encoder.name} (${card.encoder.licence})`)],
        ["صُنع في", make("bdi", {}, String(card.created).slice(0, 10))],
        ["حد الثقة", make("span", {}, "الموقف ", figure(card.heads.stance.threshold), "، الشعور ", figure(card.heads.sentiment.threshold))],
      ].flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
    ),
    measured.length
      ? make(
          "div",
          { class: "scroll" },
          make(
            "table",
            { class: "measured" },
            make("caption", {}, "ما قيس عليه: macro-F1 ومجاله (95%)"),
            make("thead", {}, make("tr", {}, ...["المجموعة", "العدد", "الموقف", "الشعور"].map((head) => make("th", { scope: "col" }, head)))),
            make(
              "tbody",
              {},
              ...measured.map(([name, one]) =>
                make(
                  "tr",
                  {},
                  make("th", { scope: "row" }, SETS[name] || make("bdi", {}, name)),
                  make("td", {}, String(one.statements ?? one.stance.n ?? "")),
                  make("td", {}, interval(one.stance)),
                  make("td", {}, interval(one.sentiment)),
                ),
              ),
            ),
          ),
        )
      : null,
    make("p", {}, make("a", { href: "model" }, "البطاقة كاملة (JSON)")),
  ];
}

const figure = (share) => make("bdi", {}, typeof share === "number" ? percent(share) : "—");

function interval(head) {
  const f1 = head && head.macro_f1;
  if (!f1 || typeof f1.value !== "number") return "—";
  const between = typeof f1.low === "number" ? ` (${f1.low.toFixed(2)}–${f1.high.toFixed(2)})` : "";
  return make("bdi", { dir: "ltr" }, f1.value.toFixed(2) + between);
}
