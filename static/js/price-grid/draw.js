// Small builders of DOM. Text goes in as text, never as HTML.

let sprite = "";
export function setSprite(url) {
  sprite = url;
}

export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function icon(name, size = 14) {
  return svg("svg", { class: size === 14 ? "icon" : `icon icon-${size}`, "aria-hidden": "true" }, svg("use", { href: `${sprite}#${name}` }));
}

export function key(text) {
  return element("kbd", "kbd", text);
}

/** "{n} of {total}" filled from `values`. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The guardrail band: track from low to high, the price as a bar; amber when it stands outside. */
export function band(low, high, price) {
  const span = high - low || 1;
  const place = Math.min(Math.max((price - low) / span, 0), 1) * 52 + 2;
  const outside = price < low || price > high;
  return svg(
    "svg",
    { class: "band", viewBox: "0 0 56 12", "aria-hidden": "true" },
    svg("rect", { class: "track", x: 0, y: 4.5, width: 56, height: 3, rx: 1.5 }),
    svg("rect", { class: outside ? "fill-amber" : "fill-accent", x: place.toFixed(1), y: 1, width: 2.5, height: 10, rx: 1 }),
  );
}
