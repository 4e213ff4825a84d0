/**
 * @param {Iterable<import("./documents.js").Source> | AsyncIterable<import("./documents.js").Source>} sources
 * @returns {AsyncGenerator<{ lines: string, count: number }, void, void>}
 */
export function portions(sources: Iterable<import("./documents.js").Source> | AsyncIterable<import("./documents.js").Source>): AsyncGenerator<{
    lines: string;
    count: number;
}, void, void>;
/**
 * Yield the answers of one call, which have to be as many as its lines.
 * @param {ReadableStream<Uint8Array>} body
 * @param {{ before: number, due: number }} of
 * @returns {AsyncGenerator<import("./answers.js").Verdict | import("./answers.js").LineRefusal, void, void>}
 */
export function answersIn(body: ReadableStream<Uint8Array>, { before, due }: {
    before: number;
    due: number;
}): AsyncGenerator<import("./answers.js").Verdict | import("./answers.js").LineRefusal, void, void>;
export const CALL_LINES: 1000;
export const CALL_OCTETS: number;
