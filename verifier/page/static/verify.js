// Drops a file into the form and says that something happens; without this script the form works all the same.
"use strict";

for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    form.querySelector(".state").textContent = form.dataset.busy;
    form.querySelector("button").setAttribute("aria-disabled", "true");
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-busy]")) {
    form.querySelector(".state").textContent = "";
    form.querySelector("button").removeAttribute("aria-disabled");
  }
});

const input = document.getElementById("file");
input.addEventListener("change", () => {
  const large = input.files.length === 1 && input.files[0].size > Number(input.dataset.most);
  input.setCustomValidity(large ? input.dataset.large : "");
  if (large) input.reportValidity();
});

const drop = document.getElementById("drop");
const state = document.querySelector("#file-form .state");
let depth = 0;

function over(is) {
  drop.classList.toggle("over", is);
  state.textContent = is ? drop.dataset.drop : "";
}

document.addEventListener("dragenter", (event) => {
  event.preventDefault();
  depth += 1;
  over(true);
});
document.addEventListener("dragleave", () => {
  depth -= 1;
  if (depth <= 0) {
    depth = 0;
    over(false);
  }
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  depth = 0;
  over(false);
  if (event.dataTransfer.files.length !== 1) return;
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change"));
  document.getElementById("file-form").requestSubmit();
});
