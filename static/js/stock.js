// Stock of a product: stock as steps, demand as bars, safety stock as a limit. Movement entry: Enter goes on, paste fills.

import { locale } from "./frame.js";
import { lineChart } from "./charts.js";

const place = document.getElementById("stock-chart");
if (place) draw();

async function draw() {
  const answer = await fetch(place.dataset.url, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { points, demand, safety, words } = await answer.json();
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const figure = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const series = [{ name: words.on_hand, role: "main", points }];
  if (safety !== null && points.length) {
    series.push({ name: words.safety, role: "limit", points: [[points[0][0], safety], [points[points.length - 1][0], safety]] });
  }
  lineChart(place, {
    series,
    bars: demand.length ? { name: words.demand, points: demand } : undefined,
    value: (value) => (value === null || value === undefined ? "—" : figure.format(value)),
    time: (time) => day.format(new Date(time)),
    fromZero: true,
    difference: false,
    label: words.label,
  });
}

const lines = document.getElementById("movement-lines");
if (lines) {
  lines.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.isComposing) return;
    event.preventDefault();
    const inputs = [...lines.querySelectorAll("input")];
    const at = inputs.indexOf(event.target);
    // From the SKU to the quantity, from the quantity to the next line's SKU.
    const next = event.target.name === "sku" ? at + 1 : event.target.name === "quantity" ? at + 4 : at + 1;
    if (next >= inputs.length) addRow();
    lines.querySelectorAll("input")[next]?.focus();
  });
  lines.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const row = event.target.closest("tr");
    const column = [...row.querySelectorAll("input")].indexOf(event.target);
    fill([...lines.tBodies[0].rows].indexOf(row), column, text);
  });
}

function addRow() {
  const row = lines.tBodies[0].rows[0].cloneNode(true);
  for (const input of row.querySelectorAll("input")) input.value = "";
  lines.tBodies[0].append(row);
}

function fill(first, column, text) {
  text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) => {
    while (lines.tBodies[0].rows.length <= first + down) addRow();
    const inputs = lines.tBodies[0].rows[first + down].querySelectorAll("input");
    line.split("\t").forEach((value, across) => {
      if (inputs[column + across]) inputs[column + across].value = value.trim();
    });
  });
}
