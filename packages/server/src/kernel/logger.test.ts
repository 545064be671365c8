import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AppError } from "@sallyport/api/errors";
import fc from "fast-check";
import { createLogger, type LogSettings } from "./logger.ts";
import { isSecretName } from "./redact.ts";

function logTo(settings: Partial<LogSettings> = {}) {
  const lines: string[] = [];
  const sink = { write: (line: string) => lines.push(line) };
  return {
    lines,
    logger: createLogger({ output: "stderr", severity: "info", format: "json", ...settings }, sink),
  };
}

test("a line carries time, level, message and the fields of every parent", () => {
  const { lines, logger } = logTo();
  logger.child({ room: "audit" }).info("drained", { entries: 3 });
  const { time, ...rest } = JSON.parse(lines[0]!);
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, { level: "info", message: "drained", room: "audit", entries: 3 });
});

test("lines below the severity are not written", () => {
  const { lines, logger } = logTo({ severity: "warn" });
  logger.debug("a");
  logger.info("b");
  logger.warn("c");
  logger.error("d");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).message),
    ["c", "d"],
  );
});

test("secrets are not logged, however their field is written and however deep it lies", () => {
  for (const name of ["password", "privateKey", "private_key", "Set-Cookie", "TOKEN", "client_secret"]) {
    const { lines, logger } = logTo();
    logger.info("x", { outer: [{ [name]: "hunter2" }] });
    logger.child({ [name]: "hunter2" }).info("x");
    assert.equal(lines.length, 2);
    assert.ok(!lines.join("").includes("hunter2"), name);
  }
  for (const name of ["user", "key", "tokens", "keyId", "requestId"])
    assert.equal(isSecretName(name), false, name);
});

test("a private key in any text is cut out, bytes are counted", () => {
  const { lines, logger } = logTo();
  const pem = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----";
  logger.error(`bad ${pem}`, { note: pem, error: new Error(pem), raw: Buffer.from("MHcCAQ") });
  assert.ok(!lines[0]!.includes("MHcCAQ"), lines[0]);
  assert.equal(JSON.parse(lines[0]!).raw, "[6 bytes]");
});

test("an error keeps its reason and its chain of causes", () => {
  const { lines, logger } = logTo();
  logger.error("x", { error: new AppError("NOT_FOUND", "no role", { cause: new Error("disk") }) });
  const { error } = JSON.parse(lines[0]!);
  assert.equal(error.reason, "NOT_FOUND");
  assert.equal(error.message, "no role");
  assert.equal(error.cause.message, "disk");
});

test("a field cannot pass for a part of the line", () => {
  const { lines, logger } = logTo();
  logger.info("real", { message: "fake", level: "error", time: "never" });
  const line = JSON.parse(lines[0]!);
  assert.equal(line.message, "real");
  assert.equal(line.level, "info");
  assert.equal(line.field_message, "fake");
});

test("threat 23: whatever is logged, text output stays one line without control characters", () => {
  const { lines, logger } = logTo({ format: "text" });
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, (message, value) => {
      logger.info(message, { value, nested: { value } });
      assert.match(lines.pop()!, /^[^\p{Cc}\u2028\u2029]+\n$/u);
      assert.equal(lines.length, 0);
    }),
    { numRuns: 300 },
  );
});

test("text output reads as a sentence", () => {
  const { lines, logger } = logTo({ format: "text" });
  logger.warn("a section is not served yet", { section: "proxy_service", at: "a b" });
  assert.match(lines[0]!, /^\S+ WARN {2}a section is not served yet section=proxy_service at="a b"\n$/);
});

test("a log file is for its owner only, and a line is there when the call returns", () => {
  const dir = mkdtempSync(join(tmpdir(), "sallyport-log-"));
  try {
    const output = join(dir, "auth.log");
    createLogger({ output, severity: "info", format: "json" }).info("first");
    assert.equal(JSON.parse(readFileSync(output, "utf8")).message, "first");
    assert.equal(statSync(output).mode & 0o777, 0o600);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("lines reach the real stream before an exit", () => {
  const module = new URL("./logger.ts", import.meta.url).href;
  const program = `import { createLogger } from ${JSON.stringify(module)};
    createLogger({ output: "stdout", severity: "info", format: "text" }).info("to stdout");
    process.exit(0);`;
  const out = execFileSync(
    process.execPath,
    ["--conditions=sallyport-source", "--input-type=module", "-e", program],
    { encoding: "utf8" },
  );
  assert.match(out, /INFO {2}to stdout\n$/);
});
