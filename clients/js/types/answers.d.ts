/**
 * Return the JSON object in a text.
 * @param {string} text
 * @returns {Record<string, unknown>}
 */
export function readObject(text: string): Record<string, unknown>;
/**
 * @param {Record<string, unknown>} found
 * @returns {Verdict}
 */
export function verdictOf(found: Record<string, unknown>): Verdict;
/**
 * @param {Record<string, unknown>} found
 * @returns {BundleVerdict}
 */
export function bundleOf(found: Record<string, unknown>): BundleVerdict;
/**
 * @param {Record<string, unknown>} found
 * @returns {LicenceStatus}
 */
export function statusOf(found: Record<string, unknown>): LicenceStatus;
/**
 * @param {Record<string, unknown>} found
 * @returns {LicenceType}
 */
export function typeOf(found: Record<string, unknown>): LicenceType;
/**
 * @param {Record<string, unknown>} found
 * @returns {LicenceType[]}
 */
export function typesOf(found: Record<string, unknown>): LicenceType[];
/**
 * @param {Record<string, unknown>} found
 * @param {number} status of the answer, for a document that does not say
 * @returns {import("./errors.js").Problem}
 */
export function problemOf(found: Record<string, unknown>, status: number): import("./errors.js").Problem;
/**
 * @param {Record<string, unknown>} found
 * @param {number} before lines of earlier calls
 * @returns {Verdict | LineRefusal}
 */
export function lineOf(found: Record<string, unknown>, before: number): Verdict | LineRefusal;
/**
 * Return a verdict that is TOTAL-PASSED; throw NotPassedError, with the remedy of the first check against it, for any other.
 * @template {Verdict | BundleVerdict} T
 * @param {T} verdict
 * @returns {T}
 */
export function requirePassed<T extends Verdict | BundleVerdict>(verdict: T): T;
export type Paths = import("./openapi.js").paths;
export type Told = Paths["/v1/verify"]["post"]["responses"]["200"]["content"]["application/json"];
export type ToldBundle = Paths["/v1/verify/bundle"]["post"]["responses"]["200"]["content"]["application/json"];
/**
 * One thing that was looked at: `message` for a citizen, `remedy` and `detail` for an operator, `code` for a machine.
 */
export type LicenceType = Paths["/v1/licence-types"]["get"]["responses"]["200"]["content"]["application/json"]["types"][number];
export type Check = {
    id: string;
    status: "PASSED" | "FAILED" | "UNKNOWN" | "WARNING" | "INFORMATION";
    sub_indication: string | null;
    clause: string;
    message: string;
    remedy: string;
    code: string | null;
    detail: string;
};
export type Indication = Told["indication"];
export type SignatureVerdict = {
    form: string;
    signer: string | null;
    signed_at: string | null;
    time_proved: boolean;
    indication: Indication;
    sub_indication: string | null;
    covers: string;
    /**
     * What is concluded of one file.
     */
    checks: Check[];
};
/**
 * What is concluded of the licences of one matter together.
 */
export type Verdict = Omit<Told, "signatures" | "checks"> & {
    signatures: SignatureVerdict[];
    checks: Check[];
};
/**
 * Why there is no verdict on one of many: `line` counts all that were asked for, from 1.
 */
export type BundleVerdict = Omit<ToldBundle, "licences" | "checks"> & {
    licences: Verdict[];
    checks: Check[];
};
/**
 * Where one licence stands.
 */
export type LineRefusal = {
    line: number;
    error: import("./errors.js").Problem;
    ended?: boolean;
};
export type LicenceStatus = {
    identifier: string;
    status: string;
    standing: string;
    as_of: string;
    issued_at: string | null;
    effective_at: string | null;
    expires_at: string | null;
    revoked_at: string | null;
    supersedes: string | null;
    superseded_by: string | null;
    status_list: {
        uri: string;
        idx: number;
    };
};
