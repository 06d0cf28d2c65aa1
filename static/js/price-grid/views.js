// Saved views: a name for the filters in the URL, kept in this browser. What a view means stands in its address alone.

import { element } from "./draw.js";

const STORE = "steelyard.price-grid.views";
const place = document.getElementById("saved-views");
const form = document.getElementById("view-form");

function read() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? [];
  } catch {
    return [];
  }
}

function draw() {
  const query = location.search.replace(/^\?/, "");
  place.replaceChildren(
    ...read().map((view) => {
      const link = element("a", "menu-item", view.name);
      link.href = `?${view.query}`;
      if (view.query === query) {
        link.setAttribute("aria-current", "true");
        document.getElementById("view-name").textContent = view.name;
      }
      const remove = element("button", "btn btn-ghost btn-sm btn-icon", "×");
      remove.type = "button";
      remove.setAttribute("aria-label", `${place.dataset.remove}: ${view.name}`);
      remove.addEventListener("click", () => {
        localStorage.setItem(STORE, JSON.stringify(read().filter((one) => one.name !== view.name)));
        draw();
      });
      return element("div", "view-line", link, remove);
    }),
  );
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = form.elements.name.value.trim();
  const others = read().filter((view) => view.name !== name);
  localStorage.setItem(STORE, JSON.stringify([...others, { name, query: location.search.replace(/^\?/, "") }]));
  form.reset();
  draw();
});

draw();
