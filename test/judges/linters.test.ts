import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type AcceptedFinding, acceptedOfPkilint, acceptedOfZlint } from "./accepted-findings.ts";
import { issueEverything, type Suite } from "./issued.ts";
import { reasonToSkip } from "./reason-to-skip.ts";
import { type Finding, runPkilint, runZlint } from "./run-linters.ts";

const LINT_MS = 600_000;

const suites: readonly Suite[] = ["balanced-v1", "legacy"];

describe("linters, over one of everything that is issued", () => {
  const folders = new Map(suites.map((suite) => [suite, mkdtempSync(join(tmpdir(), `sallyport-${suite}-`))]));

  before(async () => {
    for (const [suite, folder] of folders) await writeEverything(suite, folder);
  });
  after(() => {
    for (const folder of folders.values()) rmSync(folder, { recursive: true });
  });

  async function findings(lint: (folder: string) => Promise<Finding[]>): Promise<Finding[]> {
    const all: Finding[] = [];
    for (const folder of folders.values()) all.push(...(await lint(folder)));
    return all;
  }

  it("zlint finds nothing that is not accepted", { skip: reasonToSkip("go"), timeout: LINT_MS }, async () => {
    judge(await findings(runZlint), acceptedOfZlint);
  });

  it("pkilint finds nothing that is not accepted", {
    skip: reasonToSkip("python3"),
    timeout: LINT_MS,
  }, async () => {
    judge(await findings(runPkilint), acceptedOfPkilint);
  });
});

async function writeEverything(suite: Suite, folder: string): Promise<void> {
  const issued = await issueEverything(suite);
  await issued.cluster.stop();
  for (const { name, der } of issued.certificates) writeFileSync(join(folder, `${name}.crt`), der);
  for (const [type, der] of issued.authorities) writeFileSync(join(folder, `ca-${type}.crt`), der);
  for (const { name, der } of issued.crls) writeFileSync(join(folder, `${name}.crl`), der);
  for (const { name, der } of issued.ocspResponses) writeFileSync(join(folder, `${name}.ocsp`), der);
  // One that has faults, so that a linter which says nothing at all does not pass.
  writeFileSync(join(folder, "broken.crt"), brokenCertificate(issued.certificates[0]?.der));
}

/** Version 2 where there are extensions: the number of the version is the third octet of the tagged field. */
function brokenCertificate(der: Buffer | undefined): Buffer {
  const broken = Buffer.from(der ?? []);
  const version = broken.indexOf(Buffer.from("a003020102", "hex"));
  broken[version + 4] = 1;
  return broken;
}

function judge(all: readonly Finding[], accepted: readonly AcceptedFinding[]): void {
  assert.ok(
    all.some(({ file }) => file === "broken.crt"),
    "it does not see that a certificate is broken",
  );
  const findings = all.filter(({ file }) => file !== "broken.crt");
  const isOf = ({ lint, file, detail }: Finding, one: AcceptedFinding) =>
    one.lint === lint && one.files.test(file) && (one.detail?.test(detail) ?? true);
  const rest = findings.filter((finding) => !accepted.some((one) => isOf(finding, one)));
  assert.deepEqual(rest, [], "mend it, or accept it with a reason in accepted-findings.ts");
  const stale = accepted.filter((one) => !findings.some((finding) => isOf(finding, one)));
  assert.deepEqual(stale, [], "this is not said any more; take it out of accepted-findings.ts");
}
