import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { connect, fromIdentityFile } from "@sallyport/api/node";
import {
  type Certificate,
  type Inventory,
  openInventory,
  openRevocationView,
} from "../../../packages/server/src/certificates/index.ts";
import { systemClock } from "../../../packages/server/src/kernel/clock.ts";
import { openBackend } from "../../../packages/server/src/storage/index.ts";
import { startDaemon } from "../../support/daemon.ts";
import { profiled } from "../cluster.ts";
import { median } from "../median.ts";
import type { Row } from "../row.ts";
import type { Settings } from "../settings.ts";

const AT_ONCE = 500;
const USERS = 5_000;
const HOUR_MS = 60 * 60 * 1000;
const TARGET_MS = 20;
const SEARCHES = 15;
const PAGE = 100;

/** The first page of searches in a large inventory, as a client has it. */
export async function benchInventory(settings: Settings): Promise<readonly Row[]> {
  await using daemon = await startDaemon(profiled(settings));
  await daemon.stop();
  const known = await fill(join(daemon.dataDir, "backend", "sallyport.sqlite"), settings.manyCertificates);
  await using again = await startDaemon({ directory: daemon.directory, ...profiled(settings) });
  const credentials = fromIdentityFile(again.adminIdentity);
  await using client = await connect({ address: again.address, credentials });
  const soon = timestampFromMs(Date.now() + HOUR_MS);
  const searches: Readonly<
    Record<string, Parameters<typeof client.certificateInventory.listCertificates>[0]>
  > = {
    newest: {},
    "by user": { user: known.user },
    "by serial number": { serial: known.ssh?.serial.toString() ?? "" },
    "by fingerprint": { fingerprint: known.ssh?.fingerprint ?? "" },
    "about to expire": { expiresBefore: soon },
    "by principal": { principal: "ubuntu" },
  };
  const rows: Row[] = [];
  for (const [name, search] of Object.entries(searches)) {
    const tookMs: number[] = [];
    for (let time = 0; time < SEARCHES; time += 1) {
      const startedAt = performance.now();
      const { entries } = await client.certificateInventory.listCertificates({ ...search, pageSize: PAGE });
      tookMs.push(performance.now() - startedAt);
      if (entries.length === 0) throw new Error(`nothing was found ${name}`);
    }
    const scenario = `inventory of ${settings.manyCertificates.toLocaleString("en")}, first page, ${name}`;
    rows.push({ scenario, measured: { value: median(tookMs), unit: "ms" }, target: TARGET_MS });
  }
  return rows;
}

/** Records so many entries as issuing does; gives one of them. */
async function fill(path: string, count: number): Promise<Certificate> {
  const backend = await openBackend({ kind: "sqlite", path });
  const revocations = await openRevocationView(backend, systemClock);
  const inventory = openInventory({ backend, revocations });
  let one: Certificate | undefined;
  for (let done = 0; done < count; done += AT_ONCE) {
    const made = Array.from({ length: AT_ONCE }, (_, index) => entryOf(inventory, (done + index) % USERS));
    await Promise.all(made.map((certificate) => inventory.record({ certificate, keys: {} })));
    one ??= made[0];
  }
  revocations.close();
  await backend.close();
  if (one === undefined) throw new Error("an inventory has entries");
  return one;
}

function entryOf(inventory: Inventory, number: number): Certificate {
  const now = Date.now();
  const { id, sshSerial, x509Hex } = inventory.next(now);
  const user = `user-${number}`;
  return {
    id,
    kind: "user",
    user,
    caType: "user",
    ssh: { serial: sshSerial, fingerprint: `SHA256:${token()}`, ca: "SHA256:ca" },
    x509: { serial: x509Hex, fingerprint: randomBytes(32).toString("hex"), ca: "ca" },
    principals: [user, "ubuntu"],
    roles: ["dev"],
    issuedAt: now,
    validAfterAt: now,
    // A few end within the hour.
    expiresAt: now + HOUR_MS / 2 + number * HOUR_MS,
    requester: user,
    impersonator: "",
    accessRequests: [],
    remoteIp: "127.0.0.1",
    usage: [],
    routes: [],
  };
}

/** As a fingerprint is written: base64 without its padding. */
const token = () => randomBytes(32).toString("base64").slice(0, 43);
