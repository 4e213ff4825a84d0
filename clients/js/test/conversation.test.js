// What the client says to scripted answers: attempts, waits, tokens, and what it does not believe.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  AnswerError,
  clientCredentials,
  NotPassedError,
  RefusedError,
  requirePassed,
  TrustkitClient,
  UnreachableError,
  UsageError,
} from "../src/index.js";

const BASE = "https://verify.example.cn";
const VERDICT = {
  file: "a",
  format: "pdf",
  indication: "TOTAL-PASSED",
  sub_indication: null,
  at: "2026-12-01T00:00:00Z",
  signatures: [],
  checks: [],
  uncovered: [],
  of_a_later_version: 1,
};
const answer = (status, value, headers = {}) => new Response(JSON.stringify(value), { status, headers });
const refusal = (status, code, headers) => answer(status, { code, title: "No.", remedy: "Wait.", status }, headers);

/** Answers in turn; `null` is no answer. */
function scripted(...answers) {
  const sent = [];
  const waited = [];
  const fetch = async (url, request) => {
    sent.push({ url, ...request, headers: { ...request.headers } });
    const next = answers.shift();
    if (!next) throw new TypeError("fetch failed");
    return next;
  };
  const sleep = async (seconds) => void waited.push(seconds);
  const client = (options = {}) => new TrustkitClient(BASE, { fetch, sleep, ...options });
  return { client, fetch, sent, waited };
}

test("a verdict is read, members of later versions with it", async () => {
  const { client, sent } = scripted(answer(200, VERDICT));
  const verdict = requirePassed(await client({ language: "zh" }).verify("TKL1:ABC"));
  assert.equal(verdict.of_a_later_version, 1);
  assert.equal(sent[0].url, `${BASE}/v1/verify`);
  assert.equal(sent[0].headers["accept-language"], "zh");
  assert.equal(sent[0].headers["idempotency-key"], undefined);
  assert.equal(await sent[0].body.get("file").text(), "TKL1:ABC");
});

test("whom and what for a copy has to be is told with every call", async () => {
  const lines = new Response(`${JSON.stringify(VERDICT)}\n`, { status: 200 });
  const bundle = { ...VERDICT, licences: [VERDICT] };
  const { client, sent } = scripted(answer(200, VERDICT), lines, answer(200, bundle));
  const [recipient, purpose] = ["92990100MA7TRYQ1X6", "办理开户"];
  const document = { data: "x", recipient, purpose };
  await client().verify(document);
  for await (const each of client().verifyMany([document])) assert.ok(each);
  await client().verifyBundle([document]);
  const form = sent[0].body;
  assert.deepEqual([form.get("recipient"), form.get("purpose")], [recipient, purpose]);
  const told = { name: "text", data: "eA==", recipient, purpose };
  assert.deepEqual(JSON.parse(sent[1].body), told);
  assert.deepEqual(JSON.parse(sent[2].body).licences, [told]);
});

test("what may pass is asked again, after what the service asks", async () => {
  const { client, waited } = scripted(refusal(429, "web:request:rate", { "retry-after": "7" }), null, answer(200, VERDICT));
  await client().verify("x");
  assert.ok(waited[0] >= 7 && waited[0] < 7.1);
  assert.ok(waited[1] >= 0.5 && waited[1] <= 1);
});

test("what does not pass is told at once", async () => {
  for (const [first, code] of [
    [refusal(400, "web:request:malformed"), "web:request:malformed"],
    [refusal(429, "web:quota:spent", { "retry-after": "28800" }), "web:quota:spent"],
    [answer(404, ["nothing"]), "http:status:404"],
  ]) {
    const { client, waited } = scripted(first);
    await assert.rejects(client().verify("x"), (error) => error instanceof RefusedError && error.code === code);
    assert.deepEqual(waited, []);
  }
});

test("patience ends", async () => {
  const { client, sent } = scripted();
  await assert.rejects(client({ attempts: 3 }).licenceTypes(), UnreachableError);
  assert.equal(sent.length, 3);
});

test("a token is kept, and replaced once when it is refused", async () => {
  let time = 0;
  const token = (text) => answer(200, { access_token: text, token_type: "Bearer", expires_in: 300 });
  const { client, fetch, sent } = scripted(
    token("t-1"),
    answer(200, VERDICT),
    refusal(401, "web:token:refused"),
    token("t-2"),
    answer(200, VERDICT),
    token("t-3"),
    answer(200, VERDICT),
  );
  const credentials = clientCredentials({ url: "https://id.example.cn/token", clientId: "me", clientSecret: "s", fetch, now: () => time });
  const asking = client({ token: credentials });
  await asking.verify("x");
  await asking.verify("x");
  time += 271_000;
  await asking.verify("x");
  const bearers = sent.filter((each) => each.url.endsWith("/v1/verify")).map((each) => each.headers.authorization);
  assert.deepEqual(bearers, ["Bearer t-1", "Bearer t-1", "Bearer t-2", "Bearer t-3"]);
  const keys = sent.map((each) => each.headers["idempotency-key"]).filter(Boolean);
  assert.equal(new Set(keys).size, 3);
});

