// Focus and range over the grid: where one is, what is selected, how it is painted and kept in sight.
// A range from one price column to another means the price columns between them, as after a paste.

import { element } from "./draw.js";
import { keyOf } from "./state.js";

const PAINT = ["in-range", "is-focus", "edge-t", "edge-r", "edge-b", "edge-l"];

export class Selection {
  constructor(table, state, wrapper) {
    this.table = table;
    this.state = state;
    this.wrapper = wrapper;
    this.anchor = { r: 0, c: 0 };
    this.head = { r: 0, c: 0 };
    this.onMove = () => {};
    this.painted = [];
    this.spoken = wrapper.appendChild(element("div", "visually-hidden"));
    this.spoken.setAttribute("aria-live", "polite");
  }

  readColumns() {
    this.fields = this.table.getColumns().map((column) => column.getField()).filter((field) => field !== "number");
    const first = this.fields.findIndex((field) => field.startsWith("price:"));
    if (this.head.c === 0 && first > 0) this.anchor = this.head = { r: 0, c: first };
  }

  get holder() {
    return this.wrapper.querySelector(".tabulator-tableholder");
  }

  isPrice(c) {
    return this.fields[c]?.startsWith("price:") ?? false;
  }

  listAt(c) {
    return this.isPrice(c) ? this.state.listByCode.get(this.fields[c].slice(6)) : null;
  }

  keyAt(r, c) {
    const list = this.listAt(c);
    const sku = this.state.order[r];
    return list && sku !== undefined ? keyOf(list.code, sku) : null;
  }

  get focusKey() {
    return this.keyAt(this.head.r, this.head.c);
  }

  bounds() {
    const { anchor, head } = this;
    return {
      top: Math.min(anchor.r, head.r),
      bottom: Math.max(anchor.r, head.r),
      left: Math.min(anchor.c, head.c),
      right: Math.max(anchor.c, head.c),
    };
  }

  /** The columns of the range; between two price columns only price columns. */
  columns() {
    const { left, right } = this.bounds();
    const all = Array.from({ length: right - left + 1 }, (_, i) => left + i);
    return this.isPrice(left) && this.isPrice(right) ? all.filter((c) => this.isPrice(c)) : all;
  }

  /** Keys of the cells in the range that may be edited, row by row. */
  editableKeys() {
    const { top, bottom } = this.bounds();
    const columns = this.columns().filter((c) => this.listAt(c)?.editable);
    const keys = [];
    for (let r = top; r <= bottom; r++) for (const c of columns) if (this.keyAt(r, c)) keys.push(this.keyAt(r, c));
    return keys;
  }

  priceColumnsFrom(c) {
    return this.fields.map((_, i) => i).filter((i) => i >= c && this.isPrice(i));
  }

  moveTo(r, c, extend = false) {
    const rows = this.state.order.length;
    if (!rows) return;
    this.head = { r: Math.min(Math.max(r, 0), rows - 1), c: Math.min(Math.max(c, 0), this.fields.length - 1) };
    if (!extend) this.anchor = this.head;
    this.bringIntoSight();
    this.paint();
    this.onMove();
  }

  setRange(from, to) {
    this.anchor = from;
    this.head = to;
    this.paint();
    this.onMove();
  }

  goToKey(key) {
    const [list, sku] = key.split("\t");
    const r = this.state.order.indexOf(sku);
    const c = this.fields.indexOf(`price:${list}`);
    if (r < 0 || c < 0) return false;
    this.moveTo(r, c);
    return true;
  }

  /** The next editable cell to the right (or left), running over to the next row. */
  tab(step) {
    let { r, c } = this.head;
    for (let i = 0; i < this.fields.length * 2; i++) {
      c += step;
      if (c >= this.fields.length) [r, c] = [r + 1, 0];
      if (c < 0) [r, c] = [r - 1, this.fields.length - 1];
      if (r < 0 || r >= this.state.order.length) return;
      if (this.listAt(c)?.editable) return this.moveTo(r, c);
    }
  }

  rowHeight() {
    return this.wrapper.querySelector(".tabulator-row")?.offsetHeight || 29;
  }

  pageRows() {
    return Math.max(Math.floor((this.holder?.clientHeight ?? 0) / this.rowHeight()) - 1, 1);
  }

  bringIntoSight() {
    const holder = this.holder;
    if (!holder) return;
    const height = this.rowHeight();
    const top = this.head.r * height;
    if (top < holder.scrollTop) holder.scrollTop = top;
    else if (top + height * 2 > holder.scrollTop + holder.clientHeight) holder.scrollTop = top + height * 2 - holder.clientHeight;
    const column = this.table.getColumn(this.fields[this.head.c]);
    if (column.getDefinition().frozen || column.getParentColumn()?.getDefinition().frozen) return;
    const box = column.getElement().getBoundingClientRect();
    const view = holder.getBoundingClientRect();
    const frozen = this.frozenWidth();
    if (box.right > view.right) holder.scrollLeft += box.right - view.right + 4;
    else if (box.left < view.left + frozen) holder.scrollLeft -= view.left + frozen - box.left + 4;
  }

  frozenWidth() {
    const group = this.wrapper.querySelector(".tabulator-header .group-product.tabulator-frozen");
    return group ? group.offsetWidth : 0;
  }

  elementAt(r, c) {
    const sku = this.state.order[r];
    if (sku === undefined) return null;
    const row = this.table.getRow(sku);
    return row ? row.getCell(this.fields[c])?.getElement() ?? null : null;
  }

  /** Put the classes of range and focus on what is in sight; what scrolls in is painted then. */
  paint() {
    for (const cell of this.painted) cell.classList.remove(...PAINT);
    this.painted = [];
    const { top, bottom } = this.bounds();
    const columns = this.columns();
    for (const row of this.table.getRows("visible")) {
      const r = row.getPosition() - 1;
      if (r >= top && r <= bottom) this.paintRow(row, r, columns, top, bottom);
    }
    const focus = this.elementAt(this.head.r, this.head.c);
    if (focus?.isConnected) {
      focus.classList.add("is-focus");
      this.painted.push(focus);
    }
  }

  paintRow(row, r, columns, top, bottom) {
    columns.forEach((c, i) => {
      const cell = row.getCell(this.fields[c])?.getElement();
      if (!cell) return;
      const classes = [];
      if (columns.length > 1 || top !== bottom) classes.push("in-range");
      if (r === top) classes.push("edge-t");
      if (r === bottom) classes.push("edge-b");
      if (columns[i - 1] !== c - 1) classes.push("edge-l");
      if (columns[i + 1] !== c + 1) classes.push("edge-r");
      cell.classList.add(...classes);
      this.painted.push(cell);
    });
  }

  speak(words) {
    this.spoken.textContent = words;
  }
}
