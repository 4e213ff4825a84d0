export { requirePassed } from "./answers.js";
export * from "./errors.js";
export { clientCredentials } from "./tokens.js";
export class TrustkitClient {
    /**
     * Set up; nothing is sent.
     * @param {string} url the service's address
     * @param {Options} [options]
     */
    constructor(url: string, options?: Options);
    /**
     * Return the verdict on a file, octets, or the text of a credential or code.
     * @param {Source} source
     * @returns {Promise<Verdict>}
     */
    verify(source: Source): Promise<Verdict>;
    /**
     * Yield an answer for each document, in order and as they come; what is held does not grow with how many there are.
     * @param {Iterable<Source> | AsyncIterable<Source>} sources
     * @returns {AsyncGenerator<Verdict | LineRefusal, void, void>}
     */
    verifyMany(sources: Iterable<Source> | AsyncIterable<Source>): AsyncGenerator<Verdict | LineRefusal, void, void>;
    /**
     * Return one verdict on the licences of one matter: of these types, of one holder, in force on a day, as demanded.
     * @param {Iterable<Source>} sources
     * @param {{ types?: readonly string[], sameHolder?: boolean, on?: string, at?: Date }} [demand] `on` is a day such as 2026-12-01
     * @returns {Promise<BundleVerdict>}
     */
    verifyBundle(sources: Iterable<Source>, { types, sameHolder, on, at }?: {
        types?: readonly string[];
        sameHolder?: boolean;
        on?: string;
        at?: Date;
    }): Promise<BundleVerdict>;
    /**
     * Return where a licence of this service stands.
     * @param {string} identifier
     * @returns {Promise<LicenceStatus>}
     */
    licenceStatus(identifier: string): Promise<LicenceStatus>;
    /**
     * Return the catalogue of licence types.
     * @returns {Promise<LicenceType[]>}
     */
    licenceTypes(): Promise<LicenceType[]>;
    /**
     * Return one licence type with all that is said of it.
     * @param {string} name
     * @returns {Promise<LicenceType & Record<string, unknown>>}
     */
    licenceType(name: string): Promise<LicenceType & Record<string, unknown>>;
    #private;
}
export type Verdict = import("./answers.js").Verdict;
export type BundleVerdict = import("./answers.js").BundleVerdict;
export type LineRefusal = import("./answers.js").LineRefusal;
export type LicenceStatus = import("./answers.js").LicenceStatus;
export type LicenceType = import("./answers.js").LicenceType;
export type Document = import("./documents.js").Document;
export type Source = import("./documents.js").Source;
export type Options = {
    /**
     * gives the token of a call, a new one when asked to renew
     */
    token?: ((renew?: boolean) => Promise<string>) | undefined;
    /**
     * of messages and remedies
     */
    language?: "zh" | "en" | undefined;
    /**
     * how long is waited for an answer to begin
     */
    seconds?: number | undefined;
    /**
     * how often a call is made at most
     */
    attempts?: number | undefined;
    /**
     * seconds waited for the next attempt; a service that asks for more has its refusal told at once
     */
    longestWait?: number | undefined;
    /**
     * whether a call with a token carries an Idempotency-Key: the service then keeps its answer for a day
     */
    keepAnswers?: boolean | undefined;
    /**
     * whether plain http is taken to another machine, over which anybody on the way reads and answers; never with tokens
     */
    inClear?: boolean | undefined;
    fetch?: typeof fetch | undefined;
    sleep?: ((seconds: number) => Promise<void>) | undefined;
};
export type Call = {
    method?: string;
    body?: BodyInit;
    headers?: Record<string, string>;
    guarded?: boolean;
    keyed?: boolean;
};