test("a token that never ends is kept for a day", async () => {
  let time = 0;
  const told = () => new Response('{"access_token": "t", "token_type": "Bearer", "expires_in": 1e400}', { status: 200 });
  const { fetch, sent } = scripted(told(), told());
  const credentials = clientCredentials({ url: "https://id.example.cn/token", clientId: "me", clientSecret: "s", fetch, now: () => time });
  await credentials();
  time = 86_369_000;
  await credentials();
  assert.equal(sent.length, 1);
  time = 86_371_000;
  await credentials();
  assert.equal(sent.length, 2);
});

test("a provider that gives no token", async () => {
  for (const [told, kind] of [
    [answer(401, { error: "invalid_client" }), RefusedError],
    [answer(200, { access_token: "t", token_type: "DPoP" }), AnswerError],
    [answer(200, { access_token: "a b", token_type: "Bearer" }), AnswerError],
    [null, UnreachableError],
  ]) {
    const { fetch } = scripted(told);
    await assert.rejects(clientCredentials({ url: "https://id.example.cn/token", clientId: "me", clientSecret: "s", fetch })(), kind);
  }
});

test("an answer that is none is not believed", async () => {
  const without = (name) => Object.fromEntries(Object.entries(VERDICT).filter(([key]) => key !== name));
  const bent = ["file", "format", "indication", "at", "signatures", "checks", "uncovered"].map(without);
  bent.push({ ...VERDICT, indication: "TOTAL-PASSED-NEARLY" }, { ...VERDICT, checks: ["x"] }, { ...VERDICT, uncovered: [1] }, [], null, "x");
  for (const each of bent) {
    const { client } = scripted(answer(200, each));
    await assert.rejects(client().verify("x"), AnswerError);
  }
});

test("many answers are read in pieces, and have to be as many as was asked", async () => {
  const lines = [VERDICT, { line: 2, error: { code: "x:y:z", title: "No.", status: 422 } }].map((each) => JSON.stringify(each) + "\n").join("");
  const streamed = (text) => new Response(new Blob([text]).stream(), { status: 200 });
  const { client, sent } = scripted(streamed(lines));
  const found = [];
  for await (const each of client().verifyMany(["a", "b"])) found.push(each);
  assert.equal(found[0].indication, "TOTAL-PASSED");
  assert.equal(found[1].error.code, "x:y:z");
  assert.equal(sent[0].body.split("\n").length, 3);
  const ended = JSON.stringify({ line: 1, error: { code: "x:y:z", title: "No." }, ended: true }) + "\n";
  for (const [text, kind] of [[lines, AnswerError], [lines.slice(0, -1), AnswerError], ["{}\n", AnswerError], [ended, RefusedError]]) {
    const { client: asking } = scripted(streamed(text));
    const reading = async () => {
      for await (const each of asking().verifyMany(text === lines ? ["a"] : ["a", "b"])) assert.ok(each);
    };
    await assert.rejects(reading(), kind);
  }
});

test("what cannot be asked is not sent", async () => {
  for (const url of ["verify.example.cn", "ftp://a.cn", "https://me:secret@a.cn", "https://a.cn/?b"]) {
    assert.throws(() => new TrustkitClient(url), UsageError);
  }
  for (const options of [{}, { token: async () => "t" }, { token: async () => "t", inClear: true }, { inClear: "no" }]) {
    assert.throws(() => new TrustkitClient("http://a.cn", options), { code: "client:address:in-clear" });
  }
  assert.ok(new TrustkitClient("http://a.cn", { inClear: true }));
  assert.throws(() => clientCredentials({ url: "http://a.cn/token", clientId: "me", clientSecret: "s" }), { code: "client:address:in-clear" });
  assert.throws(() => new TrustkitClient(BASE, { language: "fr" }), UsageError);
  const { client, sent } = scripted();
  await assert.rejects(client().licenceStatus("../health"), UsageError);
  await assert.rejects(client().licenceType("A"), UsageError);
  await assert.rejects(client().verifyBundle([]), UsageError);
  await assert.rejects(client().verify({ data: "x", nonce: "n" }), UsageError);
  await assert.rejects(client().verify({ data: "x", recipient: "" }), UsageError);
  await assert.rejects(client().verify({ data: "x", purpose: "" }), UsageError);
  await assert.rejects(client().verify({ data: "x", at: new Date("never") }), UsageError);
  assert.deepEqual(sent, []);
});

test("a verdict that is required to pass", () => {
  const check = { id: "x", status: "FAILED", message: "Bad.", remedy: "Ask again." };
  const failed = { ...VERDICT, indication: "TOTAL-FAILED", sub_indication: "REVOKED", checks: [check] };
  assert.throws(() => requirePassed(failed), (error) => error instanceof NotPassedError && error.remedy === "Ask again.");
});
