// Ask every three seconds whether the app has answered, and go on when it has. Without script, the button does the same.
"use strict";

const form = document.querySelector("form[data-waits]");

async function look() {
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" }, redirect: "error" });
    const told = answer.ok ? await answer.json() : { state: "over" };
    if (told.state === "done") return location.assign(told.go);
    if (told.state !== "waiting") return form.submit(); // the page that comes says why
  } catch {
    // The next look may reach the service again.
  }
  setTimeout(look, 3000);
}

if (form) setTimeout(look, 3000);
