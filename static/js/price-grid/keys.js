// Keyboard and mouse of the grid.

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export function bindKeys(grid) {
  grid.capture.field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key === "Process" || event.keyCode === 229) return;
    const handled = grid.capture.isEditing ? whileEditing(event, grid) : atRest(event, grid);
    if (handled) {
      event.preventDefault();
      event.stopPropagation();
    }
  });
  grid.capture.field.addEventListener("paste", (event) => {
    if (grid.capture.isEditing) return;
    event.preventDefault();
    grid.paste(event.clipboardData.getData("text/plain"));
  });
}

function whileEditing(event, grid) {
  const { capture, selection } = grid;
  if (event.key === "Escape") {
    capture.close();
    return true;
  }
  if (event.key === "Enter" && !event.altKey) {
    capture.commit();
    if (event.ctrlKey || event.metaKey) grid.submit();
    else selection.moveTo(selection.head.r + (event.shiftKey ? -1 : 1), selection.head.c);
    capture.focus();
    return true;
  }
  if (event.key === "Tab") {
    capture.commit();
    selection.tab(event.shiftKey ? -1 : 1);
    capture.focus();
    return true;
  }
  if ((event.key === "ArrowUp" || event.key === "ArrowDown") && !event.altKey) {
    capture.commit();
    selection.moveTo(selection.head.r + (event.key === "ArrowUp" ? -1 : 1), selection.head.c);
    capture.focus();
    return true;
  }
  return false;
}

function atRest(event, grid) {
  const command = event.ctrlKey || event.metaKey;
  if (ARROWS[event.key] || ["Home", "End", "PageUp", "PageDown"].includes(event.key)) return move(event, grid, command);
  if (command) return commands(event, grid);
  if (event.altKey) return false;
  const plain = {
    Enter: () => grid.selection.moveTo(grid.selection.head.r + (event.shiftKey ? -1 : 1), grid.selection.head.c),
    Tab: () => grid.selection.tab(event.shiftKey ? -1 : 1),
    F2: () => grid.capture.edit(grid.edits.value()),
    F8: () => grid.nextMarked(event.shiftKey ? -1 : 1),
    Delete: () => grid.edits.clear(),
    Backspace: () => grid.edits.clear(),
    Escape: () => grid.leave(),
    w: () => grid.why(),
    W: () => grid.why(),
    t: () => grid.timeline(),
    T: () => grid.timeline(),
    o: () => grid.openDraft(),
    O: () => grid.openDraft(),
    m: () => grid.startFormula("m "),
    M: () => grid.startFormula("m "),
    "%": () => grid.startFormula("+3 %"),
    "=": () => grid.startFormula("="),
    "+": () => grid.startFormula("+"),
    "-": () => grid.startFormula("−"),
    "[": () => document.querySelector("[data-fold]")?.click(),
    "?": () => document.querySelector("button[data-keys]")?.click(),
    "/": () => document.getElementById("grid-search").focus(),
  }[event.key];
  if (!plain) return false;
  plain();
  return true;
}

function commands(event, grid) {
  const name = event.key.toLowerCase();
  const action = {
    z: () => (event.shiftKey ? grid.edits.redo() : grid.edits.undo()),
    y: () => grid.edits.redo(),
    d: () => grid.edits.fillDown(),
    a: () => grid.selectColumn(),
    enter: () => grid.submit(),
  }[name];
  if (action) {
    action();
    return true;
  }
  if (name === "c" || name === "x") grid.capture.holdForCopy(grid.edits.copyText());
  return false;
}

function move(event, grid, command) {
  const { selection } = grid;
  const { r, c } = selection.head;
  const last = grid.state.order.length - 1;
  const step = ARROWS[event.key];
  let to = step ? [r + step[0], c + step[1]] : [r, c];
  if (step && command) to = [step[0] < 0 ? 0 : step[0] > 0 ? last : r, step[1] < 0 ? 0 : step[1] > 0 ? selection.fields.length - 1 : c];
  if (event.key === "PageDown") to = [r + selection.pageRows(), c];
  if (event.key === "PageUp") to = [r - selection.pageRows(), c];
  if (event.key === "Home") to = [command ? 0 : r, 0];
  if (event.key === "End") to = [command ? last : r, selection.fields.length - 1];
  selection.moveTo(to[0], to[1], event.shiftKey);
  grid.capture.focus();
  return true;
}

export function bindMouse(grid, wrapper) {
  let dragging = false;
  const placeOf = (target) => {
    const cell = target.closest?.(".tabulator-cell");
    const row = cell?.closest(".tabulator-row");
    if (!row) return null;
    const field = cell.getAttribute("tabulator-field");
    const c = grid.selection.fields.indexOf(field);
    const r = grid.rowIndexOf(row);
    return r < 0 ? null : { r, c: Math.max(c, 0), isNumber: field === "number" };
  };
  wrapper.addEventListener("mousedown", (event) => {
    if (event.button !== 0 || event.target === grid.capture.field || event.target.closest(".cell-note, .tabulator-header")) return;
    const place = placeOf(event.target);
    if (!place) return;
    event.preventDefault();
    if (grid.capture.isEditing) grid.capture.commit();
    if (place.isNumber) grid.selection.setRange({ r: place.r, c: grid.selection.priceColumnsFrom(0)[0] ?? 0 }, { r: place.r, c: grid.selection.priceColumnsFrom(0).at(-1) ?? 0 });
    else grid.selection.moveTo(place.r, place.c, event.shiftKey);
    dragging = true;
    grid.capture.focus();
  });
  wrapper.addEventListener("mouseover", (event) => {
    if (!dragging) return;
    const place = placeOf(event.target);
    if (place) grid.selection.moveTo(place.r, place.c, true);
  });
  addEventListener("mouseup", () => (dragging = false));
  wrapper.addEventListener("dblclick", (event) => {
    if (placeOf(event.target)) grid.capture.edit(grid.edits.value());
  });
}
