// The print page of shelf labels.
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
