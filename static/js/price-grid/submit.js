// Submitting the draft: asks for title and reason, says what will happen, shows what was refused.

import { DraftBar } from "./bar.js";
import { ask } from "./server.js";
import { fill } from "./draw.js";

export { DraftBar as Bar };

export function openSubmit(grid) {
  const dialog = document.getElementById("submit-dialog");
  const form = dialog.querySelector("form");
  dialog.querySelector("[data-slot=what]").textContent = fill(grid.words.submitWhat, { n: grid.summary.lines, reference: grid.draft.reference });
  const marked = dialog.querySelector("[data-slot=left]");
  marked.hidden = !grid.state.refused.size;
  marked.textContent = fill(grid.words.leftOut, { n: grid.state.refused.size });
  dialog.querySelector("[data-slot=problem]").hidden = true;
  if (!form.elements.title.value) form.elements.title.value = grid.draft.title;
  form.onsubmit = (event) => {
    event.preventDefault();
    send(grid, form, dialog);
  };
  dialog.querySelector("[data-close]").onclick = () => dialog.close();
  dialog.onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    event.stopPropagation();
  };
  form.onchange = () => preview(grid, form, dialog);
  preview(grid, form, dialog);
  dialog.showModal();
  form.elements.title.select();
}

// What the asked wall times are in each list's zones: the instants, and what daylight saving skips or shows twice.
async function preview(grid, form, dialog) {
  const place = dialog.querySelector("[data-slot=zones]");
  const { is_local: local, effective_from: from, effective_until: until } = form.elements;
  const asked = local.checked && (from.value || until.value) ? new URLSearchParams({ from: from.value, until: until.value }).toString() : "";
  place.dataset.asked = asked;
  if (!asked) {
    place.hidden = true;
    place.replaceChildren();
    return;
  }
  const answer = await fetch(`${place.dataset.url.replace("/0/", `/${grid.draft.id}/`)}?${asked}`, { credentials: "same-origin" });
  const shown = answer.ok ? await answer.text() : "";
  if (place.dataset.asked !== asked) return;
  place.innerHTML = shown;
  place.hidden = !shown.trim();
}

async function send(grid, form, dialog) {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  const body = Object.fromEntries(new FormData(form));
  try {
    const answer = await ask(grid.config.urls.submit, { draft: grid.draft.id, ...body });
    location.href = answer.url;
  } catch (error) {
    const place = dialog.querySelector("[data-slot=problem]");
    const faults = (error.problem?.errors ?? []).map((fault) => fault.detail);
    place.textContent = [error.message, ...faults.filter((fault) => fault !== error.message)].slice(0, 5).join(" · ");
    place.hidden = false;
    button.disabled = false;
  }
}
