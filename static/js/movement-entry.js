// Entry of a movement: every scan is a line, the balance after it is shown, and all is posted once under one key.

import { icon, locale, send, toast } from "./frame.js";
import { camera, hasCamera, wedge } from "./scanner.js";

const form = document.getElementById("movement-form");
const words = JSON.parse(form.dataset.words);
const list = document.getElementById("entry-lines");
const scan = document.getElementById("scan");
const STORE = "steelyard.movement-entry";
const POST_URL = "/api/v1/stock/movements/";
const ends = { from: form.elements.from, to: form.elements.to };
const figure = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
const state = { key: form.dataset.keyOnce, here: form.dataset.home, lines: [], isPosting: false };

const PREFIX = { receipt: "GR", issue: "IS", transfer: "TF", adjustment: "AD", scrap: "SC", state: "ST", sale: "SA", return: "RE" };
// What stands at either end for a kind: "here" is the site one works at, "there" another one.
const ROUTES = {
  receipt: ["supplier", "here"], issue: ["here", "customer"], transfer: ["here", "there"], adjustment: ["here", "adjustment"],
  scrap: ["here", "scrap"], state: ["here", "here"], sale: ["here", "customer"], return: ["customer", "here"],
};

document.documentElement.dataset.keys = "off";
for (const hidden of form.querySelectorAll("[data-needs-script]")) hidden.hidden = false;

const say = (text, values = {}) => Object.entries(values).reduce((all, [name, value]) => all.replace(`{${name}}`, value), text);
const kind = () => form.elements.kind.value;
const isSite = (select) => select.selectedOptions[0]?.hasAttribute("data-site") ?? false;
const site = () => (isSite(ends.from) ? ends.from.value : isSite(ends.to) ? ends.to.value : "");

