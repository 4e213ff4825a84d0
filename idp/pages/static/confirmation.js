// Ask every three seconds whether the app has answered, and go on when it has. Without script, the button does the same.
"use strict";

const form = document.querySelector("form[data-waits]");

async function look() {
  try {
    const answer = await fetch("/login/confirmation", { headers: { accept: "application/json" }, redirect: "error" });
    if (answer.ok && (await answer.json()).state !== "waiting") return form.submit();
    if (answer.status >= 400 && answer.status < 500) return form.submit();
  } catch {
    // The next look may reach the service again.
  }
  setTimeout(look, 3000);
}

if (form) setTimeout(look, 3000);
