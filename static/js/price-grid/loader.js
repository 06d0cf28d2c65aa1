// Rows by the hundred, the next ones before one reaches the end; cover and weekly units come from stock, and when stock
// does not answer their columns stay empty.

import { ask } from "./server.js";

export class Loader {
  constructor(config, state) {
    Object.assign(this, { config, state });
    this.offset = 0;
    this.isAtEnd = false;
    this.running = null;
    this.onRows = () => {};
    this.onCover = () => {};
  }

  url(offset) {
    const query = new URLSearchParams(this.config.query);
    query.set("offset", offset);
    return `${this.config.urls.rows}?${query}`;
  }

  start(first) {
    this.offset = 0;
    this.isAtEnd = false;
    this.state.clearRows();
    if (first) this.accept(first);
  }

  accept(page) {
    this.offset = page.offset + page.rows.length;
    this.isAtEnd = page.is_last;
    const fresh = this.state.addRows(page.rows);
    this.onRows(fresh);
    this.cover(fresh);
    return fresh;
  }

  more() {
    if (this.isAtEnd || this.running) return this.running ?? Promise.resolve();
    this.running = ask(this.url(this.offset))
      .then((page) => this.accept(page))
      .finally(() => (this.running = null));
    return this.running;
  }

  /** Load until `count` rows are there or there are no more. */
  async until(count) {
    while (this.state.order.length < count && !this.isAtEnd) await this.more();
  }

  async cover(rows) {
    if (!this.config.urls.cover || !rows.length) return;
    let found;
    try {
      const query = new URLSearchParams({ skus: rows.map((row) => row.sku).join(",") });
      found = await ask(`${this.config.urls.cover}?${query}`);
    } catch {
      return;
    }
    for (const row of rows) {
      const item = found[row.sku];
      if (!item) continue;
      row.cover = rounded(item.cover_days);
      row.units = rounded(item.per_day, 7);
    }
    this.onCover(rows);
  }
}

/** Days and weekly units are estimates, not money: whole numbers, through a float. */
function rounded(text, times = 1) {
  return text === null || text === undefined ? null : String(Math.round(Number(text) * times));
}
