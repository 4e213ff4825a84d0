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
    constructor(sentence: string, code: string, remedy?: string);
    code: string;
    remedy: string;
}
/** The service, or its provider of tokens, refused; `retryAfter` (seconds) says when to come again. */
export class RefusedError extends ClientError {
    /**
     * @param {Problem} problem
     * @param {number | null} retryAfter
     */
    constructor(problem: Problem, retryAfter?: number | null);
    problem: Problem;
    retryAfter: number | null;
}
/** There was no answer, also when asked again. Nothing is said of what was to be verified. */
export class UnreachableError extends ClientError {
    /** @param {string} what */
    constructor(what: string);
}
/** An answer that is none of those the service describes; nothing of it is believed. */
export class AnswerError extends ClientError {
    /** @param {string} what */
    constructor(what: string);
}
/** The caller asked for what cannot be asked; nothing was sent. */
export class UsageError extends ClientError {
    /**
     * @param {string} what
     * @param {string} code
     */
    constructor(what: string, code?: string);
}
/** A verdict that was required to be TOTAL-PASSED and is not. */
export class NotPassedError extends ClientError {
    /**
     * @param {string} indication
     * @param {string | null} subIndication
     * @param {string} remedy
     */
    constructor(indication: string, subIndication: string | null, remedy: string);
    indication: string;
    subIndication: string | null;
}
/**
 * A problem document of the service (RFC 9457).
 */
export type Problem = {
    status: number;
    /**
     * stable, for machines: `web:quota:spent`
     */
    code: string;
    /**
     * a sentence in the language asked for
     */
    title: string;
    /**
     * what can be done
     */
    remedy: string;
    /**
     * for an operator; may be empty
     */
    detail: string;
    /**
     * names the request in the service's log
     */
    instance: string;
};
