// Why this price: the price over time as a step chart, the question asked anew as soon as it is changed, steps as text.

import { locale, toast } from "./frame.js";
import { lineChart } from "./charts.js";

const place = document.getElementById("why-chart");
if (place) draw("half");

for (const button of document.querySelectorAll("[data-span]")) {
  button.addEventListener("click", () => {
    for (const other of document.querySelectorAll("[data-span]")) other.classList.toggle("is-on", other === button);
    draw(button.dataset.span);
  });
}

async function draw(span) {
  const answer = await fetch(`${place.dataset.url}&span=${span}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { points, words, symbol, places, now } = await answer.json();
  const known = points.filter((point) => point.amount !== null);
  if (!known.length) {
    place.textContent = words.none;
    return;
  }
  const last = points[points.length - 1];
  const line = (name) => {
    const made = points.map((point) => [point.start, point[name] === null ? null : Number(point[name])]);
    if (last.end) made.push([last.end, last[name] === null ? null : Number(last[name])]);
    return made;
  };
  const series = [{ name: words.price, role: "main", points: line("amount"), end: `${symbol}${Number(known[known.length - 1].amount).toFixed(places)}` }];
  if (points.some((point) => point.lowest !== null)) series.push({ name: words.lowest, role: "compare", points: line("lowest"), endLabel: false });
  const bands = points.filter((point) => point.is_promotion && point.end).map((point) => ({ name: point.list, from: point.start, until: point.end }));
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "2-digit" });
  lineChart(place, {
    series,
    bands,
    now,
    value: (value) => (value === null || value === undefined ? "—" : `${symbol}${Number(value).toFixed(places)}`),
    time: (time) => day.format(new Date(time)),
    note: (point) => points.find((one) => one.start === point.axisValue || new Date(one.start).getTime() === point.axisValue)?.change,
    href: (point) => points[point.dataIndex]?.url,
    label: words.label,
  });
}

const form = document.getElementById("why-form");
for (const field of form?.querySelectorAll("select") || []) field.addEventListener("change", () => form.requestSubmit());
form?.addEventListener("submit", () => {
  for (const field of form.querySelectorAll("input, select")) if (!field.value) field.disabled = true;
});

document.getElementById("copy-steps")?.addEventListener("click", async (event) => {
  const lines = [...document.querySelectorAll(".why-step[data-text]")].map((row) => row.dataset.text.replace(/<[^>]+>/g, ""));
  await navigator.clipboard.writeText([document.querySelector(".head-note").textContent, ...lines, document.querySelector(".why-answer .answer").textContent].join("\n"));
  toast(event.target.closest("button").textContent);
});
