/**
 * @param {Source} source
 * @returns {Document}
 */
export function documentOf(source: Source): Document;
/** @param {Document} document */
export function labelOf(document: Document): string;
/**
 * @param {Document} document
 * @returns {Record<string, string>}
 */
export function askedOf(document: Document): Record<string, string>;
/**
 * @param {Document} document
 * @returns {FormData}
 */
export function formOf(document: Document): FormData;
/**
 * @param {Document} document
 * @returns {Promise<Record<string, unknown>>}
 */
export function objectOf(document: Document): Promise<Record<string, unknown>>;
/** @param {Date} moment */
export function rfc3339(moment: Date): string;
/**
 * Something to verify: octets, and what belongs to them.
 */
export type Document = {
    /**
     * octets, a file, or the text of a credential or a code
     */
    data: Uint8Array | Blob | string;
    /**
     * a label that comes back in the verdict and is kept nowhere
     */
    name?: string | undefined;
    /**
     * what a detached signature or time stamp covers
     */
    content?: Uint8Array<ArrayBufferLike> | undefined;
    /**
     * certificates, CRLs and status lists that count for this document alone
     */
    evidence?: readonly Uint8Array<ArrayBufferLike>[] | undefined;
    /**
     * the time as of which it is judged; now where there is none
     */
    at?: Date | undefined;
    /**
     * whom the holder of a credential was to present it to; with `nonce`
     */
    audience?: string | undefined;
    /**
     * what the holder was given to sign
     */
    nonce?: string | undefined;
    /**
     * who asks, by the unified social credit code: a copy for a purpose (加注件) has to be made for him, and the licence itself is none
     */
    recipient?: string | undefined;
    /**
     * what for he asks, in the words of the copy
     */
    purpose?: string | undefined;
};
/**
 * Something to verify: octets, and what belongs to them.
 */
export type Source = Document | Uint8Array | Blob | string;
