// What the grid knows: the rows it has loaded, the lines of the draft, and what was typed but not taken.
// Keys are `list TAB sku`; every change of a cell goes through here so that undo sees all of them.

export const keyOf = (list, sku) => `${list}\t${sku}`;
export const partsOf = (key) => key.split("\t");

export class GridState {
  constructor(lists) {
    this.lists = lists;
    this.listByCode = new Map(lists.map((list) => [list.code, list]));
    this.rows = new Map();
    this.order = [];
    this.lines = new Map();
    this.refused = new Map();
    this.saving = new Set();
    this.undone = [];
    this.done = [];
    this.listeners = new Set();
  }

  onChange(listener) {
    this.listeners.add(listener);
  }

  changed(keys) {
    for (const listener of this.listeners) listener(keys);
  }

  addRows(rows) {
    const fresh = rows.filter((row) => !this.rows.has(row.sku));
    for (const row of fresh) {
      this.rows.set(row.sku, row);
      this.order.push(row.sku);
    }
    return fresh;
  }

  clearRows() {
    this.rows.clear();
    this.order = [];
  }

  live(key) {
    const [list, sku] = partsOf(key);
    return this.rows.get(sku)?.cells[list] ?? null;
  }

  /** What a cell shows: its state and its old and new amount. */
  cell(key) {
    const live = this.live(key);
    const line = this.lines.get(key);
    const refused = this.refused.get(key);
    const old = line?.old ?? live?.amount ?? null;
    if (refused) return { kind: "refused", old: line?.amount ?? old, typed: refused.typed, refused };
    if (!line) return { kind: "rest", old, amount: old };
    const kind = line.is_stale ? "conflict" : line.severity === "block" || line.severity === "review" ? "review" : "changed";
    return { kind, old, amount: line.amount, line };
  }

  /** The entry of a cell as undo restores it: an amount, "" for none, or what was refused. */
  snapshot(key) {
    const refused = this.refused.get(key);
    return { amount: this.lines.get(key)?.amount ?? "", refused: refused ? { ...refused } : null };
  }

  remember(label, items) {
    if (!items.length) return;
    this.done.push({ label, items });
    this.undone = [];
    if (this.done.length > 200) this.done.shift();
  }

  refuse(key, typed, code, detail) {
    this.refused.set(key, { typed, code, detail });
  }

  /** What F8 goes through: what was not taken; when all of it is dealt with, what a person will look at. */
  markedKeys() {
    const place = new Map(this.order.map((sku, index) => [sku, index]));
    const column = new Map(this.lists.map((list, index) => [list.code, index]));
    const wanted = [...this.refused.keys()];
    if (!wanted.length) for (const [key, line] of this.lines) if (line.is_stale || line.severity === "block" || line.severity === "review") wanted.push(key);
    const rank = (key) => {
      const [list, sku] = partsOf(key);
      return (place.get(sku) ?? 1e9) * 100 + (column.get(list) ?? 99);
    };
    return [...new Set(wanted)].sort((a, b) => rank(a) - rank(b));
  }
}
