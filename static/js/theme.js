// Runs before the first paint: theme by choice, else by the system.
"use strict";
{
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = root.dataset.theme;
    root.dataset.bsTheme = chosen === "auto" || !chosen ? (dark.matches ? "dark" : "light") : chosen;
  };
  dark.addEventListener("change", apply);
  apply();
}
