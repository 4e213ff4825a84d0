import { UsageError } from "./errors.js";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Return an address without a slash at its end.
 * @param {string} url http or https, without user, query or fragment
 * @param {boolean} secret whether tokens or secrets go there; then in clear to this machine alone
 */
export function requireAddress(url, secret) {
  let parts;
  try {
    parts = new URL(url);
  } catch {
    throw new UsageError("an address such as https://verify.example.cn is needed");
  }
  if (!["http:", "https:"].includes(parts.protocol) || parts.username || parts.search || parts.hash) {
    throw new UsageError("an address such as https://verify.example.cn is needed");
  }
  if (secret && parts.protocol === "http:" && !LOOPBACK.has(parts.hostname)) {
    throw new UsageError("tokens and secrets are sent over https alone", "client:address:in-clear");
  }
  return url.replace(/\/+$/, "");
}
