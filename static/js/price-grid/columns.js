// The grid's columns: product, one group per price list, stock and history. What a price cell shows is painted by cells.js.

import { band, element, icon } from "./draw.js";
import { grouping } from "./amount.js";
import { keyOf } from "./state.js";
import { fillPrice } from "./cells.js";

const isChinese = document.documentElement.lang.startsWith("zh");
const text = (className, content) => element("span", className, content);

export function columnsOf(config, state, ask) {
  const words = config.words;
  const product = [
    { field: "number", title: "", width: 34, minWidth: 34, cssClass: "col-number", formatter: (cell) => String(cell.getRow().getPosition() || "") },
    { field: "sku", title: head(words.sku, "sku", config, ask), width: skuWidth(config), minWidth: 72, cssClass: "col-sku code", formatter: (cell) => cell.getValue() },
    { field: "name", title: head(words.name, "name", config, ask), minWidth: 160, widthGrow: 1, cssClass: "col-name", formatter: (cell) => nameOf(cell.getRow().getData()) },
  ];
  if (config.may.costs) {
    product.push({ field: "cost", title: head(`${words.cost} ${config.home.symbol}`, "cost", config, ask), hozAlign: "right", headerHozAlign: "right", width: 66, cssClass: "col-cost is-locked", formatter: (cell) => figure(cell.getValue(), words.noCost) });
  }
  const groups = [{ title: words.product, cssClass: "group-product", frozen: config.isWide, columns: product }];
  for (const list of config.lists) groups.push(groupOf(list, config, state, ask));
  groups.push({
    title: words.history,
    cssClass: "is-group-start",
    columns: [
      { field: "cover", title: words.cover, hozAlign: "right", headerHozAlign: "right", width: 68, cssClass: "is-group-start text-2", formatter: (cell) => coverOf(cell.getRow().getData(), config) },
      { field: "units", title: words.units, hozAlign: "right", headerHozAlign: "right", width: 70, cssClass: "text-2", formatter: (cell) => figure(cell.getRow().getData().units, "") },
      { field: "changed", title: head(words.changed, "changed", config, ask), hozAlign: "right", headerHozAlign: "right", width: isChinese ? 92 : 80, cssClass: "text-2 col-changed", formatter: (cell) => cell.getValue() || "" },
    ],
  });
  return groups;
}

function groupOf(list, config, state, ask) {
  const words = config.words;
  const columns = [
    {
      field: `price:${list.code}`,
      title: head(words.price, `price:${list.code}`, config, ask),
      hozAlign: "right",
      headerHozAlign: "right",
      width: isChinese ? 110 : 102,
      minWidth: 96,
      cssClass: "is-group-start col-price",
      formatter: (cell) => {
        const holder = cell.getElement();
        holder.dataset.list = list.code;
        fillPrice(holder, state, keyOf(list.code, cell.getRow().getData().sku), list, words);
        return holder.firstChild ?? "";
      },
    },
  ];
  if (config.may.costs) {
    columns.push({
      field: `margin:${list.code}`,
      title: words.margin,
      hozAlign: "right",
      headerHozAlign: "right",
      width: 72,
      minWidth: 66,
      formatter: (cell) => marginOf(cell.getRow().getData(), list.code, state, words),
    });
  }
  if (config.showsMarket) {
    columns.push({
      field: `market:${list.code}`,
      title: head(words.market, `market:${list.code}`, config, ask),
      hozAlign: "right",
      headerHozAlign: "right",
      width: isChinese ? 84 : 96,
      minWidth: 72,
      cssClass: "text-2 col-market",
      formatter: (cell) => marketOf(cell.getRow().getData(), list.code, state, words),
    });
  }
  if (list.showsBand) {
    columns.push({
      field: `band:${list.code}`,
      title: words.band,
      width: 72,
      cssClass: "col-band",
      formatter: (cell) => bandOf(cell.getRow().getData(), list.code, state, words),
    });
  }
  const title = element("span", "group-title", text("cut", list.name), text("text-3 regular", list.currency));
  return { title: title.outerHTML, cssClass: "is-group-start", columns };
}

/** Wide enough for the longest of the first rows' numbers. */
function skuWidth(config) {
  const longest = Math.max(8, ...config.first.rows.map((row) => row.sku.length));
  return Math.min(longest * 8 + 18, 150);
}

/** Text with a sort arrow; the press is heard by headers.js through data-sort. */
function head(label, field, config) {
  const active = config.sort.replace(/^-/, "") === field;
  const made = element("button", "grid-sort", label, active ? icon(config.sort.startsWith("-") ? "arrow-down" : "arrow-up") : null);
  made.type = "button";
  made.dataset.sort = field;
  if (active) made.setAttribute("aria-label", `${label} ${config.sort.startsWith("-") ? config.words.descending : config.words.ascending}`);
  return made.outerHTML;
}

function nameOf(row) {
  const shown = text("cut", row.name);
  shown.title = row.category ? `${row.name} · ${row.category}` : row.name;
  return shown;
}

function figure(value, reason) {
  if (value !== null && value !== undefined && value !== "") return grouping(value);
  const dash = text("unknown", reason ? "—" : "");
  if (reason) dash.title = reason;
  return dash;
}

function coverOf(row, config) {
  if (row.cover === undefined || row.cover === null) return "";
  const days = grouping(String(row.cover));
  return Number(row.cover) < 10 ? element("span", "tone-text-amber", icon("alert-triangle"), " ", days) : days;
}

function marginOf(row, list, state, words) {
  const line = state.lines.get(keyOf(list, row.sku));
  const margin = line ? line.margin : row.cells[list]?.margin;
  if (margin === null || margin === undefined) return row.cells[list]?.amount || line ? figure(null, words.noMargin) : "";
  return Number(margin) < 0 ? text("tone-text-red", grouping(margin)) : grouping(margin);
}

/** What the cheapest competitor asks; amber and marked where our price lies above it. */
function marketOf(row, list, state, words) {
  const seen = row.market?.[list];
  if (!seen) return figure(null, words.noMarket);
  const ours = state.lines.get(keyOf(list, row.sku))?.amount ?? row.cells[list]?.amount;
  const above = ours !== null && ours !== undefined && Number(ours) > Number(seen.amount);
  const shown = above ? element("span", "tone-text-amber", icon("arrow-up-right"), " ", grouping(seen.amount)) : text("", grouping(seen.amount));
  shown.title = seen.words;
  return shown;
}

function bandOf(row, list, state, words) {
  const cell = row.cells[list];
  const line = state.lines.get(keyOf(list, row.sku));
  const price = line?.amount ?? cell?.amount;
  if (!cell?.low || !price) return "";
  const holder = element("span", "", band(Number(cell.low), Number(cell.high), Number(price)));
  holder.title = `${words.band} ${grouping(cell.low)} – ${grouping(cell.high)}`;
  return holder;
}
