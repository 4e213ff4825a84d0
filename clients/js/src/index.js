// Ask a trustkit service whether a licence, a signed file or a credential can be relied on.
//
//     const trustkit = new TrustkitClient("https://verify.example.cn");
//     const verdict = await trustkit.verify(file);
//     verdict.indication; // "TOTAL-PASSED", "INDETERMINATE" or "TOTAL-FAILED"

import { requireAddress } from "./address.js";
import { bundleOf, problemOf, readObject, statusOf, typeOf, typesOf, verdictOf } from "./answers.js";
import { answersIn, portions } from "./batch.js";
import { documentOf, formOf, objectOf, rfc3339 } from "./documents.js";
import { ClientError, RefusedError, UnreachableError, UsageError } from "./errors.js";

export { requirePassed } from "./answers.js";
export * from "./errors.js";
export { clientCredentials } from "./tokens.js";

/**
 * @typedef {import("./answers.js").Verdict} Verdict
 * @typedef {import("./answers.js").BundleVerdict} BundleVerdict
 * @typedef {import("./answers.js").LineRefusal} LineRefusal
 * @typedef {import("./answers.js").LicenceStatus} LicenceStatus
 * @typedef {import("./answers.js").LicenceType} LicenceType
 * @typedef {import("./documents.js").Document} Document
 * @typedef {import("./documents.js").Source} Source
 *
 * @typedef {object} Options
 * @property {(renew?: boolean) => Promise<string>} [token] gives the token of a call, a new one when asked to renew
 * @property {"en" | "zh"} [language] of messages and remedies
 * @property {number} [seconds] how long is waited for an answer to begin
 * @property {number} [attempts] how often a call is made at most
 * @property {number} [longestWait] seconds waited for the next attempt; a service that asks for more has its refusal told at once
 * @property {boolean} [keepAnswers] whether a call with a token carries an Idempotency-Key: the service then keeps its answer for a day
 * @property {boolean} [inClear] whether plain http is taken to another machine, over which anybody on the way reads and answers; never with tokens
 * @property {typeof globalThis.fetch} [fetch]
 * @property {(seconds: number) => Promise<void>} [sleep]
 *
 * @typedef {{ method?: string, body?: BodyInit, headers?: Record<string, string>, guarded?: boolean, keyed?: boolean }} Call
 */

const AGAIN = new Set([429, 502, 503, 504]);
const UNDER_WAY = "web:repeat:under-way"; // the first attempt's answer was lost, and it is still worked on
const FIRST_WAIT = 0.5; // seconds, doubled each time
const MAX_BUNDLE = 20;

export class TrustkitClient {
  #base;
  /** @type {Required<Omit<Options, "token">> & Pick<Options, "token">} */
  #options;

