// The trail: the row under the keyboard or the pointer shows its event at the right.

const card = document.getElementById("trail-event");
const list = document.querySelector("[data-trail]");
let wanted = 0;

function show(row) {
  const id = row?.dataset.event;
  if (!id || !card || !window.htmx) return;
  list.querySelector(".is-selected")?.classList.remove("is-selected");
  row.classList.add("is-selected");
  clearTimeout(wanted);
  wanted = setTimeout(() => window.htmx.ajax("GET", `/trail/events/${id}/`, {target: card, swap: "innerHTML"}), 80);
}

list?.addEventListener("steelyard:row", (event) => show(event.target));
list?.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("a");
  const row = event.target.closest("tr[data-event]");
  if (!row || (link && !link.pathname.startsWith("/trail/events/"))) return;
  if (matchMedia("(max-width: 1199px)").matches) return; // the card stands below: follow the link
  event.preventDefault();
  show(row);
});
list?.querySelector("tr[data-event]")?.classList.add("is-selected");
