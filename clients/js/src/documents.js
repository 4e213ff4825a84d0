// What is handed in to be verified, and how it is sent.

import { UsageError } from "./errors.js";

/**
 * Something to verify: octets, and what belongs to them.
 * @typedef {object} Document
 * @property {Uint8Array | Blob | string} data octets, a file, or the text of a credential or a code
 * @property {string} [name] a label that comes back in the verdict and is kept nowhere
 * @property {Uint8Array} [content] what a detached signature or time stamp covers
 * @property {readonly Uint8Array[]} [evidence] certificates, CRLs and status lists that count for this document alone
 * @property {Date} [at] the time as of which it is judged; now where there is none
 * @property {string} [audience] whom the holder of a credential was to present it to; with `nonce`
 * @property {string} [nonce] what the holder was given to sign
 * @property {string} [recipient] who asks, by the unified social credit code: a copy for a purpose (加注件) has to be made for him, and the licence itself is none
 * @property {string} [purpose] what for he asks, in the words of the copy
 *
 * @typedef {Document | Uint8Array | Blob | string} Source
 */

const MAX_NAME = 255; // characters a service keeps of a label
const PIECE = 0x8000; // arguments of one call

/**
 * @param {Source} source
 * @returns {Document}
 */
export function documentOf(source) {
  const plain = typeof source === "string" || source instanceof Uint8Array || source instanceof Blob;
  const found = plain ? { data: source } : source;
  if (found.at !== undefined && Number.isNaN(found.at.getTime())) throw new UsageError("the time of judging is none");
  if ((found.audience === undefined) !== (found.nonce === undefined)) {
    throw new UsageError("audience and nonce stand together");
  }
  if (found.recipient === "" || found.purpose === "") throw new UsageError("recipient and purpose are texts, or left out");
  return found;
}

/** @param {Document} document */
export function labelOf(document) {
  const own = document.data instanceof Blob && "name" in document.data ? String(document.data.name) : "";
  return (document.name || own || (typeof document.data === "string" ? "text" : "file")).slice(0, MAX_NAME);
}

/**
 * @param {Document} document
 * @returns {Record<string, string>}
 */
export function askedOf(document) {
  const { audience, nonce, recipient, purpose, at } = document;
  return {
    ...(audience === undefined ? {} : { audience }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(at === undefined ? {} : { at: rfc3339(at) }),
  };
}

/**
 * @param {Document} document
 * @returns {FormData}
 */
export function formOf(document) {
  const form = new FormData();
  form.append("file", blobOf(document.data), labelOf(document));
  if (document.content) form.append("content", blobOf(document.content), "content");
  for (const each of document.evidence ?? []) form.append("evidence", blobOf(each), "evidence");
  for (const [name, value] of Object.entries(askedOf(document))) form.append(name, value);
  return form;
}

/**
 * @param {Document} document
 * @returns {Promise<Record<string, unknown>>}
 */
export async function objectOf(document) {
  /** @type {Record<string, unknown>} */
  const found = { name: labelOf(document), data: base64(await octetsOf(document.data)), ...askedOf(document) };
  if (document.content) found.content = base64(document.content);
  if (document.evidence?.length) found.evidence = document.evidence.map(base64);
  return found;
}

/** @param {Date} moment */
export function rfc3339(moment) {
  return moment.toISOString().replace(/\.\d+Z$/, "Z");
}

/** @param {Uint8Array | Blob | string} data */
function blobOf(data) {
  return data instanceof Blob ? data : new Blob([/** @type {BlobPart} */ (data)]);
}

/** @param {Uint8Array | Blob | string} data */
async function octetsOf(data) {
  if (data instanceof Blob) return new Uint8Array(await data.arrayBuffer());
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

/** @param {Uint8Array} octets */
function base64(octets) {
  const pieces = [];
  for (let at = 0; at < octets.length; at += PIECE) {
    pieces.push(String.fromCharCode(...octets.subarray(at, at + PIECE)));
  }
  return btoa(pieces.join(""));
}