  /**
   * Set up; nothing is sent.
   * @param {string} url the service's address
   * @param {Options} [options]
   */
  constructor(url, options = {}) {
    this.#base = requireAddress(url, options.inClear === true && options.token === undefined);
    const sleep = (/** @type {number} */ seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
    this.#options = {
      language: "en",
      seconds: 60,
      attempts: 4,
      longestWait: 30,
      keepAnswers: true,
      inClear: false,
      fetch: globalThis.fetch.bind(globalThis),
      sleep: /** @type {(seconds: number) => Promise<void>} */ (sleep),
      ...options,
    };
    if (!["en", "zh"].includes(this.#options.language)) throw new UsageError("messages are in zh or en");
  }

  /**
   * Return the verdict on a file, octets, or the text of a credential or code.
   * @param {Source} source
   * @returns {Promise<Verdict>}
   */
  async verify(source) {
    const body = formOf(documentOf(source));
    return verdictOf(await this.#object("/v1/verify", { method: "POST", body, guarded: true, keyed: true }));
  }

  /**
   * Yield an answer for each document, in order and as they come; what is held does not grow with how many there are.
   * @param {Iterable<Source> | AsyncIterable<Source>} sources
   * @returns {AsyncGenerator<Verdict | LineRefusal, void, void>}
   */
  async *verifyMany(sources) {
    let before = 0;
    for await (const { lines, count } of portions(sources)) {
      const headers = { "content-type": "application/x-ndjson" };
      const answer = await this.#answer("/v1/verify/batch", { method: "POST", body: lines, headers, guarded: true });
      if (!answer.body) throw new UnreachableError("there was no answer");
      try {
        yield* answersIn(answer.body, { before, due: count });
      } catch (error) {
        throw error instanceof ClientError ? error : new UnreachableError("the answers ended early");
      }
      before += count;
    }
  }

  /**
   * Return one verdict on the licences of one matter: of these types, of one holder, in force on a day, as demanded.
   * @param {Iterable<Source>} sources
   * @param {{ types?: readonly string[], sameHolder?: boolean, on?: string, at?: Date }} [demand] `on` is a day such as 2026-12-01
   * @returns {Promise<BundleVerdict>}
   */
  async verifyBundle(sources, { types = [], sameHolder = false, on, at } = {}) {
    const documents = [...sources].map(documentOf);
    if (documents.length < 1 || documents.length > MAX_BUNDLE) throw new UsageError(`a bundle has one to ${MAX_BUNDLE} licences`);
    if (documents.some((each) => each.at)) throw new UsageError("all licences of a bundle are judged as of one time");
    const asked = {
      licences: await Promise.all(documents.map(objectOf)),
      types,
      same_holder: sameHolder,
      ...(on === undefined ? {} : { on }),
      ...(at === undefined ? {} : { at: rfc3339(at) }),
    };
    const headers = { "content-type": "application/json" };
    const call = { method: "POST", body: JSON.stringify(asked), headers, guarded: true, keyed: true };
    return bundleOf(await this.#object("/v1/verify/bundle", call));
  }

  /**
   * Return where a licence of this service stands.
   * @param {string} identifier
   * @returns {Promise<LicenceStatus>}
   */
  async licenceStatus(identifier) {
    if (!/^[0-9A-Z.]{1,128}$/.test(identifier)) throw new UsageError("an identifier has digits, capitals and points");
    return statusOf(await this.#object(`/v1/licences/${identifier}/status`, {}));
  }

  /**
   * Return the catalogue of licence types.
   * @returns {Promise<LicenceType[]>}
   */
  async licenceTypes() {
    return typesOf(await this.#object("/v1/licence-types", {}));
  }

  /**
   * Return one licence type with all that is said of it.
   * @param {string} name
   * @returns {Promise<LicenceType & Record<string, unknown>>}
   */
  async licenceType(name) {
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) throw new UsageError("a licence type has a name such as business-licence");
    return /** @type {LicenceType & Record<string, unknown>} */ (typeOf(await this.#object(`/v1/licence-types/${name}`, {})));
  }

  /**
   * @param {string} path
   * @param {Call} call
   */
  async #object(path, call) {
    const answer = await this.#answer(path, call);
    const text = await answer.text().catch(() => null);
    if (text === null) throw new UnreachableError("the answer ended early");
    return readObject(text);
  }

  /**
   * Return a good answer; throw what there is to tell where there is none.
   * @param {string} path
   * @param {Call} call
   * @returns {Promise<Response>}
   */
  async #answer(path, { method = "GET", body, headers = {}, guarded = false, keyed = false }) {
    const { token, language, keepAnswers } = this.#options;
    /** @type {Record<string, string>} */
    const sent = { ...headers, accept: "application/json, */*;q=0.1", "accept-language": language };
    if (guarded && token && keyed && keepAnswers) sent["idempotency-key"] = `"${crypto.randomUUID()}"`;
    let renewed = false;
    for (let attempt = 1; ; attempt += 1) {
      if (guarded && token) sent.authorization = `Bearer ${await token(renewed)}`;
      const answer = await this.#sent(path, { method, headers: sent, ...(body === undefined ? {} : { body }) });
      if (answer.status === 200) return answer;
      if (answer.status === 401 && guarded && token && !renewed) {
        renewed = true; // it may have been withdrawn; a new one is asked for once
        attempt -= 1;
        await answer.body?.cancel();
        continue;
      }
      await this.#patiently(attempt, answer);
    }
  }

  /**
   * @param {string} path
   * @param {RequestInit} request
   * @returns {Promise<Response>} one of status 0 where there was no answer
   */
  async #sent(path, request) {
    const waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort(), this.#options.seconds * 1000);
    try {
      return await this.#options.fetch(this.#base + path, { ...request, redirect: "manual", signal: waiting.signal });
    } catch {
      return Response.error();
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * @param {number} attempt
   * @param {Response} answer
   */
  async #patiently(attempt, answer) {
    const problem = answer.status === 0 ? null : await readProblem(answer);
    const passes = problem === null || AGAIN.has(answer.status) || problem.code === UNDER_WAY;
    const asked = retryAfter(answer.headers);
    const usual = FIRST_WAIT * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    const wait = asked === null ? usual : asked + usual / 10;
    if (passes && attempt < this.#options.attempts && wait <= this.#options.longestWait) {
      await this.#options.sleep(wait);
      return;
    }
    throw problem === null ? new UnreachableError("there was no answer") : new RefusedError(problem, asked);
  }
}

/** @param {Response} answer */
async function readProblem(answer) {
  try {
    return problemOf(readObject(await answer.text()), answer.status);
  } catch {
    const title = "The answer is not one of the service's";
    return { status: answer.status, code: `http:status:${answer.status}`, title, remedy: "", detail: "", instance: "" };
  }
}

/** @param {Headers} headers */
function retryAfter(headers) {
  const told = headers.get("retry-after") ?? "";
  return /^[0-9]{1,9}$/.test(told) ? Number(told) : null;
}
