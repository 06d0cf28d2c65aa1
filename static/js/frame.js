// The frame: rail, keys, theme, search, deadlines and clocks that tick, menus, toasts, problems of htmx.
// Pages import {toast, words, csrf, send} from here; everything else is driven by data- attributes:
//   data-key="a" (or "Shift+A", "Ctrl+Enter")  press presses or focuses the element   data-copy="text"
//   data-needs-reason="id"   a button that asks for the reason field first            data-toast="text"
//   data-show="id"           opens a <dialog>        data-href on rows: see table.js
//   data-set-height/-width="60%"  sizes set through the CSSOM (a style attribute is forbidden by the CSP)

export const words = JSON.parse(document.body.dataset.words || "{}");

/** For Intl: day before month in English. */
export const locale = document.documentElement.lang.startsWith("zh") ? "zh-CN" : "en-GB";

export function csrf() {
  const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
  return headers["X-CSRFToken"] || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
}

/** POST (or another method) JSON or form data; resolves to {ok, status, body}. */
export async function send(url, body, {method = "POST", headers = {}} = {}) {
  const isForm = body instanceof FormData || body instanceof URLSearchParams;
  const answer = await fetch(url, {
    method,
    credentials: "same-origin",
    headers: {
      "X-CSRFToken": csrf(), Accept: "application/json",
      ...(isForm ? {} : {"Content-Type": "application/json"}), ...headers,
    },
    body: isForm ? body : JSON.stringify(body ?? {}),
  });
  const text = await answer.text();
  let parsed = text;
  try { parsed = JSON.parse(text); } catch { /* not JSON: the text itself */ }
  return {ok: answer.ok, status: answer.status, body: parsed};
}

/** An element of the sprite. */
export function icon(name, size = 14) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", size === 14 ? "icon" : `icon icon-${size}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite()}#${name}`);
  svg.append(use);
  return svg;
}

function sprite() {
  const known = document.querySelector("svg.icon use")?.getAttribute("href");
  return known ? known.split("#")[0] : "/static/vendor/icons.svg";
}

function setCookie(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
}

// -- rail and theme --------------------------------------------------------------------------------------------------

const root = document.documentElement;

function foldRail() {
  root.dataset.rail = root.dataset.rail === "folded" ? "open" : "folded";
  setCookie("steelyard_rail", root.dataset.rail);
  window.dispatchEvent(new Event("resize"));
}

function setTheme(theme, url) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = theme;
  root.dataset.bsTheme = theme === "auto" ? (dark ? "dark" : "light") : theme;
  setCookie("steelyard_theme", theme);
  if (url) send(url, new URLSearchParams({theme})).catch(() => {});
  document.dispatchEvent(new CustomEvent("steelyard:theme"));
}

// -- toast -----------------------------------------------------------------------------------------------------------

let toastTimer = 0;

/** One toast at a time, 8 s with the seconds shown. undo: a function, or none. */
export function toast(text, {tone = "green", undo = null, seconds = 8} = {}) {
  const place = document.getElementById("toast");
  if (!place) return;
  clearInterval(toastTimer);
  const box = document.createElement("div");
  box.className = `toast-box tone-${tone}`;
  const said = document.createElement("span");
  said.textContent = text;
  const end = document.createElement("span");
  end.className = "end";
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link btn-sm";
    button.dataset.key = "z";
    button.textContent = words.undo || "Undo";
    button.addEventListener("click", () => { place.replaceChildren(); undo(); });
    end.append(button);
  }
  const left = document.createElement("span");
  left.setAttribute("aria-hidden", "true");
  end.append(left);
  box.append(icon(tone === "green" ? "circle-check" : "alert-circle", 16), said, end);
  place.replaceChildren(box);
  let rest = seconds;
  const tick = () => {
    left.textContent = `${rest} ${words.seconds || "s"}`;
    if (rest-- <= 0) { clearInterval(toastTimer); place.replaceChildren(); }
  };
  tick();
  toastTimer = setInterval(tick, 1000);
}

// -- clocks and deadlines --------------------------------------------------------------------------------------------

const HOUR = 3600;

function fill(pattern, values) {
  return pattern.replace(/%\((\w+)\)(0(\d))?[ds]/g, (_all, name, _zero, width) =>
    String(values[name]).padStart(width ? Number(width) : 0, "0"));
}

