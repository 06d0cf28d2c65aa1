// What one does to cells: take entries, refuse bad ones with what was typed, undo and redo, fill, formulas, paste.

import { grouping, isFormula, parseAmount } from "./amount.js";
import { blockText, isKeyedBySku, parseBlock } from "./clipboard.js";
import { fill } from "./draw.js";
import { keyOf, partsOf } from "./state.js";

export class Edits {
  constructor(state, saver, selection, words) {
    Object.assign(this, { state, saver, selection, words });
    this.onPasted = () => {};
    this.onUndone = () => {};
    saver.onSaved = (answer) => this.take(answer);
    saver.onFailed = (error, entries) => this.failed(error, entries);
    saver.onBusy = () => {};
    this.onSaved = () => {};
    this.onProblem = () => {};
  }

  /** Take entries [[key, typed]] as one step of undo. Returns how many were taken and marked. */
  apply(entries, label) {
    const before = new Map(entries.map(([key]) => [key, this.state.snapshot(key)]));
    const good = [];
    for (const [key, typed] of entries) {
      const list = this.state.listByCode.get(partsOf(key)[0]);
      const read = typed === "" ? { amount: "" } : parseAmount(typed, list.places);
      if (read.code) this.state.refuse(key, typed, read.code, this.reason(read.code, typed, list));
      else good.push([key, this.expect(key, read.amount)]);
    }
    this.remember(label, before);
    if (good.length) this.saver.put(good);
    this.state.changed(entries.map(([key]) => key));
    return { taken: good.length, marked: entries.length - good.length };
  }

  remember(label, before) {
    const items = [...before].map(([key, was]) => ({ key, before: was, after: this.state.snapshot(key) }));
    this.state.remember(label, items);
  }

  /** Show an entry at once, before the server has answered; the old price typed again takes the line out. */
  expect(key, amount) {
    const { state } = this;
    state.refused.delete(key);
    const live = state.live(key);
    const line = state.lines.get(key);
    if (amount === "" || (amount === live?.amount && !line?.is_stale)) {
      state.lines.delete(key);
      if (line || amount === "") state.saving.add(key);
      return "";
    }
    state.lines.set(key, { old: line?.old ?? live?.amount ?? null, amount, margin: line?.amount === amount ? line.margin : null, severity: "", messages: [] });
    state.saving.add(key);
    return amount;
  }

  reason(code, typed, list) {
    const words = this.words.refusals;
    return fill(words[code] ?? words.not_amount, { typed, places: list.places, currency: list.currency });
  }

  take(answer) {
    const { state } = this;
    for (const cell of answer.cells) {
      const key = keyOf(cell.price_list, cell.sku);
      state.saving.delete(key);
      if (cell.status === "refused") state.refuse(key, cell.typed ?? "", cell.code, cell.detail);
      if (this.saver.waiting.has(key)) continue;
      if (cell.line) state.lines.set(key, cell.line);
      else state.lines.delete(key);
    }
    this.fixUndo(answer);
    this.onSaved(answer);
    state.changed(answer.cells.map((cell) => keyOf(cell.price_list, cell.sku)));
  }

  /** What the server refused must come back as refused when it is redone. */
  fixUndo(answer) {
    const last = this.state.done[this.state.done.length - 1];
    if (!last) return;
    const refused = new Set(answer.cells.filter((cell) => cell.status === "refused").map((cell) => keyOf(cell.price_list, cell.sku)));
    for (const item of last.items) if (refused.has(item.key)) item.after = this.state.snapshot(item.key);
  }

  failed(error, entries) {
    const lasting = !error.status || error.status >= 500;
    if (lasting) {
      for (const [key, typed] of entries) if (!this.saver.waiting.has(key)) this.saver.waiting.set(key, typed);
      setTimeout(() => this.saver.flush(), 5000);
    } else {
      for (const [key, typed] of entries) {
        this.state.saving.delete(key);
        this.state.lines.delete(key);
        this.state.refuse(key, typed, "refused", error.message);
      }
      this.state.changed(entries.map(([key]) => key));
    }
    this.onProblem(error, lasting);
  }

  /** The formula line on the selection: a plain amount or a formula that the server works out exactly. */
  async formula(text) {
    const keys = this.selection.editableKeys();
    if (!keys.length || !text.trim()) return null;
    if (!isFormula(text)) return this.apply(keys.map((key) => [key, text.trim()]), text);
    const before = new Map(keys.map((key) => [key, this.state.snapshot(key)]));
    const answer = await this.saver.formula(text.trim(), keys);
    if (!answer) return null;
    const marked = answer.cells.filter((cell) => cell.status === "refused").length;
    for (const cell of answer.cells) if (cell.status !== "refused") this.state.refused.delete(keyOf(cell.price_list, cell.sku));
    this.remember(text, before);
    this.state.changed(keys);
    return { taken: answer.cells.length - marked, marked };
  }

  clear() {
    const keys = this.selection.editableKeys();
    const worth = keys.filter((key) => this.state.lines.has(key) || this.state.refused.has(key));
    if (!worth.length) return;
    const onlyMarked = worth.filter((key) => this.state.refused.has(key) && !this.state.lines.has(key));
    const before = new Map(worth.map((key) => [key, this.state.snapshot(key)]));
    const send = [];
    for (const key of worth) {
      this.state.refused.delete(key);
      if (!onlyMarked.includes(key)) send.push([key, this.expect(key, "")]);
    }
    this.remember("Del", before);
    if (send.length) this.saver.put(send);
    this.state.changed(worth);
  }

