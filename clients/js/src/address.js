import { UsageError } from "./errors.js";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Return an address without a slash at its end.
 * @param {string} url https, or http to this machine, without user, query or fragment
 * @param {boolean} [inClear] whether http to any other is taken too: whoever is on the way then reads all and answers what he likes
 */
export function requireAddress(url, inClear = false) {
  let parts;
  try {
    parts = new URL(url);
  } catch {
    throw new UsageError("an address such as https://verify.example.cn is needed");
  }
  if (!["http:", "https:"].includes(parts.protocol) || parts.username || parts.search || parts.hash) {
    throw new UsageError("an address such as https://verify.example.cn is needed");
  }
  if (parts.protocol === "http:" && !LOOPBACK.has(parts.hostname) && !inClear) {
    throw new UsageError("over plain http whoever is on the way answers in the service's name", "client:address:in-clear");
  }
  return url.replace(/\/+$/, "");
}
