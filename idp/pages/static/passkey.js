// Passkeys (WebAuthn Level 3): the options stand in the form's data-options, the answer goes into its field `credential`.
"use strict";

const octets = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readable(options) {
  const read = { ...options, challenge: octets(options.challenge) };
  if (options.user) read.user = { ...options.user, id: octets(options.user.id) };
  for (const name of ["allowCredentials", "excludeCredentials"]) {
    if (options[name]) read[name] = options[name].map((each) => ({ ...each, id: octets(each.id) }));
  }
  return read;
}

function writable(credential) {
  const { response } = credential;
  const written = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    written.attestationObject = text(response.attestationObject);
    written.transports = response.getTransports ? response.getTransports() : [];
  } else {
    written.authenticatorData = text(response.authenticatorData);
    written.signature = text(response.signature);
    if (response.userHandle) written.userHandle = text(response.userHandle);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: written,
  });
}

let waiting = null;

async function use(form, mediation) {
  const create = form.dataset.passkey === "create";
  const failed = form.querySelector("[role=alert]");
  if (create && !form.reportValidity()) return;
  if (waiting) waiting.abort();
  waiting = new AbortController();
  const asked = { publicKey: readable(JSON.parse(form.dataset.options)), signal: waiting.signal };
  if (mediation) asked.mediation = mediation;
  failed.hidden = true;
  try {
    const credential = await (create ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
    if (!credential) return;
    form.elements.credential.value = writable(credential);
    form.submit();
  } catch (error) {
    if (error.name !== "AbortError" && !mediation) failed.hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) break;
  form.hidden = false;
  form.querySelector("button[type=button]").addEventListener("click", () => use(form));
  if ("conditional" in form.dataset && PublicKeyCredential.isConditionalMediationAvailable) {
    PublicKeyCredential.isConditionalMediationAvailable().then((able) => able && use(form, "conditional"));
  }
}