  /** The top cell of each selected column into the cells below it. */
  fillDown() {
    const { top, bottom } = this.selection.bounds();
    const entries = [];
    for (const c of this.selection.columns().filter((column) => this.selection.listAt(column)?.editable)) {
      const amount = this.state.cell(this.selection.keyAt(top, c)).amount;
      if (amount === null || amount === undefined) continue;
      for (let r = top + 1; r <= bottom; r++) entries.push([this.selection.keyAt(r, c), amount]);
    }
    if (entries.length) this.apply(entries, "fill");
  }

  step(from, to, side) {
    const group = from.pop();
    if (!group) return null;
    to.push(group);
    const send = [];
    for (const { key, [side]: entry } of group.items) {
      const now = this.state.lines.get(key)?.amount ?? "";
      this.state.refused.delete(key);
      if (entry.amount !== now) send.push([key, this.expect(key, entry.amount)]);
      if (entry.refused) this.state.refused.set(key, { ...entry.refused });
    }
    if (send.length) this.saver.put(send);
    this.state.changed(group.items.map((item) => item.key));
    return group;
  }

  undo() {
    const group = this.step(this.state.done, this.state.undone, "before");
    if (group) this.onUndone(group);
  }

  redo() {
    this.step(this.state.undone, this.state.done, "after");
  }

  copyText() {
    const { top, bottom } = this.selection.bounds();
    const columns = this.selection.columns();
    const rows = [];
    for (let r = top; r <= bottom; r++) rows.push(columns.map((c) => this.plain(r, c)));
    return blockText(rows);
  }

  plain(r, c) {
    const key = this.selection.keyAt(r, c);
    if (key) {
      const cell = this.state.cell(key);
      return cell.kind === "refused" ? cell.typed : cell.amount ?? "";
    }
    const row = this.state.rows.get(this.state.order[r]);
    const [name, list] = this.selection.fields[c].split(":");
    if (name === "margin") return this.state.lines.get(keyOf(list, row.sku))?.margin ?? row.cells[list]?.margin ?? "";
    if (name === "market") return row.market?.[list]?.amount ?? "";
    return name === "band" ? "" : String(row[name] ?? "");
  }

  /** A pasted block. Nothing is dropped: what has no cell to go to is counted and named. */
  async paste(text, loadRows) {
    const block = parseBlock(text);
    if (!block.length) return;
    const placed = isKeyedBySku(block, (sku) => this.state.rows.has(sku)) ? this.bySku(block) : await this.byPlace(block, loadRows);
    const { taken, marked } = this.apply(placed.entries, "paste");
    if (placed.to) this.selection.setRange(placed.from, placed.to);
    this.onPasted({ cells: placed.entries.length, taken, marked, outside: placed.outside });
    await this.saver.flush();
    const late = placed.entries.filter(([key]) => this.state.refused.has(key)).length;
    if (late !== marked) this.onPasted({ cells: placed.entries.length, taken: taken + marked - late, marked: late, outside: placed.outside });
  }

  async byPlace(block, loadRows) {
    const { top, bottom, left, right } = this.selection.bounds();
    const one = block.length === 1 && block[0].length === 1;
    if (one && (top !== bottom || left !== right)) return { entries: this.selection.editableKeys().map((key) => [key, block[0][0]]), outside: 0 };
    await loadRows(top + block.length);
    const columns = this.selection.priceColumnsFrom(left);
    const entries = [];
    let outside = 0;
    let lastColumn = left;
    block.forEach((row, i) => {
      row.forEach((typed, j) => {
        const key = columns[j] === undefined ? null : this.selection.keyAt(top + i, columns[j]);
        if (!key || !this.selection.listAt(columns[j]).editable) {
          if (typed) outside += 1;
          return;
        }
        lastColumn = Math.max(lastColumn, columns[j]);
        if (typed !== "") entries.push([key, typed]);
      });
    });
    const last = Math.min(top + block.length, this.state.order.length) - 1;
    return { entries, outside, from: { r: top, c: columns[0] ?? left }, to: { r: last, c: lastColumn } };
  }

  /** Rows named by their SKU go to that product wherever it stands. */
  bySku(block) {
    const columns = this.selection.priceColumnsFrom(this.selection.isPrice(this.selection.bounds().left) ? this.selection.bounds().left : 0);
    const entries = [];
    let outside = 0;
    for (const [index, [sku, ...amounts]] of block.entries()) {
      if (index === 0 && !this.state.rows.has(sku) && amounts.every((amount) => !/\d/.test(amount))) continue;
      amounts.forEach((typed, j) => {
        const list = columns[j] === undefined ? null : this.selection.listAt(columns[j]);
        if (list?.editable && typed !== "") entries.push([keyOf(list.code, sku), typed]);
        else if (typed !== "") outside += 1;
      });
    }
    return { entries, outside };
  }

  /** What the formula line says of the focused cell. */
  address() {
    const list = this.selection.listAt(this.selection.head.c);
    const sku = this.state.order[this.selection.head.r] ?? "";
    return list ? `${list.name} · ${sku}` : sku;
  }

  value() {
    const key = this.selection.focusKey;
    if (!key) return "";
    const cell = this.state.cell(key);
    return cell.kind === "refused" ? cell.typed : cell.amount === null ? "" : grouping(cell.amount).replace(/,/g, "");
  }
}
