// The page of a change: the effect as a chart, findings that point at their line, lines with findings alone.

import { lineChart } from "./charts.js";

const data = document.getElementById("effect-data");
if (data) showEffect(JSON.parse(data.textContent));

function showEffect({ before, after, words, symbol }) {
  const money = (value) => `${value < 0 ? "−" : ""}${symbol}${Math.round(Math.abs(value)).toLocaleString("en")}`;
  const points = (pairs) => pairs.map(([week, value]) => [week, Number(value)]);
  lineChart(document.getElementById("effect-chart"), {
    series: [
      { name: words.before, role: "compare", step: false, points: points(before) },
      { name: words.after, role: "main", step: false, points: points(after) },
    ],
    gap: gapOf(points(before), points(after)),
    endSpace: 124,
    value: money,
    label: words.label,
  });
}

/** Fill between the lines where one lies above the other throughout. */
function gapOf(before, after) {
  if (after.every(([, value], at) => value >= before[at][1])) return [0, 1];
  return after.every(([, value], at) => value <= before[at][1]) ? [1, 0] : null;
}

for (const row of document.querySelectorAll("[data-finding]")) {
  const line = document.querySelector(`[data-line="${row.dataset.finding}"]`);
  row.addEventListener("steelyard:row", () => mark(line));
  row.addEventListener("click", () => {
    mark(line);
    line?.scrollIntoView({ block: "center" });
  });
}

function mark(line) {
  for (const one of document.querySelectorAll("#lines .is-selected")) one.classList.remove("is-selected");
  line?.classList.add("is-selected");
}

const filter = document.getElementById("with-findings");
filter?.addEventListener("click", () => {
  const on = filter.getAttribute("aria-pressed") !== "true";
  filter.setAttribute("aria-pressed", String(on));
  for (const row of document.querySelectorAll("#lines [data-line]")) row.hidden = on && !("found" in row.dataset);
});

for (const dialog of document.querySelectorAll("dialog[data-open]")) dialog.showModal();
for (const button of document.querySelectorAll("dialog [data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
