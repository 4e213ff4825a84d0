// Tokens by client credentials (RFC 6749 4.4), for programs that can keep a secret: never in a page.

import { AnswerError, RefusedError, UnreachableError } from "./errors.js";
import { requireAddress } from "./address.js";

const EARLY = 30; // seconds before its end at which a token is no longer used
const USUAL = 60; // seconds of a token whose provider does not say
const LONGEST = 86_400; // seconds a token is kept, whatever its provider says

/**
 * Return a function that gives a valid token, asking for a new one shortly before the end of the last.
 * @param {object} client
 * @param {string} client.url the provider's token endpoint
 * @param {string} client.clientId
 * @param {string} client.clientSecret
 * @param {string} [client.resource] the service's name at the provider (RFC 8707)
 * @param {string} [client.scope] the permissions asked for; without, all the client is registered with
 * @param {typeof globalThis.fetch} [client.fetch]
 * @param {() => number} [client.now] milliseconds that never go back
 * @returns {(renew?: boolean) => Promise<string>}
 */
export function clientCredentials({
  url,
  clientId,
  clientSecret,
  resource = "",
  scope = "",
  fetch = globalThis.fetch,
  now = () => performance.now(),
}) {
  requireAddress(url);
  const form = { grant_type: "client_credentials", ...(scope ? { scope } : {}), ...(resource ? { resource } : {}) };
  const authorization = `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`)}`;
  let token = "";
  let until = 0;
  return async (renew = false) => {
    if (token && !renew && now() < until) return token;
    let answer;
    try {
      const headers = { authorization, accept: "application/json" };
      answer = await fetch(url, { method: "POST", headers, body: new URLSearchParams(form), redirect: "manual" });
    } catch {
      throw new UnreachableError("the provider of tokens does not answer");
    }
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      const code = `oauth:${typeof told?.error === "string" ? told.error : `status-${answer.status}`}`;
      const remedy = "See that the client is registered with this proof, this resource and these permissions.";
      const title = "The provider of tokens refused";
      throw new RefusedError({ status: answer.status, code, title, remedy, detail: "", instance: "" });
    }
    const bearer = String(told?.token_type).toLowerCase() === "bearer";
    if (!bearer || typeof told.access_token !== "string" || !/^[\w\-.~+/=]+$/.test(told.access_token)) {
      throw new AnswerError("the token is no bearer token");
    }
    const said = typeof told.expires_in === "number" ? told.expires_in : USUAL;
    const lasts = Math.min(Math.max(said, 0), LONGEST);
    token = told.access_token;
    until = now() + 1000 * Math.max(lasts - EARLY, lasts / 2);
    return token;
  };
}
