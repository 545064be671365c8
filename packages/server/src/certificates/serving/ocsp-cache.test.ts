import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { StoppedClock } from "../../access-requests/testing/small-cluster.ts";
import { listAuthorities } from "../../authority/index.ts";
import { CLUSTER, openAuthority, type SmallAuthority } from "../../authority/testing/open-authority.ts";
import { TokenBucket } from "../../rpc/index.ts";
import { OcspCache } from "./ocsp-cache.ts";

const clock = new StoppedClock();
let folder: string;
let own: SmallAuthority;
let cache: OcspCache;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-ocsp-"));
  own = await openAuthority(clock);
  const authorities = listAuthorities({ ...own, clusterName: CLUSTER });
  cache = new OcspCache(
    { backend: own.backend, revocations: own.revocations, authorities },
    { bucket: new TokenBucket(100, 1, clock.now()), maxKept: 100 },
  );
  writeFileSync(join(folder, "ca.pem"), own.keyring.user.tlsCertificates.join(""));
});
after(() => rmSync(folder, { recursive: true }));

/** What openssl asks for certificates with these numbers. */
function question(...serials: readonly number[]): Buffer {
  const numbers = serials.flatMap((serial) => ["-serial", String(serial)]);
  const args = ["ocsp", "-no_nonce", "-issuer", "ca.pem", ...numbers, "-reqout", "asked.der"];
  execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  return readFileSync(join(folder, "asked.der"));
}
const ask = async (der: Buffer) => (await cache.answer("user", der, clock.now()))?.der;

test("the answer for a certificate is signed once", async () => {
  const asked = question(1);
  assert.equal(await ask(asked), await ask(Buffer.from(asked)));
  assert.notEqual(await ask(asked), await ask(question(2)));
});

test("threat 9: no more is signed than there is budget for; what was signed already is given all the same", async () => {
  const authorities = listAuthorities({ ...own, clusterName: CLUSTER });
  const tight = new OcspCache(
    { backend: own.backend, revocations: own.revocations, authorities },
    { bucket: new TokenBucket(1, 0.001, clock.now()), maxKept: 100 },
  );
  const [first, second] = [question(1), question(2)];
  assert.ok(await tight.answer("user", first, clock.now()));
  assert.equal(await tight.answer("user", second, clock.now()), undefined);
  assert.ok(await tight.answer("user", first, clock.now()));
});

test("threat 9: answers for many certificates at once are not kept, whoever asks for them", async () => {
  const asked = question(...Array.from({ length: 64 }, (_, index) => index + 1));
  const [first, second] = [await ask(asked), await ask(asked)];
  assert.ok(first !== undefined && first.length > 4096);
  assert.notEqual(first, second);
});
