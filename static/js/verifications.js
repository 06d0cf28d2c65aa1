// The share of differing lines by day, against the goal.

import {lineChart} from "./charts.js";
import {locale} from "./frame.js";

const place = document.getElementById("accuracy");
if (place) {
  const points = JSON.parse(place.dataset.points);
  const goal = Number(place.dataset.goal) * 100;
  const percent = new Intl.NumberFormat(locale, {minimumFractionDigits: 2, maximumFractionDigits: 2});
  lineChart(place, {
    series: [
      {name: place.dataset.name, role: "main", step: false, points},
      {name: place.dataset.goalName, role: "limit", step: false, points: points.map(([day]) => [day, goal])},
    ],
    value: (share) => `${percent.format(share)} %`,
    fromZero: true,
    label: place.dataset.name,
  });
}
