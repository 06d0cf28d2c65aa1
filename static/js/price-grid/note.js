// The small box beside a cell that is marked: what was typed, why it was not taken, what to press.

import { element, fill, icon, key } from "./draw.js";
import { grouping } from "./amount.js";

export class CellNote {
  constructor(grid, wrapper, words) {
    Object.assign(this, { grid, wrapper, words });
    this.box = element("div", "cell-note");
    this.box.hidden = true;
    this.box.setAttribute("role", "status");
    wrapper.append(this.box);
  }

  show() {
    const { selection, state, capture } = this.grid;
    const focus = selection.focusKey;
    const shown = focus ? state.cell(focus) : null;
    const content = capture.isEditing || !shown ? null : this.contentOf(shown, state.listByCode.get(focus.split("\t")[0]));
    this.box.hidden = !content;
    if (!content) return;
    this.box.className = `cell-note is-${shown.kind}`;
    this.box.replaceChildren(...content);
    this.place(selection.elementAt(selection.head.r, selection.head.c));
  }

  place(cell) {
    if (!cell?.isConnected) return (this.box.hidden = true);
    const box = cell.getBoundingClientRect();
    const base = this.wrapper.getBoundingClientRect();
    const width = this.box.offsetWidth;
    const right = box.right - base.left + 8;
    const left = right + width > base.width ? box.left - base.left - width - 8 : right;
    const top = Math.min(box.top - base.top - 8, base.height - this.box.offsetHeight - 8);
    this.box.style.left = `${Math.max(left, 4)}px`;
    this.box.style.top = `${Math.max(top, 4)}px`;
  }

  contentOf(shown, list) {
    const { words } = this;
    if (shown.kind === "refused") {
      const kept = shown.old === null ? words.keptNone : fill(words.kept, { price: `${list.symbol}${grouping(shown.old)}` });
      return [
        element("div", "cell-note-what", icon("alert-circle", 16), element("b", "", fill(words.notAmount[shown.refused.code] ?? words.notAmount.other, { typed: shown.typed }))),
        element("p", "", `${shown.refused.detail} ${kept}`),
        this.keys([["F2", words.fix], ["Del", words.drop], ["F8", words.next]]),
      ];
    }
    if (shown.kind === "conflict") {
      return [
        element("div", "cell-note-what", icon("refresh", 16), element("b", "", words.conflict)),
        element("p", "", fill(words.conflictWhy, { now: grouping(shown.line.now), old: grouping(shown.old) })),
        this.keys([["F2", words.typeAgain], ["Del", words.drop], ["F8", words.next]]),
      ];
    }
    if (shown.line?.messages?.length) {
      const parts = shown.line.messages.map((message) =>
        element("div", `cell-note-what is-${message.severity}`, icon(message.severity === "block" ? "ban" : message.severity === "review" ? "alert-triangle" : "info-circle", 16), element("span", "", message.text)),
      );
      return [...parts, this.keys([["F2", words.fix], ["Del", words.drop], ["W", words.why]])];
    }
    return null;
  }

  keys(pairs) {
    return element("div", "cell-note-keys", ...pairs.flatMap(([cap, word]) => [key(cap), element("span", "", word)]));
  }
}
