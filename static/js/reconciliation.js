// The bulk bar of a reconciliation: what is ticked adds up to what is at stake.

import { locale } from "./frame.js";

const form = document.getElementById("difference-form");
const out = document.getElementById("at-stake");
if (form && out) {
  const money = new Intl.NumberFormat(locale, { style: "currency", currency: form.dataset.currency });
  form.addEventListener("steelyard:ticked", (event) => {
    const sum = event.detail.ticked.reduce((total, box) => total + Math.abs(Number(box.dataset.value || 0)), 0);
    out.textContent = event.detail.ticked.length ? money.format(sum) : "";
  });
}
