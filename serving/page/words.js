// The page's words for labels, and small things of Arabic writing. Knows nothing of the document or the service.

export const STANCES = {
  against: { name: "معارض", sign: "✕" },
  favor: { name: "مؤيد", sign: "✓" },
  neutral: { name: "محايد", sign: "○" },
  unrelated: { name: "لا صلة", sign: "–" },
};
export const SENTIMENTS = { positive: "إيجابي", neutral: "محايد", negative: "سلبي" };
export const SENTIMENT_TONES = { positive: "favor", neutral: "neutral", negative: "against" };
export const KINDS = { direct: "نقل مباشر", indirect: "نقل غير مباشر", mixed: "نقل مختلط" };
export const SPEAKERS = { person: "شخص", organisation: "جهة", country: "دولة", unnamed: "قائل غير مسمى" };
export const NEEDS_A_PERSON = "يحتاج إلى مراجعة بشرية";

export const percent = (share) => `${Math.round(share * 100)}%`;
export const stanceOf = (statement) => (statement.stance ? statement.stance.label : "unrelated");
export const speakerOf = (statement) => (statement.speaker ? statement.speaker.name : "قائل غير معروف");
export const doubtful = (statement) => Boolean(statement.stance && statement.stance.abstained);

export function counted(n) {
  if (n === 0) return "لا أقوال في هذا النص";
  if (n === 1) return "قول واحد";
  if (n === 2) return "قولان";
  return n % 100 >= 3 && n % 100 <= 10 ? `${n} أقوال` : `${n} قولا`;
}

export function seconds(n) {
  if (n === 1) return "ثانية";
  if (n === 2) return "ثانيتين";
  return n <= 10 ? `${n} ثوان` : `${n} ثانية`;
}
