// The simulator: margin per week at today's prices, at the new ones, and with the buyers' answer.

import { lineChart } from "./charts.js";

const data = document.getElementById("simulation-data");
if (data) show(JSON.parse(data.textContent));

function show({ before, after, answered, words, symbol }) {
  const points = (pairs) => pairs.map(([week, value]) => [week, Number(value)]);
  lineChart(document.getElementById("simulation-chart"), {
    series: [
      { name: words.before, role: "compare", step: false, points: points(before) },
      { name: words.after, role: "main", step: false, points: points(after) },
      { name: words.answered, role: "expected", step: false, points: points(answered) },
    ],
    endSpace: 160,
    value: (value) => `${value < 0 ? "−" : ""}${symbol}${Math.round(Math.abs(value)).toLocaleString("en")}`,
    label: words.label,
  });
}
