import { rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatKnownHostsAuthority, parsePublicKeyLine } from "@sallyport/ssh";
import type { Inventory } from "../certificates/index.ts";
import type { Clock } from "../kernel/clock.ts";
import { newUuid } from "../kernel/ids.ts";
import { makeDirectory } from "../kernel/make-directory.ts";
import { issueSystemIdentity } from "./issue-system-identity.ts";
import type { Keyring } from "./keyring.ts";

const LIFETIME_MS = 24 * 60 * 60 * 1000;
const RENEW_AFTER_MS = LIFETIME_MS / 2;
const RETRY_AFTER_MS = 60_000;
const RETRY_SOON_MS = 1000;

interface LocalAdminDeps {
  readonly keyring: Keyring;
  readonly inventory: Inventory;
  readonly clock: Clock;
  readonly clusterName: string;
  readonly hostId: string;
  /** Where the identity file goes; readable by the owner alone. */
  readonly path: string;
  onError(error: unknown): void;
}

/**
 * Keeps an identity of the builtin Admin in the data directory, so that whoever may read that directory can
 * administer the cluster with `tctl`, over the same API as everybody else. It is renewed while the daemon runs.
 */
export async function keepLocalAdmin(deps: LocalAdminDeps): Promise<{ stop(): Promise<void> }> {
  let cancel = () => {};
  let cancelSoon = () => {};
  let stopped = false;
  /** One at a time, so that the newest is what stays, and a stop can wait for the last. */
  let writing = Promise.resolve();
  const write = (next: (isWritten: boolean) => void) => {
    if (stopped) return;
    writing = writing
      .then(() => writeAdminIdentity(deps))
      .then(
        () => true,
        (error: unknown) => {
          deps.onError(error);
          return false;
        },
      )
      .then(next);
  };
  const renewLater = (isWritten: boolean) => {
    const waitMs = isWritten ? RENEW_AFTER_MS : RETRY_AFTER_MS;
    if (!stopped) cancel = deps.clock.after(waitMs, () => write(renewLater));
  };
  await writeAdminIdentity(deps);
  renewLater(true);
  /** After a change the identity of before may soon count no more, so what signs is waited for. */
  const writeSoon = (isWritten: boolean) => {
    if (!isWritten && !stopped) cancelSoon = deps.clock.after(RETRY_SOON_MS, () => write(writeSoon));
  };
  deps.keyring.onChange(() => {
    cancelSoon();
    write(writeSoon);
  });
  return {
    stop: () => {
      stopped = true;
      cancel();
      cancelSoon();
      return writing;
    },
  };
}

async function writeAdminIdentity({
  keyring,
  inventory,
  clock,
  clusterName,
  hostId,
  path,
}: LocalAdminDeps): Promise<void> {
  const now = clock.now();
  const identity = await issueSystemIdentity(
    { keyring, inventory },
    {
      role: "Admin",
      hostId,
      clusterName,
      now,
      expiresAt: now + LIFETIME_MS,
    },
  );
  const authorities = keyring.host.sshKeys.map((line) =>
    formatKnownHostsAuthority({
      patterns: [clusterName, `*.${clusterName}`],
      publicKey: parsePublicKeyLine(line),
    }),
  );
  const parts = [
    identity.privateKeyPem,
    identity.sshLine,
    identity.tlsPem,
    ...authorities,
    ...keyring.host.tlsCertificates,
  ];
  const text = `${parts.map((part) => part.trim()).join("\n")}\n`;
  makeDirectory(dirname(path), 0o700);
  const fresh = join(dirname(path), `.admin-${newUuid()}`);
  await writeFile(fresh, text, { mode: 0o600, flag: "wx" });
  await rename(fresh, path);
}
