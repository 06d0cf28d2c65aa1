// How a price cell looks in each of its states (shared design: grid cell).

import { element, icon } from "./draw.js";
import { grouping } from "./amount.js";

const STATES = ["is-changed", "is-review", "is-refused", "is-conflict", "is-locked", "is-saving", "is-derived", "is-blocked"];

export function fillPrice(holder, state, key, list, words) {
  const shown = state.cell(key);
  holder.classList.remove(...STATES);
  holder.removeAttribute("title");
  const content = contentOf(shown);
  if (shown.kind !== "rest") holder.classList.add(`is-${shown.kind}`);
  else if (!list.editable) holder.classList.add("is-locked");
  if (shown.kind === "rest" && state.live(key)?.is_derived) {
    holder.classList.add("is-derived");
    holder.title = words.derived;
  }
  if (shown.line?.severity === "block") holder.classList.add("is-blocked");
  if (state.saving.has(key)) holder.classList.add("is-saving");
  holder.setAttribute("aria-label", spoken(shown, list, words));
  holder.replaceChildren(content);
}

function contentOf(shown) {
  const holder = element("span", "price-in");
  if (shown.kind === "rest") {
    holder.append(shown.amount === null ? "" : grouping(shown.amount));
    return holder;
  }
  if (shown.kind === "refused") {
    holder.append(icon("alert-circle"), element("s", "old", shown.old === null ? "" : grouping(shown.old)), element("span", "typed", shown.typed || "∅"));
    return holder;
  }
  if (shown.kind === "review") holder.append(icon(shown.line.severity === "block" ? "ban" : "alert-triangle"));
  if (shown.kind === "conflict") holder.append(icon("refresh"));
  if (shown.old !== null) holder.append(element("s", "old", grouping(shown.old)));
  holder.append(element("b", "new", grouping(shown.amount)));
  return holder;
}

function spoken(shown, list, words) {
  const amount = shown.kind === "refused" ? `${words.notTaken} ${shown.typed}` : grouping(shown.amount ?? null);
  const before = shown.kind === "rest" || shown.old === null ? "" : `, ${words.before} ${grouping(shown.old)}`;
  return `${list.name} ${list.currency} ${amount}${before}`;
}
