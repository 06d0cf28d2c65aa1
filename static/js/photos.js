// What is chosen in input[type=file][data-photos] is shown below it before it is sent: a picture small, a paper by its name.
// [data-add-line] adds an empty line to the table of its card. select[data-reason] tells of its choice what it needs: <option data-needs="photo comment">, notes [data-need].

const MOST = 12 * 2 ** 20;

function shown(file, tooLarge) {
  const item = document.createElement("li");
  if (file.type.startsWith("image/")) {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const picture = document.createElement("img");
      picture.alt = file.name;
      picture.src = reader.result;
      item.prepend(picture);
    });
    reader.readAsDataURL(file);
  }
  const name = document.createElement("span");
  name.textContent = file.size > MOST ? `${file.name}: ${tooLarge}` : file.name;
  if (file.size > MOST) name.className = "tone-text-red";
  item.append(name);
  return item;
}

for (const pick of document.querySelectorAll(".photo-pick")) {
  const list = pick.querySelector(".photo-chosen");
  pick.addEventListener("change", () => {
    const inputs = [...pick.querySelectorAll("input[type=file]")];
    list.replaceChildren(...inputs.flatMap((input) => [...input.files]).map((file) => shown(file, pick.dataset.tooLarge)));
  });
}

for (const button of document.querySelectorAll("[data-add-line]")) {
  button.addEventListener("click", () => {
    const rows = button.closest(".card").querySelector("tbody");
    const row = rows.lastElementChild.cloneNode(true);
    for (const input of row.querySelectorAll("input")) input.value = "";
    rows.append(row);
    row.querySelector("input").focus();
  });
}

const reason = document.querySelector("select[data-reason]");
if (reason) {
  const notes = document.querySelectorAll("[data-need]");
  const comment = document.getElementById("comment");
  const tell = () => {
    const needs = (reason.selectedOptions[0]?.dataset.needs || "").split(" ");
    for (const note of notes) note.hidden = !needs.includes(note.dataset.need);
    if (comment) comment.required = needs.includes("comment");
  };
  reason.addEventListener("change", tell);
  tell();
}
