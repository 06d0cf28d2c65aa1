// How late a stream was, against its limit.

import {lineChart} from "./charts.js";
import {locale} from "./frame.js";

const place = document.getElementById("lag-history");
if (place) {
  const points = JSON.parse(place.dataset.points);
  const limit = Number(place.dataset.limit);
  const minutes = new Intl.NumberFormat(locale, {maximumFractionDigits: 0});
  const hour = new Intl.DateTimeFormat(locale, {hour: "2-digit", minute: "2-digit"});
  lineChart(place, {
    series: [
      {name: place.dataset.name, role: "main", step: false, points},
      {name: place.dataset.limitName, role: "limit", step: false, points: [points[0], points.at(-1)].map(([at]) => [at, limit])},
    ],
    value: (late) => `${minutes.format(late)} min`,
    time: (at) => hour.format(new Date(at)),
    fromZero: true,
    label: place.dataset.name,
  });
}
