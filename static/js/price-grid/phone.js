// On a phone: a list to read, and one product at a time to edit.

import { element, icon } from "./draw.js";
import { grouping } from "./amount.js";
import { keyOf } from "./state.js";

export class PhoneList {
  constructor(grid, root) {
    this.grid = grid;
    this.list = element("div", "phone-prices card");
    root.replaceChildren(this.list);
    this.cards = new Map();
    this.more = element("button", "btn phone-more", grid.words.more);
    this.more.type = "button";
    this.more.addEventListener("click", () => grid.loader.more());
    root.append(this.more);
    this.dialog = document.getElementById("product-dialog");
  }

  add(rows) {
    for (const row of rows) {
      const card = element("button", "phone-price");
      card.type = "button";
      card.dataset.sku = row.sku;
      card.addEventListener("click", () => this.open(row));
      this.cards.set(row.sku, card);
      this.list.append(card);
      this.draw(row);
    }
    this.more.hidden = this.grid.loader.isAtEnd;
    if (!this.list.children.length) this.list.innerHTML = document.getElementById("grid-empty").innerHTML;
  }

  refresh() {
    for (const row of this.grid.state.rows.values()) this.draw(row);
  }

  draw(row) {
    const card = this.cards.get(row.sku);
    if (!card) return;
    const currencies = this.grid.config.lists.map((list) => list.currency);
    const isOnly = (currency) => currencies.indexOf(currency) === currencies.lastIndexOf(currency);
    const prices = this.grid.config.lists.map((list) => {
      const shown = this.grid.state.cell(keyOf(list.code, row.sku));
      const line = element("span", `phone-amount is-${shown.kind}`, element("small", "", isOnly(list.currency) ? list.currency : list.code));
      if (shown.kind !== "rest" && shown.old !== null) line.append(element("s", "old", grouping(shown.old)));
      if (shown.kind === "review") line.append(icon("alert-triangle"));
      if (shown.kind === "refused") line.append(icon("alert-circle"));
      line.append(element("b", "", shown.kind === "refused" ? shown.typed : grouping(shown.amount ?? null)));
      return line;
    });
    card.replaceChildren(element("span", "phone-name", element("span", "cut", row.name), element("small", "text-3", row.sku)), element("span", "phone-amounts", ...prices));
  }

  open(row) {
    const { grid, dialog } = this;
    const fields = dialog.querySelector("[data-slot=fields]");
    dialog.querySelector("[data-slot=name]").textContent = row.name;
    dialog.querySelector("[data-slot=sku]").textContent = row.sku;
    dialog.querySelector("[data-slot=timeline]").href = `${grid.config.urls.products}${encodeURIComponent(row.sku)}/`;
    dialog.querySelector("[data-slot=why]").href = `${grid.config.urls.why}?${new URLSearchParams({ sku: row.sku })}`;
    fields.replaceChildren(...grid.config.lists.map((list) => this.field(row, list)));
    dialog.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      this.save(row, fields);
    };
    for (const button of dialog.querySelectorAll("[data-close]")) button.onclick = () => dialog.close();
    dialog.showModal();
  }

  field(row, list) {
    const { state, words, config } = this.grid;
    const cell = state.cell(keyOf(list.code, row.sku));
    const input = element("input", "form-control");
    Object.assign(input, { name: list.code, inputMode: "decimal", autocomplete: "off", disabled: !list.editable || !config.may.edit });
    input.value = cell.kind === "refused" ? cell.typed : cell.amount ?? "";
    input.dataset.before = input.value;
    const margin = row.cells[list.code]?.margin;
    const hint = [];
    if (cell.old !== null && cell.kind !== "rest") hint.push(`${words.before} ${grouping(cell.old)}`);
    if (margin && config.may.costs) hint.push(`${words.margin} ${grouping(margin)}`);
    const seen = row.market?.[list.code];
    if (seen) hint.push(`${words.market} ${grouping(seen.amount)}`);
    if (cell.kind === "refused") hint.push(cell.refused.detail);
    for (const message of cell.line?.messages ?? []) hint.push(message.text);
    return element("label", "form-row", element("span", "form-label", `${list.name} ${list.currency}`), input, element("span", cell.kind === "refused" ? "form-error" : "form-hint", hint.join(" · ")));
  }

  async save(row, fields) {
    const entries = [...fields.querySelectorAll("input")]
      .filter((input) => input.value.trim() !== input.dataset.before)
      .map((input) => [keyOf(input.name, row.sku), input.value.trim()]);
    this.dialog.close();
    if (!entries.length) return;
    const { marked } = this.grid.edits.apply(entries, "type");
    await this.grid.saver.flush();
    const refused = entries.filter(([key]) => this.grid.state.refused.has(key)).length;
    if (marked || refused) {
      this.grid.bar.showPaste({ cells: entries.length, taken: entries.length - refused, marked: refused, outside: 0, pattern: this.grid.words.worked }, { next: () => this.open(row), undo: () => this.grid.edits.undo() });
    }
  }
}
