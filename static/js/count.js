// Counting on a phone: a product and place at a time, kept on the phone first, sent when there is a connection.

import { Queue } from "./count-queue.js";
import { get, put } from "./count-store.js";
import { camera, hasCamera, wedge } from "./scanner.js";

const root = document.getElementById("count");
const words = JSON.parse(root.dataset.words);
const $ = (id) => document.getElementById(id);
const COUNT = Number(root.dataset.count);
const isBlind = root.dataset.blind === "1";
const say = (text, values = {}) => Object.entries(values).reduce((made, [name, value]) => made.replaceAll(`{${name}}`, value), text);
const figure = new Intl.NumberFormat(document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB", { maximumFractionDigits: 6 });
const WHOLE = new Set(["pcs", "box", "set"]);

// tasks: a product at a place; sum: closed terms [number, factor]; typed: the number being typed, "" for none.
const state = {
  goods: [], tasks: [], at: -1, sum: [], typed: "", isZero: false, way: "typed", history: [], total: 0, counted: 0, place: null, isChosen: false, lot: "", goodsState: "available",
};

// -- the list --------------------------------------------------------------------------------------------------------

async function load() {
  let body = null;
  try {
    const answer = await fetch(root.dataset.goods, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (answer.ok) body = await answer.json();
  } catch { /* what was kept is shown */ }
  const before = await get("goods", COUNT);
  const kept = before?.user === root.dataset.user ? before : null;
  const sent = kept?.sent ?? [];
  if (body) await put("goods", { count: COUNT, user: root.dataset.user, body, sent });
  else body = kept?.body ?? null;
  if (!body) return empty(words.noGoods, "");
  state.goods = body.goods;
  state.tasks = body.goods.flatMap((good) => (good.places.length ? good.places : [null]).map((place) => (
    { good, place, isDone: good.state !== "open", entered: null })));
  const rounds = new Map(state.goods.map((good) => [good.sku, good.round]));
  for (const line of sent) if (rounds.get(line.code) === line.round) mark(line);
  for (const line of queue.lines) mark(line.body);
  ready();
}

function ready() {
  if (root.dataset.over) return empty(words.over, "");
  advance();
}

function find(code) {
  for (const good of state.goods) {
    if (good.sku === code || (good.barcode && good.barcode === code)) return { good, factor: 1 };
    const pack = good.packs.find((one) => one.barcode && one.barcode === code);
    if (pack) return { good, factor: Number(pack.factor) };
  }
  return null;
}

const isSame = (place, other) => (place?.zone ?? "") === (other?.zone ?? "") && (place?.bin ?? "") === (other?.bin ?? "");

let remembering = Promise.resolve();

/** What was sent and taken is known after a reload without a connection too; one after the other. */
function remember(body) {
  remembering = remembering.then(() => write(body)).catch(() => {});
}

async function write(body) {
  const kept = await get("goods", COUNT);
  if (!kept) return;
  const round = state.goods.find((good) => good.sku === body.code)?.round;
  await put("goods", { ...kept, sent: [...(kept.sent ?? []), { code: body.code, zone: body.zone, bin: body.bin, quantity: body.quantity, round }] });
}

/** A line that was kept ends its task: that of its place, or without a place every one of its product. */
function mark(body) {
  for (const task of state.tasks) {
    const fits = !body.zone || !task.place || (task.place.zone === body.zone && (!task.place.bin || task.place.bin === (body.bin ?? "")));
    if (task.good.sku === body.code && fits) Object.assign(task, { isDone: true, entered: body.quantity });
  }
}

// -- moving on -------------------------------------------------------------------------------------------------------

const task = () => state.tasks[state.at];

function advance() {
  const zone = state.place?.zone;
  const open = (from, to, here) => state.tasks.findIndex((one, number) => number >= from && number < to && !one.isDone && (!here || one.place?.zone === here));
  const order = [[state.at + 1, Infinity, zone], [0, Infinity, zone], [state.at + 1, Infinity, ""], [0, Infinity, ""]];
  const next = order.map(([from, to, here]) => open(from, to, here)).find((number) => number >= 0) ?? -1;
  show(next, "typed");
}

function show(number, way) {
  Object.assign(state, { at: number, sum: [], typed: "", isZero: false, way, lot: "", goodsState: "available" });
  if (number < 0) {
    progress();
    return empty(words.allDone, words.allDoneWhy, true);
  }
  const { good, place } = task();
  if (place) state.place = { ...place };
  $("none").hidden = true;
  $("product").hidden = $("pad").hidden = false;
  $("sku").textContent = good.sku;
  $("name").textContent = good.name;
  $("unit").textContent = good.unit;
  $("way").hidden = way === "typed";
  $("way").textContent = words.scanned;
  const pack = good.packs.find((one) => Number(one.factor) > 1);
  const hints = [good.isUnlisted ? words.unlisted : "", pack ? say(words.holds, { unit: pack.unit, factor: pack.factor }) : "", isBlind ? words.blind : say(words.book, { book: good.book ?? "–" })];
  if (task().entered !== null) hints.unshift(say(words.replaces, { quantity: task().entered }));
  $("hint").textContent = hints.filter(Boolean).join(" ");
  $("carton").hidden = !pack;
  if (pack) {
    $("carton").replaceChildren(`${say(words.carton, { unit: pack.unit })} `, Object.assign(document.createElement("small"), { textContent: pack.factor }));
    $("carton").dataset.factor = pack.factor;
  }
  $("plus").textContent = WHOLE.has(good.unit) ? "+" : ".";
  draw();
}

function empty(what, why, isFinished = false) {
  $("product").hidden = $("pad").hidden = true;
  $("none").hidden = false;
  $("none").replaceChildren(Object.assign(document.createElement("b"), { textContent: what }), why);
  $("next").textContent = words.finish;
  $("next").disabled = !isFinished || Boolean(root.dataset.over);
  progress();
}

function total() {
  const closed = state.sum.reduce((made, [number, factor]) => made + number * factor, 0);
  return Math.round((closed + Number(state.typed || 0)) * 1e6) / 1e6;
}

const hasEntry = () => state.isZero || state.typed !== "" || state.sum.length > 0;

function draw() {
  const terms = state.sum.map(([number, factor]) => (factor === 1 ? figure.format(number) : `${figure.format(number)} × ${factor}`));
  if (state.sum.length && state.typed) terms.push(state.typed);
  $("sum").textContent = state.sum.length ? terms.map((term, number) => (number ? `+ ${term}` : term)).join("\n") : "";
  $("sum").scrollTop = $("sum").scrollHeight;
  const shown = state.sum.length ? figure.format(total()) : state.typed || "0";
  $("total").textContent = shown;
  $("total").className = shown.length > 7 ? "is-long" : "";
  $("place").textContent = place() ? [place().zone, place().bin].filter(Boolean).join("-") : words.anywhere;
  $("next").textContent = state.tasks.some((one, number) => !one.isDone && number !== state.at) ? words.next : words.keep;
  $("next").disabled = !hasEntry();
  $("previous").disabled = !state.history.length;
  progress();
}

const place = () => state.place;

function progress() {
  const done = state.tasks.filter((one) => one.isDone).length;
  $("bar").value = state.tasks.length ? done / state.tasks.length : 0;
  $("done").textContent = say(words.of, { done, all: state.tasks.length });
  $("previous").disabled = !state.history.length;
}

// -- keys ------------------------------------------------------------------------------------------------------------

function digit(text) {
  if (text === "." && (state.typed.includes(".") || !state.typed)) state.typed = state.typed.includes(".") ? state.typed : "0.";
  else if (state.typed.replace(".", "").length < 9 && !(/\.\d{6}$/).test(state.typed)) state.typed = state.typed === "0" && text !== "." ? text : state.typed + text;
  state.isZero = false;
  draw();
}

function close() {
  if (state.typed !== "") state.sum.push([Number(state.typed), 1]);
  state.typed = "";
}

/** One more of what a pack or a piece holds; the same again makes "2 × 12". */
function more(factor) {
  close();
  const last = state.sum[state.sum.length - 1];
  if (last && factor !== 1 && last[1] === factor) last[0] += 1;
  else if (last && factor === 1 && last[1] === 1) last[0] = Math.round((last[0] + 1) * 1e6) / 1e6;
  else state.sum.push([1, factor]);
  state.isZero = false;
  draw();
}

const ACTS = {
  one: () => more(1),
  carton: () => more(Number($("carton").dataset.factor)),
  zero: () => { Object.assign(state, { sum: [], typed: "", isZero: true }); keep(); },
  plus: () => {
    if (!WHOLE.has(task().good.unit)) return digit(".");
    close();
    draw();
  },
  back: () => {
    if (state.typed) state.typed = state.typed.slice(0, -1);
    else state.sum.pop();
    state.isZero = false;
    draw();
  },
};

for (const key of document.querySelectorAll("[data-digit]")) key.addEventListener("click", () => digit(key.dataset.digit));
for (const key of document.querySelectorAll("[data-act]")) key.addEventListener("click", () => ACTS[key.dataset.act]());
$("next").addEventListener("click", () => (state.at < 0 ? finish() : keep()));
$("previous").addEventListener("click", () => {
  const before = state.history.pop();
  if (before === undefined) return;
  state.tasks[before].isDone = false;
  show(before, "typed");
});

/** Keep what was counted, on the phone first; then the next product. */
async function keep(isMovingOn = true) {
  const { good } = task();
  const body = {
    id: crypto.randomUUID?.() ?? uuid(), code: good.sku, quantity: String(state.isZero ? 0 : total()), scanned_at: new Date().toISOString(),
    zone: place()?.zone ?? "", bin: place()?.bin ?? "", lot: state.lot, state: state.goodsState, way: state.way,
  };
  const here = task();
  mark(body);
  Object.assign(here, { isDone: true, entered: body.quantity });
  state.history.push(state.at);
  const kept = queue.add(body);
  if (isMovingOn) advance();
  await kept;
}

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// -- codes -----------------------------------------------------------------------------------------------------------

async function scanned(code, way) {
  let found = find(code);
  if (!found) found = await ask(code);
  if (!found) return strip("amber", say(words.unknown, { code }), "alert-triangle");
  const isHere = state.at >= 0 && task().good === found.good;
  if (!isHere) {
    if (state.at >= 0 && hasEntry()) await keep(false);
    show(taskOf(found.good), way);
  }
  state.way = way;
  state.lot = found.lot ?? state.lot;
  more(found.factor);
}

/** What this phone does not know: the house may, when there is a connection; else it is kept by its code. */
async function ask(code) {
  let body = null;
  try {
    const answer = await fetch(`${root.dataset.barcodes}${encodeURIComponent(code)}/`, { headers: { Accept: "application/json" } });
    if (answer.status === 404 || answer.status === 422) return null;
    if (answer.ok) body = await answer.json();
  } catch { /* offline */ }
  const known = body && state.goods.find((good) => good.sku === body.sku);
  const good = known ?? { sku: body?.sku ?? code, name: body?.name ?? code, unit: body?.unit ?? "pcs", barcode: "", packs: [], places: [], state: "open", isUnlisted: true };
  if (!known) state.goods.push(good);
  return { good, factor: body?.quantity ? Number(body.quantity) : 1, lot: body?.lot ?? "" };
}

/** Where a scanned product is counted: at its known place, unless somebody said to be in another zone. */
function taskOf(good) {
  const known = state.tasks.map((one, number) => ({ one, number })).filter(({ one }) => one.good === good);
  const fits = ({ one }) => !state.isChosen || !one.place || one.place.zone === place()?.zone;
  const best = known.find(({ one }) => isSame(one.place, place())) ?? known.find((found) => fits(found) && !found.one.isDone) ?? known.find(fits);
  if (best) return best.number;
  state.tasks.push({ good, place: place() ? { ...place() } : null, isDone: false, entered: null });
  return state.tasks.length - 1;
}

wedge($("wedge"), (code) => scanned(code, "scanner"));
let stop = null;
$("camera").addEventListener("click", async () => {
  if (stop) {
    stop();
    stop = null;
    $("video").hidden = true;
    return;
  }
  if (!hasCamera()) return strip("amber", words.noCamera, "alert-triangle");
  $("video").hidden = false;
  try {
    stop = await camera($("video"), (code) => scanned(code, "camera"));
  } catch {
    $("video").hidden = true;
    strip("amber", words.denied, "alert-triangle");
  }
});

// A key on a keyboard does what it says; what a scanner types goes to its own field.
addEventListener("keydown", (event) => {
  if (document.activeElement?.tagName === "INPUT" || event.ctrlKey || event.metaKey) return;
  if (event.key === "Backspace" && state.at >= 0) ACTS.back();
});

// -- places ----------------------------------------------------------------------------------------------------------

$("place").addEventListener("click", () => {
  const zones = [...new Set(state.tasks.map((one) => one.place?.zone).filter(Boolean))].sort();
  $("zones").replaceChildren(...zones.map((zone) => {
    const key = Object.assign(document.createElement("button"), { type: "button", className: "count-key", textContent: zone });
    key.setAttribute("aria-pressed", String(zone === place()?.zone));
    key.addEventListener("click", () => {
      $("zone").value = zone;
      $("bin").value = "";
      for (const one of $("zones").children) one.setAttribute("aria-pressed", String(one === key));
    });
    return key;
  }));
  $("zone").value = place()?.zone ?? "";
  $("bin").value = place()?.bin ?? "";
  $("lot").value = state.lot;
  $("state").value = state.goodsState;
  $("typed").value = "";
  $("places").showModal();
});

$("places").addEventListener("close", async () => {
  const zone = $("zone").value.trim();
  const moved = !isSame(zone ? { zone, bin: $("bin").value.trim() } : null, place());
  const isNewZone = zone !== (place()?.zone ?? "");
  state.place = zone ? { zone, bin: $("bin").value.trim() } : null;
  if (moved) state.isChosen = Boolean(zone);
  state.lot = $("lot").value.trim();
  state.goodsState = $("state").value;
  const typed = $("typed").value.trim();
  if (typed) await scanned(typed, "typed");
  else if (moved && isNewZone && !hasEntry() && state.tasks.some((one) => !one.isDone && one.place?.zone === zone)) advance();
  else if (moved && state.at >= 0) {
    const { good } = task();
    const entry = { sum: state.sum, typed: state.typed };
    const chosen = { ...state.place };
    show(taskOf(good), state.way);
    Object.assign(state, entry, { place: zone ? chosen : null });
    draw();
  } else if (state.at >= 0) draw();
});

// -- the queue -------------------------------------------------------------------------------------------------------

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

function strip(tone, text, picture, way = null) {
  $("strip").hidden = !text;
  $("strip").className = `count-strip tone-${tone}`;
  $("strip").replaceChildren(icon(picture), Object.assign(document.createElement("span"), { textContent: text }), ...(way ? [way] : []));
}

let settled = null;
function told() {
  const n = queue.waiting.length;
  clearTimeout(settled);
  const isOffline = queue.state === "offline" || navigator.onLine === false;
  if (queue.state === "signed-out") {
    strip("amber", say(words.signIn, { n }), "user", Object.assign(document.createElement("a"), { href: location.href, textContent: words.signInLink }));
  } else if (isOffline) strip("amber", say(words.offline, { n }), "cloud-off");
  else if (n) strip(queue.state === "waiting" ? "amber" : "grey", say(queue.state === "waiting" ? words.waiting : words.sending, { n }), "refresh");
  else if (queue.others) strip("amber", say(words.others, { n: queue.others }), "user");
  else if (queue.hasSent) {
    strip("green", words.sent, "check");
    settled = setTimeout(() => strip("grey", "", "check"), 4000);
  } else strip("grey", "", "check");
  root.dataset.waiting = String(n);
  $("refused").hidden = !queue.refused.length;
  $("refused").replaceChildren(
    Object.assign(document.createElement("b"), { textContent: say(words.refused, { n: queue.refused.length }) }),
    ...queue.refused.map((line) => {
      const row = document.createElement("div");
      const drop = Object.assign(document.createElement("button"), { type: "button", className: "count-key", textContent: words.discard });
      drop.addEventListener("click", () => queue.drop(line.id));
      row.append(Object.assign(document.createElement("span"), { textContent: `${line.body.code} · ${line.body.quantity}: ${line.refused}` }), drop);
      return row;
    }),
  );
}

const queue = new Queue({
  url: root.dataset.lines, count: COUNT, user: root.dataset.user, token: root.dataset.token,
  onChange: () => told(),
  onKept: (body) => {
    queue.hasSent = true;
    remember(body);
  },
});

async function finish() {
  if (queue.waiting.length) return strip("amber", words.notSent, "alert-triangle");
  let answer, body;
  try {
    answer = await fetch(root.dataset.submit, {
      method: "POST", credentials: "same-origin", body: "{}",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": root.dataset.token },
    });
    body = await answer.json();
  } catch {
    return strip("amber", say(words.offline, { n: queue.waiting.length }), "cloud-off");
  }
  if (answer.ok) location.href = root.dataset.home;
  else strip("amber", body.errors?.[0]?.detail ?? String(answer.status), "alert-triangle");
}

/** The page and its files are kept for a reload without a connection. */
async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(root.dataset.worker, { scope: "/stock/counts/" });
  const { active } = await navigator.serviceWorker.ready;
  navigator.serviceWorker.addEventListener("message", (event) => { root.dataset.kept = event.data.kept ? "1" : ""; });
  const files = performance.getEntriesByType("resource").map((entry) => new URL(entry.name)).filter((url) => url.origin === location.origin && url.pathname.startsWith("/static/"));
  active.postMessage({ keep: [location.href, ...files.map((url) => url.href)] });
}

await queue.load();
await load();
root.dataset.ready = "1";
keepPage().catch(() => {});
