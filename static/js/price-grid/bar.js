// The bar below the grid: the draft, its lines, mean change, margin effect, findings; above it the paste strip.

import { element, fill, icon } from "./draw.js";

export class DraftBar {
  constructor(root, config) {
    this.root = root;
    this.words = config.words;
    this.config = config;
    this.slots = Object.fromEntries([...root.querySelectorAll("[data-slot]")].map((slot) => [slot.dataset.slot, slot]));
    this.strip = document.getElementById("grid-strip");
    this.problem = document.getElementById("grid-problem");
    this.saved = document.getElementById("grid-saved");
  }

  show(draft, summary, counts) {
    const { slots, words } = this;
    const lines = summary?.lines ?? 0;
    this.root.classList.toggle("has-draft", Boolean(draft));
    slots.reference.textContent = draft?.reference ?? words.noDraft;
    slots.lines.textContent = lines;
    slots.reach.textContent = lines ? summary.reach : words.startTyping;
    slots.mean.textContent = summary?.mean ?? "—";
    this.showEffect(summary?.effect);
    slots.findings.replaceChildren(...["block", "review", "note"].map((severity) => this.chip(severity, summary?.findings?.[severity] ?? 0)));
    slots.marked.hidden = !counts.refused;
    slots.marked.textContent = fill(words.marked, { n: counts.refused });
    slots.open.hidden = !draft;
    if (draft) slots.open.href = draft.url;
    slots.submitWord.textContent = fill(lines === 1 ? words.submitOne : words.submitMany, { n: lines });
    slots.submit.disabled = !lines || (summary?.findings?.block ?? 0) > 0;
    slots.submit.title = (summary?.findings?.block ?? 0) > 0 ? words.blocked : "";
  }

  showEffect(effect) {
    const { slots } = this;
    slots.effect.hidden = !effect;
    if (!effect) return;
    slots.effectValue.className = `delta${effect.tone ? ` is-${effect.tone}` : ""}`;
    slots.effectValue.replaceChildren(effect.direction ? icon(effect.direction > 0 ? "arrow-up-right" : "arrow-down-right") : "", effect.text);
    slots.effectNote.textContent = effect.note;
    slots.effect.title = effect.hint;
  }

  chip(severity, count) {
    const looks = { block: ["ban", "red"], review: ["alert-triangle", "amber"], note: ["info-circle", "grey"] }[severity];
    const words = fill(this.words[severity], { n: count });
    const chip = element("span", `chip tone-${count ? looks[1] : "grey"}`, icon(looks[0]), element("span", "chip-long", words), element("span", "chip-short", String(count)));
    chip.setAttribute("aria-label", words);
    chip.title = words;
    return chip;
  }

  showSaved(text) {
    this.saved.replaceChildren(icon("device-floppy"), ` ${text}`);
  }

  /** What became of a block of cells; pattern: words.pasted, or words.worked for a formula. */
  showPaste({ cells, taken, marked, outside, pattern }, actions) {
    const { words } = this;
    const parts = [fill(pattern ?? words.pasted, { cells, taken })];
    if (marked) parts.push(fill(words.pastedMarked, { marked }));
    if (outside) parts.push(fill(words.pastedOutside, { outside }));
    const isClean = !marked && !outside;
    this.strip.className = `strip grid-strip tone-${isClean ? "green" : "amber"}`;
    const buttons = element("span", "end");
    if (marked) buttons.append(this.button(words.nextMarked, ["F8"], actions.next));
    buttons.append(this.button(words.undoPaste, ["Ctrl", "Z"], actions.undo));
    const close = this.button("", [], () => this.hidePaste(), "btn btn-ghost btn-icon");
    close.append(icon("x", 16));
    close.setAttribute("aria-label", words.close);
    buttons.append(close);
    this.strip.replaceChildren(icon(isClean ? "circle-check" : "alert-triangle", 18), element("b", "", parts.join(words.comma)), element("span", "text-2", isClean ? "" : words.nothingDropped), buttons);
    this.strip.hidden = false;
    this.strip.dataset.cells = cells;
    this.strip.dataset.taken = taken;
    this.strip.dataset.marked = marked;
    this.root.classList.add("has-strip");
  }

  hidePaste() {
    this.strip.hidden = true;
    this.root.classList.remove("has-strip");
  }

  button(word, keys, press, className = "btn") {
    const made = element("button", className, word, ...keys.map((name) => element("kbd", "kbd", name)));
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  }

  showProblem(what, kept, faults = []) {
    const body = element("div", "", element("div", "problem-what", what), element("div", "", kept));
    if (faults.length) body.append(element("ul", "", ...faults.slice(0, 8).map((fault) => element("li", "", fault))));
    this.problem.replaceChildren(icon("alert-circle", 18), body);
    this.problem.hidden = false;
  }

  hideProblem() {
    this.problem.hidden = true;
  }
}
