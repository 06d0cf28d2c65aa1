// The form of a rule of law: only what the chosen kind of rule asks for is shown and sent.
const kind = document.getElementById("law-kind");
const method = document.getElementById("law-method");

function fits(element) {
  return element.dataset.kinds.split(" ").includes(kind.value);
}

function show() {
  for (const row of document.querySelectorAll("#law-form .form-row[data-kinds]")) {
    row.hidden = !fits(row);
    for (const control of row.querySelectorAll("input, select")) control.disabled = row.hidden;
  }
  for (const option of method.options) {
    option.hidden = option.disabled = !fits(option);
  }
  if (method.selectedOptions.length === 0 || method.selectedOptions[0].disabled) {
    const first = [...method.options].find((option) => !option.disabled);
    if (first) method.value = first.value;
  }
}

if (kind) {
  kind.addEventListener("change", show);
  show();
}