function el(tag, fields = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(fields)) {
    if (name === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    else if (name === "class") made.className = value;
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// -- head ------------------------------------------------------------------------------------------------------------

function there(here) {
  return [...ends.to.options].find((option) => option.hasAttribute("data-site") && option.value !== here)?.value ?? here;
}

function route() {
  const { here } = state;
  const [from, to] = ROUTES[kind()];
  ends.from.value = from === "here" ? here : from;
  ends.to.value = to === "here" ? here : to === "there" ? there(here) : to;
  reference();
  showHead();
}

function reference() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  const field = form.elements.reference;
  if (field.value && field.value !== field.dataset.made) return;
  field.value = `${PREFIX[kind()]}-${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  field.dataset.made = field.value;
}

function showHead() {
  const isState = kind() === "state";
  if (isState && form.elements.from_state.value === form.elements.to_state.value) form.elements.to_state.selectedIndex = 2;
  for (const row of form.querySelectorAll("[data-only=state]")) row.hidden = !isState;
  form.querySelector("[data-only=transit]").hidden = ends.to.value !== "transit" && ends.to.value !== "customs";
  ends.to.closest(".form-row").hidden = isState;
  list.dataset.kind = kind();
  draw();
}

for (const radio of form.querySelectorAll("[name=kind]")) radio.addEventListener("change", route);
for (const select of [ends.from, ends.to, form.elements.from_state, form.elements.to_state]) {
  select.addEventListener("change", async () => {
    state.here = site() || state.here;
    showHead();
    await Promise.all(state.lines.map(refresh));
    draw();
  });
}

// -- lines -----------------------------------------------------------------------------------------------------------

async function look(code) {
  const query = new URLSearchParams({ code, site: site() });
  const answer = await fetch(`${form.dataset.read}?${query}`, { headers: { Accept: "application/json" } });
  return { ok: answer.ok, body: await answer.json().catch(() => ({})) };
}

async function refresh(line) {
  const found = await look(line.sku).catch(() => ({ ok: false }));
  if (found.ok) Object.assign(line, { states: found.body.states, reserved: found.body.reserved, lots: found.body.lots });
}

async function add(text) {
  const times = text.match(/^(\d{1,6}(?:\.\d+)?)\s*[*x×]\s*(\S.*)$/);
  const code = times ? times[2] : text;
  let found;
  try {
    found = await look(code);
  } catch {
    problem(words.offline, []);
    scan.value = text;
    return;
  }
  if (!found.ok) {
    toast(found.body.detail || say(words.unknown, { code }), { tone: "red" });
    announce(say(words.unknown, { code }));
    return;
  }
  const line = merge(found.body, times ? times[1] : null);
  if (found.body.is_recalled || found.body.is_expired) {
    toast(found.body.is_recalled ? words.recalled : words.expired, { tone: "red" });
  }
  announce(say(words.added, { name: line.name, quantity: `${line.quantity} ${line.given || line.unit}` }));
  draw(line);
  scan.focus();
}

function merge(found, times) {
  const same = state.lines.find((line) => line.sku === found.sku && line.given === found.given && line.lot === found.lot);
  const each = Number(found.quantity ?? 1) * Number(times ?? 1);
  if (same) {
    same.quantity = String(round(Number(same.quantity || 0) + each));
    Object.assign(same, { states: found.states, reserved: found.reserved, lots: found.lots });
    return same;
  }
  const line = { ...found, quantity: String(round(each)), cost: "", price: "" };
  state.lines.unshift(line);
  return line;
}

const round = (number) => Math.round(number * 1e6) / 1e6;
const factor = (line) => (line.given ? Number(line.units[line.given] ?? 1) : 1);

/** What is there for the line's purpose, and what the lines up to now leave of it. */
function balance(line) {
  const from = kind() === "state" ? form.elements.from_state.value : "available";
  const now = Number(line.states?.[from] ?? 0);
  const isIn = !isSite(ends.from) && isSite(ends.to);
  const moved = state.lines.filter((other) => other.sku === line.sku)
    .reduce((sum, other) => sum + Number(other.quantity || 0) * factor(other), 0);
  const free = now - (from === "available" ? Number(line.reserved ?? 0) : 0);
  return { now, after: round(isIn ? now + moved : now - moved), isShort: !isIn && !line.is_bundle && moved > free, free };
}

function draw(fresh = null) {
  list.replaceChildren(...state.lines.map((line) => row(line, line === fresh)));
  document.getElementById("entry-none").hidden = state.lines.length > 0;
  const count = state.lines.length;
  document.getElementById("entry-count").textContent = count === 0 ? words.none : count === 1 ? words.one_line : say(words.lines, { count });
  keep();
}

function row(line, isNew) {
  const amount = el("input", {
    class: "form-control", value: line.quantity, inputmode: "decimal", "aria-label": `${words.quantity} ${line.sku}`, autocomplete: "off",
    on: {
      input: (event) => { line.quantity = event.target.value.replace(",", "."); tell(line); keep(); },
      keydown: (event) => { if (event.key === "Enter" && !event.ctrlKey) { event.preventDefault(); scan.focus(); } },
    },
  });
  const step = (by, name, label) => el("button", {
    type: "button", class: "btn", "aria-label": `${label} ${line.sku}`,
    on: { click: () => { line.quantity = String(Math.max(round(Number(line.quantity || 0) + by), 0)); amount.value = line.quantity; tell(line); keep(); } },
  }, icon(name, 16));
  const after = el("div", { class: "after" });
  const made = el("li", { class: `entry-line${isNew ? " is-new" : ""}${line.wrong ? " is-bad" : ""}` },
    el("div", { class: "what" }, el("b", {}, line.name), el("small", {}, line.sku + (line.is_bundle ? ` · ${words.bundle}` : "")),
      line.wrong ? el("small", { class: "wrong" }, line.wrong) : null),
    el("div", { class: "stepper" }, step(-1, "minus", words.less), amount, step(1, "plus", words.more)),
    unitField(line), lotField(line), moneyField(line), after,
    el("button", { type: "button", class: "btn btn-ghost remove", "aria-label": `${words.remove} ${line.sku}`,
      on: { click: () => { state.lines.splice(state.lines.indexOf(line), 1); draw(); scan.focus(); } } }, icon("trash", 16)));
  line.after = after;
  tell(line);
  return made;
}

function tell(line) {
  for (const other of state.lines.filter((one) => one.sku === line.sku && one.after)) {
    const { now, after, isShort, free } = balance(other);
    other.after.className = `after${isShort ? " is-short" : ""}`;
    other.after.replaceChildren(...(other.is_bundle ? [] : [`${figure.format(now)} → `, el("b", {}, figure.format(after)), ` ${other.unit}`]));
    if (isShort) other.after.append(el("small", {}, icon("alert-triangle"), " ", say(words.short, { available: figure.format(free) })));
  }
}

function unitField(line) {
  const options = [["", line.unit], ...Object.keys(line.units).map((name) => [name, name])];
  return el("select", { class: "form-select unit", "aria-label": `${words.unit} ${line.sku}`, on: { change: (event) => { line.given = event.target.value; tell(line); keep(); } } },
    ...options.map(([value, label]) => el("option", { value, selected: value === line.given }, label)));
}

function lotField(line) {
  const id = `lots-${line.sku}`;
  // What is taken when the field stays empty: the first to expire.
  const first = line.tracks_lots && kind() !== "receipt" && kind() !== "return" && line.lots.find((lot) => lot.state === "available");
  return el("div", { class: "lot" },
    el("input", { class: "form-control code", value: line.lot, maxlength: 64, placeholder: first ? `${first.lot} ${first.expires_on ?? ""}` : words.lot, list: id, "aria-label": `${words.lot} ${line.sku}`, autocomplete: "off",
      on: { input: (event) => { line.lot = event.target.value.trim(); keep(); } } }),
    el("datalist", { id }, ...line.lots.map((lot) => el("option", { value: lot.lot }, `${lot.on_hand} ${line.unit} ${lot.expires_on ?? ""}`))),
    kind() !== "receipt" || !line.tracks_lots ? null : el("input", { class: "form-control", type: "date", value: line.expires_on ?? "", title: words.expires, "aria-label": `${words.expires} ${line.sku}`,
      on: { input: (event) => { line.expires_on = event.target.value || null; keep(); } } }));
}

function moneyField(line) {
  const name = kind() === "receipt" ? "cost" : kind() === "sale" || kind() === "return" ? "price" : "";
  if (!name) return el("span", { class: "amount" });
  return el("input", { class: "form-control num amount", value: line[name], inputmode: "decimal", placeholder: words[name], "aria-label": `${words[name]} ${line.sku}`, autocomplete: "off",
    on: { input: (event) => { line[name] = event.target.value.replace(",", "."); keep(); } } });
}

// -- posting ---------------------------------------------------------------------------------------------------------

function body() {
  const isState = kind() === "state";
  const shared = { from: ends.from.value, to: isState ? ends.from.value : ends.to.value };
  if (isState) Object.assign(shared, { from_state: form.elements.from_state.value, to_state: form.elements.to_state.value });
  const made = {
    kind: isState ? "transfer" : kind(), reference: form.elements.reference.value.trim(), reason: form.elements.reason.value.trim(),
    lines: state.lines.map((line) => ({
      ...shared, sku: line.sku, quantity: line.quantity.trim() || "0",
      ...(line.given && { unit: line.given }), ...(line.lot && { lot: line.lot }),
      ...(line.expires_on && !isSite(ends.from) && { expires_on: line.expires_on }),
      ...(line.cost && kind() === "receipt" && { unit_cost: line.cost }),
      ...(line.price && (kind() === "sale" || kind() === "return") && { unit_price: line.price }),
    })),
  };
  const destination = form.elements.destination;
  if (!destination.closest(".form-row").hidden && destination.value) made.destination = destination.value;
  return made;
}

async function post(event) {
  event.preventDefault();
  if (state.isPosting || !form.reportValidity()) return;
  state.isPosting = true;
  try {
    const answer = await send(POST_URL, body(), { headers: { "Idempotency-Key": state.key } });
    if (answer.ok) {
      sessionStorage.removeItem(STORE);
      location.assign(`${form.dataset.done}${answer.body.id}/`);
      return;
    }
    refused(answer);
  } catch {
    problem(words.offline, []);
  }
  state.isPosting = false;
}

function refused(answer) {
  const faults = answer.body?.errors ?? [];
  for (const line of state.lines) line.wrong = "";
  for (const fault of faults) {
    const number = /^\/lines\/(\d+)/.exec(fault.pointer)?.[1];
    if (number !== undefined && state.lines[number]) state.lines[number].wrong = fault.detail;
  }
  draw();
  problem(`${words.refused} ${words.kept}`, faults.length ? faults.map((fault) => fault.detail) : [answer.body?.detail ?? `HTTP ${answer.status}`]);
}

function problem(what, details) {
  const box = el("div", { class: "problem", role: "alert" }, icon("alert-circle", 18),
    el("div", {}, el("div", { class: "problem-what" }, what), el("ul", {}, ...details.map((detail) => el("li", {}, detail)))));
  document.getElementById("entry-problem").replaceChildren(box);
  box.scrollIntoView({ block: "nearest" });
}

function announce(text) {
  document.getElementById("entry-said").textContent = text;
}

form.addEventListener("submit", post);

// -- what survives a reload ------------------------------------------------------------------------------------------

function keep() {
  const lines = state.lines.map(({ after, wrong, ...line }) => line);
  if (!lines.length) return sessionStorage.removeItem(STORE);
  const head = Object.fromEntries(["from", "to", "from_state", "to_state", "destination", "reference", "reason"].map((name) => [name, form.elements[name].value]));
  return sessionStorage.setItem(STORE, JSON.stringify({ key: state.key, kind: kind(), head, lines }));
}

function restore() {
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(STORE)); } catch { /* nothing that can be read */ }
  if (!kept?.lines?.length) return false;
  state.key = kept.key;
  state.lines = kept.lines;
  form.elements.kind.value = kept.kind;
  for (const [name, value] of Object.entries(kept.head)) form.elements[name].value = value;
  toast(words.restored, { tone: "blue" });
  return true;
}

// -- camera ----------------------------------------------------------------------------------------------------------

const button = document.getElementById("camera");
const view = document.getElementById("camera-view");
let stop = null;
button.addEventListener("click", async () => {
  if (stop) {
    stop();
    stop = null;
  } else if (!hasCamera()) {
    toast(words.noCamera, { tone: "amber" });
  } else {
    try {
      view.hidden = false;
      stop = await camera(view, add);
    } catch {
      toast(words.denied, { tone: "amber" });
    }
  }
  view.hidden = !stop;
  button.setAttribute("aria-pressed", String(Boolean(stop)));
});

wedge(scan, add);
const asked = new URLSearchParams(location.search);
if (restore()) showHead();
else if (asked.get("from") && asked.get("to")) { reference(); showHead(); } else route();
if (!state.lines.length && asked.get("sku")) asked.getAll("sku").filter(Boolean).forEach((sku) => add(sku));
if (matchMedia("(min-width: 768px)").matches) scan.focus();
