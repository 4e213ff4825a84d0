// What can go wrong, each with a code and what can be done: ClientError is the root of all of it.

/**
 * A problem document of the service (RFC 9457).
 * @typedef {object} Problem
 * @property {number} status
 * @property {string} code stable, for machines: `web:quota:spent`
 * @property {string} title a sentence in the language asked for
 * @property {string} remedy what can be done
 * @property {string} detail for an operator; may be empty
 * @property {string} instance names the request in the service's log
 */

export class ClientError extends Error {
  /**
   * @param {string} sentence
   * @param {string} code for machines
   * @param {string} remedy
   */
  constructor(sentence, code, remedy = "") {
    super(`${sentence} (${code})`);
    this.name = new.target.name;
    this.code = code;
    this.remedy = remedy;
  }
}

/** The service, or its provider of tokens, refused; `retryAfter` (seconds) says when to come again. */
export class RefusedError extends ClientError {
  /**
   * @param {Problem} problem
   * @param {number | null} retryAfter
   */
  constructor(problem, retryAfter = null) {
    super(problem.title, problem.code, problem.remedy);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/** There was no answer, also when asked again. Nothing is said of what was to be verified. */
export class UnreachableError extends ClientError {
  /** @param {string} what */
  constructor(what) {
    super(what, "client:service:unreachable", "Look at address, network and certificate.");
  }
}

/** An answer that is none of those the service describes; nothing of it is believed. */
export class AnswerError extends ClientError {
  /** @param {string} what */
  constructor(what) {
    super(what, "client:answer:not-understood", "See that the address is a trustkit service's.");
  }
}

/** The caller asked for what cannot be asked; nothing was sent. */
export class UsageError extends ClientError {
  /**
   * @param {string} what
   * @param {string} code
   */
  constructor(what, code = "client:usage") {
    super(what, code);
  }
}

/** A verdict that was required to be TOTAL-PASSED and is not. */
export class NotPassedError extends ClientError {
  /**
   * @param {string} indication
   * @param {string | null} subIndication
   * @param {string} remedy
   */
  constructor(indication, subIndication, remedy) {
    super([indication, subIndication].filter(Boolean).join(" "), "client:verdict:not-passed", remedy);
    this.indication = indication;
    this.subIndication = subIndication;
  }
}
