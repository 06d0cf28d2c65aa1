// The price grid: puts the parts together. What each part does stands at the top of its file.

import { Bar, openSubmit } from "./submit.js";
import { Capture } from "./capture.js";
import { CellNote } from "./note.js";
import { columnsOf } from "./columns.js";
import { Edits } from "./edits.js";
import { bindKeys, bindMouse } from "./keys.js";
import { fillPrice } from "./cells.js";
import { fill, setSprite } from "./draw.js";
import { GridState, keyOf, partsOf } from "./state.js";
import { Loader } from "./loader.js";
import { Marks } from "./marks.js";
import { PhoneList } from "./phone.js";
import { Saver } from "./server.js";
import { Selection } from "./selection.js";

const config = JSON.parse(document.getElementById("grid-config").textContent);
setSprite(config.urls.icons);
config.isWide = matchMedia("(min-width: 1000px)").matches;

class PriceGrid {
  constructor() {
    this.config = config;
    this.words = config.words;
    this.state = new GridState(config.lists);
    this.loader = new Loader(config, this.state);
    this.saver = new Saver(config.urls.cells, config.draft?.id ?? null);
    this.draft = config.draft;
    this.summary = config.summary;
    for (const line of config.lines) this.state.lines.set(keyOf(line.price_list, line.sku), line);
    new Marks(this.state, config.owner).restore();
    this.bar = new Bar(document.getElementById("draft-bar"), config);
    this.wrapper = document.getElementById("price-grid");
  }

  start() {
    if (matchMedia("(max-width: 767.98px)").matches) return this.startPhone();
    const Tabulator = window.Tabulator;
    this.table = new Tabulator(document.getElementById("grid-table"), {
      data: [],
      index: "sku",
      layout: "fitColumns",
      height: "100%",
      rowHeight: 28,
      keybindings: false,
      headerSortClickElement: "icon",
      columnDefaults: { headerSort: false, resizable: "header", headerHozAlign: undefined },
      columns: columnsOf(config, this.state),
      placeholder: document.getElementById("grid-empty").innerHTML,
    });
    this.table.on("tableBuilt", () => this.built());
  }

  startPhone() {
    this.edits = new Edits(this.state, this.saver, null, this.words);
    this.connectSaving();
    this.phone = new PhoneList(this, this.wrapper);
    this.loader.onRows = (rows) => this.phone.add(rows);
    this.loader.onCover = () => {};
    this.loader.start(config.first);
    this.state.onChange(() => {
      this.phone.refresh();
      this.showBar();
    });
    document.getElementById("draft-submit")?.addEventListener("click", () => this.submit());
    this.showBar();
  }

  built() {
    this.selection = new Selection(this.table, this.state, this.wrapper);
    this.capture = new Capture(this.wrapper, this.selection, this.words);
    this.edits = new Edits(this.state, this.saver, this.selection, this.words);
    this.note = new CellNote(this, this.wrapper, this.words);
    this.selection.readColumns();
    this.connectLoading();
    this.connectSaving();
    this.connectCapture();
    bindKeys(this);
    bindMouse(this, this.wrapper);
    this.state.onChange((keys) => this.repaint(keys));
    this.bindControls();
    this.loader.start(config.first);
    this.showBar();
  }

  connectLoading() {
    this.loader.onRows = async (rows) => {
      await this.table.addData(rows);
      this.selection.paint();
      this.moved();
      this.wrapper.dataset.rows = this.state.order.length;
    };
    this.loader.onCover = (rows) => {
      for (const row of rows) this.table.getRow(row.sku)?.reformat();
      this.selection.paint();
    };
    this.table.on("scrollVertical", () => this.scrolled());
    this.table.on("scrollHorizontal", () => this.follow());
    this.table.on("renderComplete", () => this.selection.paint());
  }

  scrolled() {
    const holder = this.selection.holder;
    if (holder.scrollHeight - holder.scrollTop - holder.clientHeight < 1600) this.loader.more();
    requestAnimationFrame(() => this.follow());
  }

  follow() {
    this.selection.paint();
    this.capture.place();
    this.note.show();
  }

  connectSaving() {
    this.saver.onIdle = () => this.showBar();
    this.edits.onSaved = (answer) => {
      this.draft = answer.draft;
      this.summary = answer.summary;
      this.bar.hideProblem();
      this.bar.showSaved(answer.saved);
      this.showBar();
    };
    this.edits.onProblem = (error, lasting) => {
      const faults = (error.problem?.errors ?? []).map((fault) => fault.detail);
      this.bar.showProblem(lasting ? this.words.notSaved : error.message, lasting ? this.words.keptHere : this.words.keptMarked, faults);
    };
    this.edits.onPasted = (counts) => this.bar.showPaste(counts, { next: () => this.nextMarked(1), undo: () => this.edits.undo() });
    this.edits.onUndone = (group) => group.label === "paste" && this.bar.hidePaste();
  }

