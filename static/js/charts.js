// ECharts by the conventions of the design: one accent line, grey dashed for comparison, amber dashed for a limit,
// steps for prices and stock, future dotted after a line at now, labels at the lines' ends, figures as a table.
//
//   import {lineChart} from "…/charts.js";
//   const chart = await lineChart(element, {
//     series: [{name, role: "main" | "compare" | "limit" | "expected", step: true, points: [[iso, 12.75], …]}],
//     bands: [{name, from, until}],              // promotions: soft accent
//     gap: [0, 1],                               // fill between two series: the gap that is the message
//     bars: {name, points},                      // demand under the line
//     now: iso, value: (v) => "£12.75", time: (t) => "15 Oct", fromZero: false, href: (point) => url,
//     label: "what the chart shows, for screen readers",
//   });
// The element should be <div class="chart">; the table is built beside it and shown by the T key or its button.

import {locale, words} from "./frame.js";

const ECHARTS = new URL("../vendor/echarts/echarts.common.min.js", import.meta.url).href;
let loading = null;

export function echarts() {
  if (window.echarts) return Promise.resolve(window.echarts);
  loading ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.querySelector("meta[name=echarts]")?.content || ECHARTS;
    script.onload = () => resolve(window.echarts);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--sy-${name}`).trim();
}

const ROLES = {
  main: () => ({color: colour("accent"), width: 2, type: "solid"}),
  compare: () => ({color: colour("text-2"), width: 1.5, type: "dashed"}),
  limit: () => ({color: colour("amber-ink"), width: 1.5, type: "dashed"}),
  expected: () => ({color: colour("accent"), width: 2, type: "dotted"}),
};

const shortDay = new Intl.DateTimeFormat(locale, {day: "numeric", month: "short"});
const defaultTime = (time) => (Number.isNaN(Date.parse(time)) && typeof time !== "number" ? String(time) : shortDay.format(new Date(time)));

/** Lines cut at now: what comes after is dotted. */
function cutAtNow(series, now) {
  if (!now) return series;
  const at = new Date(now).getTime();
  const isLater = ([time]) => new Date(time).getTime() > at;
  return series.flatMap((one) => {
    if ((one.role || "main") !== "main" || !one.points.some(isLater)) return [one];
    const past = one.points.filter((point) => !isLater(point));
    if (!past.length) return [{...one, role: "expected"}];
    const turn = [now, past[past.length - 1][1]];
    return [
      {...one, points: [...past, turn], endLabel: false},
      {...one, role: "expected", points: [turn, ...one.points.filter(isLater)]},
    ];
  });
}

function seriesOf(given, options) {
  return given.map((one, index) => {
    const line = (ROLES[one.role] || ROLES.main)();
    const last = one.points.length - 1;
    return {
      type: "line", name: one.name, step: one.step === false ? false : "end", symbol: "circle", silent: false,
      showSymbol: true, symbolSize: (_value, at) => ((one.role || "main") === "main" && at.dataIndex === last ? 6 : 0),
      lineStyle: line, itemStyle: {color: line.color}, emphasis: {disabled: true}, z: one.role === "main" ? 4 : 3,
      data: one.points, animation: false,
      endLabel: {show: one.endLabel !== false, formatter: one.end || one.name, color: line.color, fontSize: 11, distance: 6},
      ...(index === 0 ? marks(options) : {}),
    };
  });
}

function marks({bands = [], now = null}) {
  const nowLine = now && {
    symbol: "none", silent: true, animation: false,
    lineStyle: {color: colour("text"), width: 1, type: "solid"},
    label: {formatter: words.now || "now", color: colour("text-2"), fontSize: 11, position: "end", rotate: 0, distance: 4},
    data: [{xAxis: now}],
  };
  const areas = bands.length && {
    silent: true, animation: false,
    itemStyle: {color: colour("accent-soft")},
    label: {color: colour("text-2"), fontSize: 11, position: "insideTop"},
    data: bands.map((b) => [{name: b.name, xAxis: b.from}, {xAxis: b.until}]),
  };
  return {...(nowLine ? {markLine: nowLine} : {}), ...(areas ? {markArea: areas} : {})};
}

function gapOf(given, gap) {
  if (!gap) return [];
  const [low, high] = gap.map((i) => given[i]);
  const base = {type: "line", stack: "gap", silent: true, showSymbol: false, animation: false, lineStyle: {opacity: 0}, tooltip: {show: false}, z: 1, step: low.step === false ? false : "end"};
  return [
    {...base, data: low.points},
    {...base, data: high.points.map(([t, v], i) => [t, v - low.points[i][1]]), areaStyle: {color: colour("accent-soft"), opacity: 1}},
  ];
}

function optionsOf(given) {
  const value = given.value || String;
  const time = given.time || defaultTime;
  const font = getComputedStyle(document.body).fontFamily;
  const axisLabel = {color: colour("text-2"), fontSize: 11, hideOverlap: true};
  const bars = given.bars ? [{
    type: "bar", name: given.bars.name, data: given.bars.points, barMaxWidth: 4, animation: false, yAxisIndex: 0,
    itemStyle: {color: colour("field"), opacity: 0.7}, emphasis: {disabled: true}, z: 2,
  }] : [];
  return {
    animation: false,
    textStyle: {fontFamily: font, color: colour("text-2")},
    aria: {enabled: true, label: {description: given.label || ""}},
    grid: {left: 8, right: given.endSpace ?? 84, top: 20, bottom: 4, containLabel: true},
    xAxis: {
      type: given.categories ? "category" : "time", data: given.categories, boundaryGap: Boolean(given.bars && given.categories),
      axisLine: {show: false}, axisTick: {show: false}, splitLine: {show: false},
      axisLabel: {...axisLabel, formatter: time},
    },
    yAxis: {
      type: "value", scale: !given.fromZero && !given.bars, splitNumber: 3,
      axisLabel: {...axisLabel, formatter: value}, splitLine: {lineStyle: {color: colour("line")}},
    },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, padding: [8, 12],
      backgroundColor: colour("surface"), borderColor: colour("line-strong"), borderWidth: 1,
      textStyle: {color: colour("text"), fontSize: 12, fontFamily: font},
      axisPointer: {lineStyle: {color: colour("line-strong")}},
      formatter: (points) => tooltipOf(points, given, value),
    },
    series: [...gapOf(given.series, given.gap), ...bars, ...seriesOf(cutAtNow(given.series, given.now), given)],
  };
}

function tooltipOf(points, given, value) {
  const named = points.filter((p) => p.seriesName && !p.seriesName.startsWith("series"));
  const shown = named.filter((p, at) => named.findIndex((q) => q.seriesName === p.seriesName) === at);
  if (!shown.length) return "";
  const figureOf = (p) => (Array.isArray(p.value) ? p.value[1] : p.value);
  const head = given.categories ? shown[0].axisValueLabel : (given.time || defaultTime)(shown[0].axisValue);
  const lines = shown.map((p) => `${p.seriesName}  ${value(figureOf(p))}`);
  if (shown.length === 2 && given.difference !== false) {
    lines.push(`${words.difference}  ${value(figureOf(shown[0]) - figureOf(shown[1]))}`);
  }
  const note = given.note?.(shown[0]);
  return [head, ...lines, ...(note ? [note] : [])].join("\n");
}

function tableOf(given) {
  const value = given.value || String;
  const table = document.createElement("table");
  table.className = "dense";
  const all = [...given.series, ...(given.bars ? [{name: given.bars.name, points: given.bars.points}] : [])];
  const head = table.createTHead().insertRow();
  for (const name of [words.time, ...all.map((s) => s.name)]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    if (name !== words.time) cell.className = "num";
    head.append(cell);
  }
  const times = new Map();
  all.forEach((one, index) => one.points.forEach((point, at) => {
    const [t, v] = Array.isArray(point) ? point : [given.categories?.[at], point];
    if (!times.has(t)) times.set(t, Array(all.length).fill(null));
    times.get(t)[index] = v;
  }));
  const body = table.createTBody();
  for (const [t, values] of [...times].sort(([a], [b]) => (a < b ? 1 : -1))) {
    const row = body.insertRow();
    row.insertCell().textContent = given.categories ? t : (given.time || defaultTime)(t);
    for (const v of values) {
      const cell = row.insertCell();
      cell.className = "num";
      cell.textContent = v === null || v === undefined ? "—" : value(v);
    }
  }
  return table;
}

function addTable(element, given) {
  const box = document.createElement("div");
  box.className = "chart-table table-scroll";
  box.hidden = true;
  box.tabIndex = 0;
  box.append(tableOf(given));
  element.after(box);
  const button = element.closest(".card")?.querySelector("[data-chart-table]");
  button?.addEventListener("click", () => {
    box.hidden = !box.hidden;
    element.hidden = !box.hidden;
    button.setAttribute("aria-pressed", String(!box.hidden));
    button.title = box.hidden ? words.table : words.chart;
    if (box.hidden) window.dispatchEvent(new Event("resize"));
  });
  return box;
}

/** Draws `given` into `element`; redraws on resize and on a change of theme. Resolves to the ECharts instance. */
export async function lineChart(element, given) {
  const library = await echarts();
  element.setAttribute("role", "img");
  if (given.label) element.setAttribute("aria-label", given.label);
  element.nextElementSibling?.matches(".chart-table") && element.nextElementSibling.remove();
  library.getInstanceByDom(element)?.dispose();
  const chart = library.init(element, null);
  chart.setOption(optionsOf(given));
  addTable(element, given);
  if (given.href) {
    chart.on("click", (point) => {
      const url = given.href(point);
      if (url) location.href = url;
    });
  }
  new ResizeObserver(() => { if (element.clientWidth) chart.resize(); }).observe(element);
  document.addEventListener("steelyard:theme", () => chart.setOption(optionsOf(given), true));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.setOption(optionsOf(given), true));
  return chart;
}
