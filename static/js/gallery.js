// The gallery's swatches and its sample chart.
import {lineChart} from "./charts.js";
import {locale} from "./frame.js";

for (const box of document.querySelectorAll("[data-swatch]")) {
  box.style.setProperty("background", `var(--sy-${box.dataset.swatch})`);
}

const place = document.getElementById("sample-chart");
const days = [...Array(14).keys()].map((i) => `2026-10-${String(i + 2).padStart(2, "0")}T00:00:00Z`);
const prices = [12.75, 12.75, 12.75, 12.75, 13.25, 13.25, 13.25, 10.95, 10.95, 10.95, 10.95, 10.95, 13.25, 13.25];
if (place) {
  const short = new Intl.DateTimeFormat(locale, {day: "numeric", month: "short", timeZone: "UTC"});
  lineChart(place, {
    label: "Price paid against the lowest of the 30 days before",
    series: [
      {name: "Price", role: "main", points: days.map((d, i) => [d, prices[i]])},
      {name: "30-day low", role: "compare", points: days.map((d, i) => [d, i < 7 ? 12.75 : 10.95])},
    ],
    bands: [{name: "Autumn tea", from: days[7], until: days[12]}],
    now: days[13],
    value: (v) => `£${v.toFixed(2)}`,
    time: (t) => short.format(new Date(t)),
  });
}
