// The one text field that always has the keyboard: it lies over the focused cell, invisible until one types, so that
// typing, an input method, copy and paste all reach the grid as in any field.

import { element } from "./draw.js";

export class Capture {
  constructor(wrapper, selection, words) {
    this.wrapper = wrapper;
    this.selection = selection;
    this.field = element("textarea", "grid-capture");
    this.field.rows = 1;
    this.field.spellcheck = false;
    this.field.autocomplete = "off";
    this.field.setAttribute("aria-label", words.cellField);
    this.field.setAttribute("inputmode", "decimal");
    wrapper.append(this.field);
    this.isEditing = false;
    this.isComposing = false;
    this.mayEdit = () => false;
    this.onCommit = () => {};
    this.onInput = () => {};
    this.field.addEventListener("compositionstart", () => (this.isComposing = true));
    this.field.addEventListener("compositionend", () => {
      this.isComposing = false;
      this.typed();
    });
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("focus", () => (document.documentElement.dataset.keys = "off"));
    this.field.addEventListener("blur", () => {
      delete document.documentElement.dataset.keys;
      if (this.isEditing) this.commit();
    });
  }

  typed() {
    if (!this.isEditing) {
      if (!this.field.value) return;
      if (!this.mayEdit()) {
        if (!this.isComposing) this.field.value = "";
        return;
      }
      this.show();
    }
    this.onInput(this.field.value);
  }

  focus() {
    this.place();
    this.field.focus({ preventScroll: true });
  }

  /** Lie over the focused cell. */
  place() {
    const { head } = this.selection;
    const cell = this.selection.elementAt(head.r, head.c);
    if (!cell?.isConnected) return;
    const box = cell.getBoundingClientRect();
    const base = this.wrapper.getBoundingClientRect();
    Object.assign(this.field.style, {
      left: `${box.left - base.left}px`,
      top: `${box.top - base.top}px`,
      width: `${box.width}px`,
      height: `${box.height}px`,
    });
  }

  show() {
    this.isEditing = true;
    this.field.classList.add("is-editing");
    this.place();
  }

  edit(value) {
    if (!this.mayEdit()) return;
    this.field.value = value;
    this.show();
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(value.length, value.length);
    this.onInput(value);
  }

  close() {
    this.isEditing = false;
    this.field.value = "";
    this.field.classList.remove("is-editing");
    this.onInput("");
  }

  commit() {
    const value = this.field.value.trim();
    this.close();
    this.onCommit(value);
  }

  /** Hold `text` for the browser's own copy that follows this key press. */
  holdForCopy(text) {
    this.field.value = text;
    this.field.select();
    setTimeout(() => {
      if (!this.isEditing) this.field.value = "";
    }, 0);
  }
}
