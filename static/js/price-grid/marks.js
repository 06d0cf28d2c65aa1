// What was typed but not taken survives a reload: kept in this tab, for this person, until the tab is closed.

import { partsOf } from "./state.js";

const PREFIX = "price-grid-marks:";

export class Marks {
  constructor(state, owner) {
    Object.assign(this, { state, name: PREFIX + owner, waiting: [] });
  }

  /** Put the kept marks back, of lists that are shown; those of other lists wait. */
  restore() {
    for (const [key, mark] of this.read()) {
      if (this.state.listByCode.has(partsOf(key)[0])) this.state.refused.set(key, mark);
      else this.waiting.push([key, mark]);
    }
    this.state.onChange(() => this.keep());
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.name) ?? "[]");
    } catch {
      return [];
    }
  }

  keep() {
    try {
      const marks = [...this.state.refused, ...this.waiting];
      if (marks.length) sessionStorage.setItem(this.name, JSON.stringify(marks));
      else sessionStorage.removeItem(this.name);
    } catch {
      return; // storage is full or forbidden: the marks live as long as the page
    }
  }
}
