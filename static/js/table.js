// Rows under the keyboard: any element with data-rows holds rows (tr[data-row], .card-row[data-row] or tr[data-href]).
//   J / K or ↓ / ↑ move, Enter opens data-href, X ticks the row's checkbox, Shift+X all of the same data-class.
//   The focused row carries .is-focus; other keys press a [data-row-key="d"] inside the focused row.
// A header checkbox [data-tick-all] ticks all; [data-ticked] shows the count, [data-needs-ticked] is off without one.

const ROWS = "tr[data-href], tr[data-row], .card-row[data-row], [data-row]";

function rowsOf(place) {
  return [...place.querySelectorAll(ROWS)].filter((row) => row.getClientRects().length);
}

function places() {
  return [...document.querySelectorAll("[data-rows]")];
}

function focused() {
  return document.querySelector("[data-rows] .is-focus");
}

function focusRow(row) {
  focused()?.classList.remove("is-focus");
  row.classList.add("is-focus");
  row.scrollIntoView({block: "nearest"});
  row.dispatchEvent(new CustomEvent("steelyard:row", {bubbles: true}));
}

function move(step) {
  const now = focused();
  const place = now?.closest("[data-rows]") || places()[0];
  if (!place) return false;
  const rows = rowsOf(place);
  if (!rows.length) return false;
  const at = rows.indexOf(now);
  focusRow(rows[Math.min(Math.max(at + step, 0), rows.length - 1)]);
  return true;
}

function tickOf(row) {
  return row?.querySelector("input[type=checkbox]");
}

function showTicked(place) {
  const boxes = [...place.querySelectorAll("input[type=checkbox][name]")];
  const ticked = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr, [data-row]")?.classList.toggle("is-selected", box.checked);
  const all = place.querySelector("[data-tick-all]");
  if (all) {
    all.checked = ticked.length > 0 && ticked.length === boxes.length;
    all.indeterminate = ticked.length > 0 && ticked.length < boxes.length;
  }
  const scope = place.closest("form") || document;
  for (const out of scope.querySelectorAll("[data-ticked]")) out.textContent = ticked.length;
  for (const button of scope.querySelectorAll("[data-needs-ticked]")) button.disabled = ticked.length === 0;
  for (const part of scope.querySelectorAll("[data-when-ticked]")) part.hidden = ticked.length === 0;
  place.dispatchEvent(new CustomEvent("steelyard:ticked", {bubbles: true, detail: {ticked}}));
}

function setTick(box, on) {
  if (!box || box.disabled || box.checked === on) return;
  box.checked = on;
  box.dispatchEvent(new Event("change", {bubbles: true}));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox") return;
  if (document.querySelector("dialog[open]") || document.documentElement.dataset.keys === "off") return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const row = focused();
  let done = false;
  if (key === "j" || (key === "ArrowDown" && row)) done = move(1);
  else if (key === "k" || (key === "ArrowUp" && row)) done = move(-1);
  else if (key === "Enter" && row && !target.closest("a, button, summary")) {
    const main = row.querySelector("[data-row-key=Enter]");
    if (main) { main.click(); done = true; }
    else if (row.dataset.href) { location.href = row.dataset.href; done = true; }
    else { const link = row.querySelector("a[href]"); link?.click(); done = Boolean(link); }
  } else if (key === "x" && row && event.shiftKey) {
    const box = tickOf(row);
    const same = rowsOf(row.closest("[data-rows]")).filter((r) => r.dataset.class === row.dataset.class);
    same.forEach((r) => setTick(tickOf(r), !box?.checked || r !== row));
    done = true;
  } else if (key === "x" && row) {
    const box = tickOf(row);
    setTick(box, !box?.checked);
    done = Boolean(box);
  } else if (row) {
    const button = row.querySelector(`[data-row-key="${CSS.escape(key)}"]`);
    if (button) { button.click(); done = true; }
  }
  if (done) { event.preventDefault(); event.stopImmediatePropagation(); }
}, true);

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.type !== "checkbox") return;
  const place = box.closest("[data-rows]");
  if (!place) return;
  if (box.matches("[data-tick-all]")) {
    for (const one of place.querySelectorAll("input[type=checkbox][name]:not(:disabled)")) one.checked = box.checked;
  }
  showTicked(place);
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-rows] [data-href]");
  if (!row || event.target.closest("a, button, input, label, summary, form")) return;
  if (String(getSelection())) return;
  if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
  else location.href = row.dataset.href;
});

for (const place of places()) if (place.querySelector("input[type=checkbox][name]")) showTicked(place);
