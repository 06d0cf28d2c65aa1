// What a person types as an amount. The same rules, with the same codes, stand in pricing/forms.py; the server has the
// last word. No arithmetic here: an amount is a string of digits from the key to the database.

const CURRENCY = /^(?:[£€¥$￥]|GBP|EUR|CNY|USD)?(.*?)(?:[£€¥$￥]|GBP|EUR|CNY|USD)?$/i;
const LIMIT = 14;

/** {amount} with exactly `places` decimals, or {code}. */
export function parseAmount(text, places) {
  const plain = text.normalize("NFKC").replace(/[\s\u00a0\u202f]/g, "").replace(/\u2212/g, "-");
  if (!plain) return { code: "empty" };
  const negative = plain.startsWith("-");
  const body = CURRENCY.exec(negative ? plain.slice(1) : plain)[1];
  if (!/^[0-9.,']+$/.test(body) || !/[0-9]/.test(body)) {
    return { code: /^[0-9.,OoIl]+$/.test(body) && /[0-9]/.test(body) ? "letter" : "not_amount" };
  }
  const split = splitAmount(body.replace(/'/g, ""));
  if (split.code) return split;
  if (negative) return { code: "negative" };
  const whole = split.whole.replace(/^0+(?=\d)/, "") || "0";
  const decimals = split.decimals.replace(/0+$/, "");
  if (decimals.length > places) return { code: "decimals" };
  if (whole.length > LIMIT) return { code: "too_large" };
  return { amount: places ? `${whole}.${decimals.padEnd(places, "0")}` : whole };
}

function splitAmount(body) {
  const dots = body.split(".").length - 1;
  const commas = body.split(",").length - 1;
  if (dots && commas) {
    const mark = body.lastIndexOf(".") > body.lastIndexOf(",") ? "." : ",";
    if ((mark === "." ? dots : commas) > 1) return { code: "not_amount" };
    const [head, decimals] = body.split(mark);
    return grouped(head, mark === "." ? "," : ".", decimals);
  }
  if (commas === 1) {
    const [whole, decimals] = body.split(",");
    if (decimals.length === 3 && whole.length >= 1 && whole.length <= 3 && whole !== "0") return { code: "ambiguous" };
    return { whole, decimals };
  }
  if (commas > 1) return grouped(body, ",", "");
  if (dots > 1) return grouped(body, ".", "");
  const [whole, decimals = ""] = body.split(".");
  return { whole, decimals };
}

function grouped(head, mark, decimals) {
  const groups = head.split(mark);
  const fits = groups[0].length >= 1 && groups[0].length <= 3 && groups.slice(1).every((group) => group.length === 3);
  return fits ? { whole: groups.join(""), decimals } : { code: "not_amount" };
}

/** Digits grouped by thousands, as every table shows them. */
export function grouping(amount) {
  if (amount === null || amount === undefined) return "—";
  const [whole, decimals] = String(amount).split(".");
  const shown = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",").replace("-", "−");
  return decimals === undefined ? shown : `${shown}.${decimals}`;
}

const FORMULA = /^(?:(?:=\s*[\d.,]+|[+\-−±]\s*[\d.,]+\s*[%％]?|[\d.,]+\s*[%％]|(?:to margin|margin|m|毛利率|毛利)\s*[\d.,]+\s*[%％]?|(?:match lowest|match|competitor|market|竞品|竞争对手)(?:\s*[+\-−]\s*[\d.,]+\s*[%％]?)?)(?:\s+(?:(?:end in|ends in|尾数)\s*)?\.\d+)?|(?:(?:end in|ends in|尾数)\s*)?\.\d+)$/i;

/** True for what the formula line sends to the server as a formula, false for a plain amount. */
export function isFormula(text) {
  return FORMULA.test(text.trim());
}
