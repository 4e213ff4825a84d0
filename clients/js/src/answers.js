// Answers, believed only when they are what the service describes. Members a newer service adds are left as they are.

import { AnswerError, NotPassedError } from "./errors.js";

/**
 * @typedef {import("./openapi.js").paths} Paths
 * @typedef {Paths["/v1/verify"]["post"]["responses"]["200"]["content"]["application/json"]} Told
 * @typedef {Paths["/v1/verify/bundle"]["post"]["responses"]["200"]["content"]["application/json"]} ToldBundle
 * @typedef {Paths["/v1/licence-types"]["get"]["responses"]["200"]["content"]["application/json"]["types"][number]} LicenceType
 *
 * One thing that was looked at: `message` for a citizen, `remedy` and `detail` for an operator, `code` for a machine.
 * @typedef {object} Check
 * @property {string} id
 * @property {"PASSED" | "FAILED" | "UNKNOWN" | "WARNING" | "INFORMATION"} status
 * @property {string | null} sub_indication
 * @property {string} clause
 * @property {string} message
 * @property {string} remedy
 * @property {string | null} code
 * @property {string} detail
 *
 * @typedef {Told["indication"]} Indication
 *
 * @typedef {object} SignatureVerdict
 * @property {string} form
 * @property {string | null} signer
 * @property {string | null} signed_at
 * @property {boolean} time_proved
 * @property {Indication} indication
 * @property {string | null} sub_indication
 * @property {string} covers
 * @property {Check[]} checks
 *
 * What is concluded of one file.
 * @typedef {Omit<Told, "signatures" | "checks"> & { signatures: SignatureVerdict[], checks: Check[] }} Verdict
 *
 * What is concluded of the licences of one matter together.
 * @typedef {Omit<ToldBundle, "licences" | "checks"> & { licences: Verdict[], checks: Check[] }} BundleVerdict
 *
 * Why there is no verdict on one of many: `line` counts all that were asked for, from 1.
 * @typedef {{ line: number, error: import("./errors.js").Problem, ended?: boolean }} LineRefusal
 *
 * Where one licence stands.
 * @typedef {object} LicenceStatus
 * @property {string} identifier
 * @property {string} status
 * @property {string} standing
 * @property {string} as_of
 * @property {string | null} issued_at
 * @property {string | null} effective_at
 * @property {string | null} expires_at
 * @property {string | null} revoked_at
 * @property {string | null} supersedes
 * @property {string | null} superseded_by
 * @property {{ uri: string, idx: number }} status_list
 */

const INDICATIONS = new Set(["TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"]);

/**
 * Return the JSON object in a text.
 * @param {string} text
 * @returns {Record<string, unknown>}
 */
export function readObject(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AnswerError("the answer is no JSON");
  }
  return objectIn(value);
}

/**
 * @param {Record<string, unknown>} found
 * @returns {Verdict}
 */
export function verdictOf(found) {
  requireTexts(found, ["file", "format", "at"]);
  requireIndication(found);
  requireChecks(found);
  for (const each of listIn(found, "signatures").map(objectIn)) {
    requireTexts(each, ["form", "covers"]);
    requireIndication(each);
    requireChecks(each);
  }
  if (!listIn(found, "uncovered").every((each) => typeof each === "string")) throw new AnswerError("uncovered");
  return /** @type {Verdict} */ (/** @type {unknown} */ (found));
}

/**
 * @param {Record<string, unknown>} found
 * @returns {BundleVerdict}
 */
export function bundleOf(found) {
  requireTexts(found, ["at"]);
  requireIndication(found);
  requireChecks(found);
  listIn(found, "licences").forEach((each) => verdictOf(objectIn(each)));
  return /** @type {BundleVerdict} */ (/** @type {unknown} */ (found));
}

/**
 * @param {Record<string, unknown>} found
 * @returns {LicenceStatus}
 */
export function statusOf(found) {
  requireTexts(found, ["identifier", "status", "standing", "as_of"]);
  return /** @type {LicenceStatus} */ (/** @type {unknown} */ (found));
}

/**
 * @param {Record<string, unknown>} found
 * @returns {LicenceType}
 */
export function typeOf(found) {
  requireTexts(found, ["type", "code"]);
  requireTexts(objectIn(found.title), ["zh", "en"]);
  return /** @type {LicenceType} */ (/** @type {unknown} */ (found));
}

/**
 * @param {Record<string, unknown>} found
 * @returns {LicenceType[]}
 */
export function typesOf(found) {
  return listIn(found, "types").map((each) => typeOf(objectIn(each)));
}

/**
 * @param {Record<string, unknown>} found
 * @param {number} status of the answer, for a document that does not say
 * @returns {import("./errors.js").Problem}
 */
export function problemOf(found, status) {
  requireTexts(found, ["code", "title"]);
  const told = { status, remedy: "", detail: "", instance: "", ...found };
  return /** @type {import("./errors.js").Problem} */ (/** @type {unknown} */ (told));
}

/**
 * @param {Record<string, unknown>} found
 * @param {number} before lines of earlier calls
 * @returns {Verdict | LineRefusal}
 */
export function lineOf(found, before) {
  if (!("error" in found)) return verdictOf(found);
  const { line } = found;
  if (typeof line !== "number" || !Number.isInteger(line)) throw new AnswerError("line is no whole number");
  return { line: before + line, error: problemOf(objectIn(found.error), 0), ended: found.ended === true };
}

/**
 * Return a verdict that is TOTAL-PASSED; throw NotPassedError, with the remedy of the first check against it, for any other.
 * @template {Verdict | BundleVerdict} T
 * @param {T} verdict
 * @returns {T}
 */
export function requirePassed(verdict) {
  if (verdict.indication === "TOTAL-PASSED") return verdict;
  const inner = "signatures" in verdict ? verdict.signatures : verdict.licences;
  const checks = [...verdict.checks, ...inner.flatMap((each) => each.checks)];
  const against = checks.find((each) => (each.status === "FAILED" || each.status === "UNKNOWN") && each.remedy);
  throw new NotPassedError(verdict.indication, verdict.sub_indication, against?.remedy ?? "");
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function objectIn(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new AnswerError("no object");
  return /** @type {Record<string, unknown>} */ (value);
}

/**
 * @param {Record<string, unknown>} found
 * @param {string} name
 * @returns {unknown[]}
 */
function listIn(found, name) {
  const value = found[name];
  if (!Array.isArray(value)) throw new AnswerError(`${name} is no list`);
  return value;
}

/**
 * @param {Record<string, unknown>} found
 * @param {readonly string[]} names
 */
function requireTexts(found, names) {
  for (const name of names) if (typeof found[name] !== "string") throw new AnswerError(`${name} is no text`);
}

/** @param {Record<string, unknown>} found */
function requireIndication(found) {
  if (!INDICATIONS.has(String(found.indication))) throw new AnswerError("indication is none of the three");
  const sub = found.sub_indication ?? null;
  if (sub !== null && typeof sub !== "string") throw new AnswerError("sub_indication is no text");
}

/** @param {Record<string, unknown>} found */
function requireChecks(found) {
  for (const each of listIn(found, "checks").map(objectIn)) requireTexts(each, ["id", "status", "message"]);
}
