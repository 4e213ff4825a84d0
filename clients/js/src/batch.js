// Many documents as calls of bounded size: portions of lines, and their answers as they come.

import { lineOf, readObject } from "./answers.js";
import { documentOf, objectOf } from "./documents.js";
import { AnswerError, RefusedError } from "./errors.js";

export const CALL_LINES = 1000;
export const CALL_OCTETS = 16 * 1024 * 1024; // beyond which a line begins a new call; one larger line is a call of its own
const MAX_ANSWER = 64 * 1024 * 1024; // of one line

/**
 * @param {Iterable<import("./documents.js").Source> | AsyncIterable<import("./documents.js").Source>} sources
 * @returns {AsyncGenerator<{ lines: string, count: number }, void, void>}
 */
export async function* portions(sources) {
  /** @type {string[]} */
  let held = [];
  let octets = 0;
  for await (const source of sources) {
    const line = `${JSON.stringify(await objectOf(documentOf(source)))}\n`;
    if (held.length && (held.length >= CALL_LINES || octets + line.length > CALL_OCTETS)) {
      yield { lines: held.join(""), count: held.length };
      [held, octets] = [[], 0];
    }
    held.push(line);
    octets += line.length;
  }
  if (held.length) yield { lines: held.join(""), count: held.length };
}

/**
 * Yield the answers of one call, which have to be as many as its lines.
 * @param {ReadableStream<Uint8Array>} body
 * @param {{ before: number, due: number }} of
 * @returns {AsyncGenerator<import("./answers.js").Verdict | import("./answers.js").LineRefusal, void, void>}
 */
export async function* answersIn(body, { before, due }) {
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let left = due;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += text(decoder, value, done);
      if (rest.length > MAX_ANSWER) throw new AnswerError("a line is longer than any answer");
      const whole = rest.split("\n");
      rest = whole.pop() ?? "";
      for (const line of whole.filter((each) => each.trim())) {
        const answer = lineOf(readObject(line), before);
        if ("error" in answer && answer.ended) throw new RefusedError(answer.error);
        if (left === 0) throw new AnswerError("there are more answers than lines");
        left -= 1;
        yield answer;
      }
      if (done) break;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  if (left || rest) throw new AnswerError(`${left} answers are missing`);
}

/**
 * @param {TextDecoder} decoder
 * @param {Uint8Array | undefined} value
 * @param {boolean} done
 */
function text(decoder, value, done) {
  try {
    return decoder.decode(value, { stream: !done });
  } catch {
    throw new AnswerError("an answer is no UTF-8");
  }
}
