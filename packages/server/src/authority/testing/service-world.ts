import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAppError, type Reason } from "@sallyport/api";
import type { Clock } from "../../kernel/clock.ts";
import { builtinRolesOf, permissionsOf, type Role } from "../../roles/index.ts";
import type { Call, Caller } from "../../rpc/index.ts";
import { fakeCall, fakeSystem, fakeUser } from "../../rpc/testing/fake-call.ts";
import { createCaKeys } from "../ca-keys.ts";
import type { CaType } from "../ca-types.ts";
import { rotateAuthority } from "../rotation/index.ts";
import { serviceCertsRpcs } from "../service-certs-rpc.ts";
import type { ServiceIssueDeps } from "../service-deps.ts";
import type { SignatureSuite } from "../signature-suite.ts";
import { type IssuingWorld, type KeysIn, openIssuing } from "./issuing-world.ts";
import { CLUSTER } from "./open-authority.ts";

/** Everything that issues for services, over real authorities; callers have the rights of their roles. */
export interface ServiceWorld extends IssuingWorld {
  readonly rpcs: ReturnType<typeof serviceCertsRpcs>;
  rotate(type: CaType, targetPhase: string): Promise<unknown>;
  call(caller: Caller, parts?: Partial<Call>): Call;
}

export async function openServices(
  clock: Clock,
  parts: Partial<ServiceIssueDeps> = {},
  suite?: SignatureSuite,
  keys?: KeysIn,
): Promise<ServiceWorld> {
  const world = await openIssuing(clock, suite, keys);
  const { backend, authorities } = world.own;
  const deps = { ...world.deps, ...parts, backend, clock, authorities, caKeys: createCaKeys(authorities) };
  return Object.assign(world, {
    rpcs: serviceCertsRpcs(deps),
    rotate: (type: CaType, targetPhase: string) =>
      rotateAuthority(deps, type, { targetPhase, mode: "", gracePeriodMs: undefined, schedule: undefined }),
    call: (caller: Caller, parts: Partial<Call> = {}) => fakeCall(caller, { now: clock.now(), ...parts }),
  });
}

/** A service on host `id`, with the rules of its system roles. */
export function service(...roles: string[]): Caller {
  const name = `id.${CLUSTER}`;
  return fakeSystem(name, roles, permissionsOf(builtinRolesOf(CLUSTER)(roles), { name, roles, traits: {} }));
}

export const person = (name: string, ...held: Role[]): Caller => {
  const roles = held.map((role) => role.name);
  return fakeUser(name, roles, permissionsOf(held, { name, roles, traits: {} }));
};

export const isReason = (reason: Reason) => (error: unknown) => isAppError(error, reason);

/** Runs a program in a folder of its own, which holds the files, and tells what it wrote. */
export function withFiles<T>(files: Readonly<Record<string, string | Buffer>>, run: (tools: Tools) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-services-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return run({
      run: (program, ...args) =>
        execFileSync(program, args, { cwd: folder, encoding: "utf8", stdio: "pipe" }),
      read: (name) => readFileSync(join(folder, name)),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Tools {
  run(program: string, ...args: string[]): string;
  read(name: string): Buffer;
}

/** A request as openssl makes it; `extensions` is a section of its configuration. */
export function csrByOpenssl(subject: string, extensions = ""): Buffer {
  const config = `[req]\ndistinguished_name=dn\nstring_mask=utf8only\n[dn]\n[ext]\n${extensions}\n`;
  return withFiles({ config }, ({ run, read }) => {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key"];
    const asked = extensions === "" ? [] : ["-reqexts", "ext"];
    run("openssl", "req", "-new", ...key, "-subj", subject, "-config", "config", ...asked, "-out", "csr");
    return read("csr");
  });
}

/** What openssl says of a certificate for a purpose, at a time. */
export function opensslVerify(
  cert: Uint8Array,
  cas: readonly Uint8Array[],
  purpose: string,
  at: number,
): string {
  return withFiles({ cert: Buffer.from(cert), cas: Buffer.concat(cas) }, ({ run }) => {
    const time = ["-attime", String(Math.floor(at / 1000))];
    return run("openssl", "verify", "-x509_strict", "-purpose", purpose, ...time, "-CAfile", "cas", "cert");
  });
}
