// The board of the duty officer: keys 1 2 3 jump, the row under the keyboard survives a refresh, the age of what is shown.

const SECTIONS = {1: "incidents", 2: "round", 3: "feeds"};
const live = document.querySelector("[data-live-words]");
let refreshedAt = Date.now();
let keptRow = "";
let keptField = null;

function jump(id) {
  const place = document.getElementById(id);
  if (!place) return;
  place.scrollIntoView({block: "start", behavior: "auto"});
  const row = place.querySelector("[data-rows] [data-href], [data-rows] [data-row]");
  document.querySelector("[data-rows] .is-focus")?.classList.remove("is-focus");
  row?.classList.add("is-focus");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || document.querySelector("dialog[open]")) return;
  if (SECTIONS[event.key]) { jump(SECTIONS[event.key]); event.preventDefault(); }
});

// A refresh would take away what somebody is typing: it waits until the field is left.
document.addEventListener("htmx:beforeRequest", (event) => {
  const place = event.detail.elt;
  if (event.detail.requestConfig?.verb !== "get" || !place.contains(document.activeElement)) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", () => {
  keptRow = document.querySelector("[data-rows] .is-focus")?.id || "";
  keptField = document.activeElement?.id || null;
});

document.addEventListener("htmx:afterSettle", () => {
  refreshedAt = Date.now();
  if (keptRow) document.getElementById(keptRow)?.classList.add("is-focus");
  if (keptField && document.activeElement === document.body) document.getElementById(keptField)?.focus({preventScroll: true});
});

setInterval(() => {
  if (!live) return;
  const seconds = Math.round((Date.now() - refreshedAt) / 1000);
  live.textContent = live.dataset.pattern.replace("%(seconds)s", String(seconds));
}, 1000);

document.addEventListener("input", (event) => event.target.removeAttribute("aria-invalid"));
