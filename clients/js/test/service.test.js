// Against a service that is served: TRUSTKIT_URL, a licence of it (TRUSTKIT_FILE) and its identifier (TRUSTKIT_IDENTIFIER).

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { RefusedError, requirePassed, TrustkitClient } from "../src/index.js";

const { TRUSTKIT_URL: url, TRUSTKIT_FILE: file, TRUSTKIT_IDENTIFIER: identifier } = process.env;
const TYPE = "11100000MB0143028R001";
const served = { skip: url ? false : "TRUSTKIT_URL names no service" };

test("a licence is verified and a changed one is not", served, async () => {
  const data = await readFile(file);
  const trustkit = new TrustkitClient(url);
  const verdict = requirePassed(await trustkit.verify({ data, name: "许可证.pdf" }));
  assert.equal(verdict.file, "许可证.pdf");
  assert.ok(verdict.signatures.length > 0);
  data[data.length >> 1] ^= 1;
  assert.equal((await trustkit.verify(data)).indication, "TOTAL-FAILED");
});

test("messages come in the language asked for", served, async () => {
  const verdict = await new TrustkitClient(url, { language: "zh" }).verify("no credential");
  assert.equal(verdict.indication, "INDETERMINATE");
  assert.match(verdict.checks[0].message, /\p{Script=Han}/u);
});

test("many are answered in order and one that is wrong stops no other", served, async () => {
  const data = new Blob([await readFile(file)]);
  async function* sources() {
    yield { data, name: "a.pdf" };
    yield { data: "x", audience: "https://x", nonce: "n".repeat(5000) };
    yield "no document";
  }
  const found = [];
  for await (const each of new TrustkitClient(url).verifyMany(sources())) found.push(each);
  assert.deepEqual([found[0].file, found[0].indication], ["a.pdf", "TOTAL-PASSED"]);
  assert.deepEqual([found[1].line, found[1].error.code], [2, "web:request:malformed"]);
  assert.equal(found[2].indication, "INDETERMINATE");
});

test("licences of one matter, standing and types", served, async () => {
  const data = await readFile(file);
  const trustkit = new TrustkitClient(url);
  const bundle = await trustkit.verifyBundle([data, data], { types: [TYPE], sameHolder: true, on: "2027-01-01" });
  assert.equal(requirePassed(bundle).licences.length, 2);
  assert.equal((await trustkit.verifyBundle([data], { types: [TYPE, TYPE] })).sub_indication, "DEMAND_UNMET");
  assert.equal((await trustkit.licenceStatus(identifier)).status, "issued");
  assert.ok((await trustkit.licenceTypes()).some((each) => each.type === "business-licence"));
  assert.equal((await trustkit.licenceType("business-licence")).code, TYPE);
  await assert.rejects(trustkit.licenceStatus("1.2.156"), (error) => error instanceof RefusedError && error.remedy !== "");
});