  connectCapture() {
    this.capture.mayEdit = () => config.may.edit && Boolean(this.selection.listAt(this.selection.head.c)?.editable);
    this.capture.onCommit = (value) => {
      const focus = this.selection.focusKey;
      if (focus && value !== this.edits.value()) this.edits.apply([[focus, value]], "type");
      this.note.show();
    };
    this.capture.onInput = (value) => {
      if (this.capture.isEditing) this.formulaField.value = value;
      this.note.show();
    };
    this.selection.onMove = () => this.moved();
  }

  moved() {
    this.capture.place();
    this.note.show();
    document.getElementById("grid-address").textContent = this.edits.address();
    const cells = this.selection.editableKeys().length;
    document.getElementById("grid-cells").textContent = cells > 1 ? fill(this.words.cells, { n: cells }) : "";
    if (document.activeElement !== this.formulaField) this.formulaField.value = this.edits.value();
    const focused = this.selection.elementAt(this.selection.head.r, this.selection.head.c);
    this.selection.speak(`${this.state.order[this.selection.head.r] ?? ""} ${focused?.getAttribute("aria-label") ?? focused?.textContent ?? ""}`);
  }

  repaint(keys) {
    const touched = new Set();
    for (const key of keys) {
      const [list, sku] = partsOf(key);
      const row = this.table.getRow(sku);
      const holder = row?.getCell(`price:${list}`)?.getElement();
      if (holder) fillPrice(holder, this.state, key, this.state.listByCode.get(list), this.words);
      if (row) touched.add(row);
    }
    for (const row of touched) row.reformat();
    this.selection.paint();
    this.note.show();
    this.showBar();
    if (document.activeElement !== this.formulaField) this.formulaField.value = this.edits.value();
  }

  showBar() {
    this.bar.show(this.draft, this.summary, { refused: this.state.refused.size });
    document.body.dataset.saving = this.saver.isIdle ? "idle" : "busy";
  }

  get formulaField() {
    return document.getElementById("grid-formula");
  }

  bindControls() {
    const field = this.formulaField;
    field.addEventListener("keydown", async (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") this.capture.focus();
      if (event.key !== "Enter") return;
      event.preventDefault();
      const result = await this.edits.formula(field.value);
      if (result?.marked) this.bar.showPaste({ cells: result.taken + result.marked, taken: result.taken, marked: result.marked, outside: 0, pattern: this.words.worked }, { next: () => this.nextMarked(1), undo: () => this.edits.undo() });
      this.capture.focus();
      this.moved();
    });
    for (const button of document.querySelectorAll("[data-formula]")) button.addEventListener("click", () => this.startFormula(button.dataset.formula));
    document.getElementById("grid-fill")?.addEventListener("click", () => this.edits.fillDown());
    for (const button of document.querySelectorAll("[data-sort]")) button.addEventListener("click", () => this.sortBy(button.dataset.sort));
    document.getElementById("draft-submit")?.addEventListener("click", () => this.submit());
  }

  sortBy(field) {
    const query = new URLSearchParams(location.search);
    query.set("sort", config.sort === field ? `-${field}` : field);
    location.search = query;
  }

  startFormula(text) {
    const field = this.formulaField;
    field.value = text;
    field.focus();
    const number = /[\d.]+/.exec(text);
    if (number) field.setSelectionRange(number.index, number.index + number[0].length);
    else field.setSelectionRange(text.length, text.length);
  }

  paste(text) {
    if (config.may.edit) this.edits.paste(text, (count) => this.loader.until(count));
  }

  nextMarked(step) {
    const marked = this.state.markedKeys();
    if (!marked.length) return;
    const at = marked.indexOf(this.selection.focusKey);
    const next = marked[(at + step + marked.length) % marked.length];
    if (!this.selection.goToKey(next)) this.selection.goToKey(marked[0]);
    this.capture.focus();
  }

  selectColumn() {
    const { head } = this.selection;
    this.selection.setRange({ r: 0, c: head.c }, { r: this.state.order.length - 1, c: head.c });
  }

  why() {
    const sku = this.state.order[this.selection.head.r];
    const list = this.selection.listAt(this.selection.head.c);
    const query = new URLSearchParams({ sku });
    if (list) query.set("price_list", list.code);
    location.href = `${config.urls.why}?${query}`;
  }

  timeline() {
    const sku = this.state.order[this.selection.head.r];
    if (sku) location.href = `${config.urls.products}${encodeURIComponent(sku)}/`;
  }

  openDraft() {
    if (this.draft) location.href = this.draft.url;
  }

  leave() {
    this.formulaField.focus();
  }

  async submit() {
    if (!config.may.submit || !(this.summary?.lines > 0)) return;
    await this.saver.flush();
    openSubmit(this);
  }

  rowIndexOf(rowElement) {
    const row = this.table.getRows("visible").find((one) => one.getElement() === rowElement);
    return row ? row.getPosition() - 1 : -1;
  }
}

new PriceGrid().start();