function roughTime(seconds) {
  const minutes = Math.floor(seconds / 60), days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  if (days >= 3 || (days && !hours)) return fill(words.days, {days});
  if (days) return fill(words.days_hours, {days, hours});
  if (minutes >= 60) return fill(words.hours, {hours, minutes: minutes % 60});
  return fill(words.minutes, {minutes: Math.max(minutes, 1)});
}

function clockFace(seconds) {
  return seconds >= HOUR ? roughTime(seconds)
    : `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

function tickDeadline(element, now) {
  const due = Date.parse(element.dataset.due) / 1000;
  const since = Date.parse(element.dataset.since) / 1000;
  const left = due - now;
  const figure = element.querySelector(".figure-time");
  if (left <= 0) {
    if (!element.classList.contains("is-over")) {
      element.classList.remove("is-calm", "is-near", "is-last");
      element.classList.add("is-over");
      const ring = element.querySelector(".ring");
      if (ring) ring.replaceWith(icon("alert-circle"));
    }
    figure.textContent = fill(words.over, {time: clockFace(-left)});
    return;
  }
  const given = Number.isNaN(since) ? Math.max(left, 24 * HOUR) : Math.max(due - since, left);
  const state = left <= 60 ? "last" : left < Math.min(given / 3, HOUR) ? "near" : "calm";
  for (const name of ["calm", "near", "last"]) element.classList.toggle(`is-${name}`, name === state);
  figure.textContent = "watch" in element.dataset || state === "last" ? clockFace(left) : roughTime(left);
  const ring = element.querySelector(".ring-left");
  if (ring) ring.setAttribute("stroke-dasharray", `${Math.round(left / given * 100)} 100`);
}

function tick() {
  const now = Date.now();
  for (const clock of document.querySelectorAll("time[data-clock]")) {
    const text = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.clock,
    }).format(now);
    if (clock.textContent !== text) clock.textContent = text;
  }
  for (const element of document.querySelectorAll(".deadline[data-due]")) tickDeadline(element, now / 1000);
}

// -- keys ------------------------------------------------------------------------------------------------------------

function isTyping(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
    && !/^(checkbox|radio|button|submit)$/.test(target.type);
}

function nameOf(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && /^(.|Enter)$/.test(event.key) && (event.key.length > 1 || /[a-z]/i.test(event.key))) parts.push("Shift");
  parts.push(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  return parts.join("+");
}

function press(element) {
  if (element.disabled || element.getAttribute("aria-disabled") === "true") return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && !/^(checkbox|radio)$/.test(element.type)) element.focus();
  else element.click();
}

function visible(element) {
  return element.getClientRects().length > 0;
}

let goes = 0;

function onKey(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const name = nameOf(event);
  if (event.key === "Escape") return onEscape(event);
  if (name === "Ctrl+k") return openSearch(event, true);
  if (document.querySelector("dialog[open]")) return;
  const typing = isTyping(event.target);
  if (typing && !name.startsWith("Ctrl+")) return;
  if (document.documentElement.dataset.keys === "off" && !name.startsWith("Ctrl+")) return;
  if (name === "/") return openSearch(event, false);
  if (name === "?") { showKeys(); event.preventDefault(); return; }
  if (goes && Date.now() - goes < 1500) {
    goes = 0;
    const entry = [...document.querySelectorAll("[data-go]")].find((e) => e.dataset.go.toLowerCase() === name);
    if (entry) { entry.click(); event.preventDefault(); return; }
  }
  const wanted = name.toLowerCase();
  const target = [...document.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key.toLowerCase() === wanted && visible(element));
  if (target) { press(target); event.preventDefault(); return; }
  if (name === "g") goes = Date.now();
}

function onEscape(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  closeSearch();
  if (isTyping(event.target)) event.target.blur();
}

function showKeys() {
  const dialog = document.getElementById("keys-dialog");
  if (!dialog || dialog.open) return;
  const place = document.getElementById("keys-page");
  const here = [...document.querySelectorAll(".status-keys .status-key:not([data-keys])")];
  place.replaceChildren();
  if (here.length) {
    const head = document.createElement("h3");
    head.textContent = words.this_page;
    const list = document.createElement("dl");
    list.className = "keys-list";
    for (const one of here) {
      const row = document.createElement("div"), term = document.createElement("dt"), what = document.createElement("dd");
      term.append(...[...one.querySelectorAll("kbd")].map((k) => k.cloneNode(true)));
      what.textContent = one.querySelector("span")?.textContent || "";
      row.append(term, what);
      list.append(row);
    }
    place.append(head, list);
  }
  dialog.showModal();
}

// -- search ----------------------------------------------------------------------------------------------------------

const search = document.querySelector("[data-search]");
const field = search?.querySelector("input");
const results = document.getElementById("search-results");

function openSearch(event, withActions) {
  if (!field) return;
  event.preventDefault();
  search.classList.add("is-open");
  field.focus();
  field.select();
  if (withActions && window.htmx) {
    window.htmx.ajax("GET", `/search/?actions=1&q=${encodeURIComponent(field.value)}`, "#search-results");
  }
}

function closeSearch() {
  if (!results) return;
  results.replaceChildren();
  search.classList.remove("is-open");
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function moveInResults(event) {
  const items = [...results.querySelectorAll(".menu-item")];
  if (!items.length) return;
  const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = (at + (event.key === "ArrowDown" ? 1 : items.length - (at < 0 ? 0 : 1)) + items.length) % items.length;
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === next)));
    items[next].id ||= `result-${next}`;
    field.setAttribute("aria-activedescendant", items[next].id);
    items[next].scrollIntoView({block: "nearest"});
  } else if (event.key === "Enter") {
    event.preventDefault();
    items[Math.max(at, 0)].click();
  }
}

if (field) {
  field.addEventListener("keydown", moveInResults);
  document.addEventListener("htmx:afterSwap", () => {
    field.setAttribute("aria-expanded", String(results.childElementCount > 0));
  });
}

// -- presses ---------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-fold],[data-theme-toggle],[data-theme-auto],button[data-keys],[data-open-search],[data-copy],[data-show],[data-needs-reason]");
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (results && search && !search.contains(event.target) && !event.target.closest("[data-open-search]")) closeSearch();
  if (!target) return;
  const data = target.dataset;
  if ("fold" in data) foldRail();
  else if ("themeToggle" in data) setTheme(root.dataset.bsTheme === "dark" ? "light" : "dark", data.url);
  else if ("themeAuto" in data) setTheme("auto", data.url);
  else if ("keys" in data) showKeys();
  else if ("openSearch" in data) openSearch(event, false);
  else if ("copy" in data) navigator.clipboard?.writeText(data.copy).then(() => toast(words.copied));
  else if ("show" in data) document.getElementById(data.show)?.showModal();
  else if ("needsReason" in data) {
    const reason = document.getElementById(data.needsReason);
    if (reason && !reason.value.trim()) {
      event.preventDefault();
      reason.setAttribute("aria-invalid", "true");
      reason.closest(".field-box")?.classList.add("is-invalid");
      reason.focus();
    }
  }
});

document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("details.menu[open]")) return;
  for (const other of document.querySelectorAll("details.menu[open]")) if (other !== event.target) other.open = false;
}, true);

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
});

// A form is sent once: the second press of a button does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post") || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 5000);
});

function dress(part) {
  for (const element of part.querySelectorAll?.("[data-set-width],[data-set-height],[data-set-left]") || []) {
    const {setWidth, setHeight, setLeft} = element.dataset;
    if (setWidth) element.style.setProperty("width", setWidth);
    if (setHeight) element.style.setProperty("height", setHeight);
    if (setLeft) element.style.setProperty("left", setLeft);
  }
  for (const element of part.querySelectorAll?.("[data-toast]") || []) {
    toast(element.dataset.toast);
    element.remove();
  }
  for (const box of part.querySelectorAll?.("input[data-indeterminate]") || []) box.indeterminate = true;
}

document.addEventListener("keydown", onKey);
document.addEventListener("htmx:load", (event) => { dress(event.detail.elt); tick(); });
document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.elt.closest("[hx-post],[hx-put],[hx-delete]")) toast(words.failed, {tone: "red"});
});
dress(document);
tick();
setInterval(tick, 1000);
