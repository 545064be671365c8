import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import {
  createSshSigner,
  encodeKrl,
  fromKeyObject,
  issueSshCertificate,
  type KrlTemplate,
  parseSshCertificate,
  type SshPublicKey,
  type SshSigner,
} from "../../index.ts";

/** For `test(name, { skip: noKeygen }, …)`: why ssh-keygen cannot be asked; false where it can. */
export const noKeygen = spawnSync("ssh-keygen", ["-?"]).error ? "ssh-keygen is not installed" : false;

export const now: number = Date.UTC(2026, 5, 1, 12);
export const ca: SshSigner = createSshSigner(generateKeyPairSync("ed25519").privateKey);
export const holder: SshPublicKey = fromKeyObject(generateKeyPairSync("ed25519").privateKey);
export const otherHolder: SshPublicKey = fromKeyObject(generateKeyPairSync("ed25519").privateKey);
export const maxSerial: bigint = 2n ** 64n - 1n;

const folder = mkdtempSync(join(tmpdir(), "krl-"));
after(() => rmSync(folder, { recursive: true }));

/** A file for ssh-keygen, gone after the tests. */
export function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** What a certificate is to have; everything else is the same for all. */
export interface Wanted {
  readonly serial?: bigint;
  readonly keyId?: string;
  readonly signer?: SshSigner;
  readonly publicKey?: SshPublicKey;
}

/** A certificate that is good now. */
export async function issue({ serial = 7n, keyId = "alice", signer = ca, publicKey = holder }: Wanted = {}) {
  const issued = await issueSshCertificate({
    ...{ signer, use: "user", publicKey, keyId, principals: ["root"], serial },
    ...{ validAfterAt: now, validBeforeAt: now + 3_600_000 },
  });
  return { ...issued, certificate: parseSshCertificate(issued.blob) };
}

/** A list with this in it. */
export function krl(template: Partial<KrlTemplate>): Buffer {
  return encodeKrl({ version: 3n, generatedAt: now, comment: "main", ...template });
}

/** What ssh-keygen says of a key or certificate line. */
export function keygenSays(list: Uint8Array, line: string): "revoked" | "ok" {
  const files = ["-f", write("list.krl", list), write("subject.pub", `${line}\n`)];
  const result = spawnSync("ssh-keygen", ["-Q", ...files], { encoding: "utf8" });
  if (/: REVOKED\n/.test(result.stdout) && result.status === 1) return "revoked";
  assert.match(result.stdout, /: ok\n/, result.stderr);
  assert.equal(result.status, 0);
  return "ok";
}
