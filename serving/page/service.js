// Calls to the service, and its errors as people read them. Knows addresses and statuses; knows nothing of the document.

import { seconds } from "./words.js";

const KEY = "qawl-key";

// `again`: trying once more may help. `key`: the service asks for a key.
export class CallError extends Error {
  constructor(message, { again = false, key = false } = {}) {
    super(message);
    this.again = again;
    this.key = key;
  }
}

export function keepKey(key) {
  sessionStorage.setItem(KEY, key);
}

export async function call(path, body, signal) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const key = sessionStorage.getItem(KEY);
  if (key) headers["X-API-Key"] = key;
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallError("تعذر الاتصال بالخادم. تحقق من الشبكة ثم أعد المحاولة.", { again: true });
  }
  if (response.ok) {
    try {
      return await response.json();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new CallError("انقطع الاتصال قبل أن يصل الجواب كاملا.", { again: true });
    }
  }
  let error = null;
  try {
    ({ error } = await response.json());
  } catch { /* not one of our answers: something between us and the service spoke */ }
  throw explained(response, error?.message?.ar, error?.code);
}

function explained(response, said, code) {
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const when = wait > 0 ? ` بعد ${seconds(wait)}` : " بعد قليل";
  if (code === "deadline") return new CallError(`${said}. النص طويل: قسّمه وأرسل أجزاءه، أو أعد المحاولة حين تخف الخدمة.`, { again: true });
  switch (response.status) {
    case 401:
      return new CallError(said || "المفتاح مفقود أو غير صحيح.", { key: true });
    case 413:
      return new CallError(`النص أكبر من الحد المسموح. قسّمه وأرسل أجزاءه. ${said ? `(${said})` : ""}`);
    case 429:
    case 503:
      return new CallError(`الخدمة مشغولة الآن. أعد المحاولة${when}.`, { again: true });
    case 502:
    case 504:
      return new CallError("الخدمة لا تجيب الآن. أعد المحاولة بعد قليل.", { again: true });
    default:
      return new CallError(said || `خطأ غير متوقع (${response.status}).`, { again: response.status >= 500 });
  }
}
