import type { NodeClient } from "@sallyport/api/node";
import type { Command, CommandSurroundings } from "../command.ts";
import { connectToCluster } from "../connect-to-cluster.ts";
import { findSshd, type Sshd } from "../sshd/sshd.ts";
import { revokedKeysFile } from "./decide-host-files.ts";
import type { HostPlace, HostSetup } from "./host-setup.ts";
import { type HostDeps, prepareHost } from "./prepare-host.ts";
import { readHostOptions } from "./read-host-options.ts";
import { reloadSshd } from "./reload-sshd.ts";
import { plannedFiles, setUpHost } from "./setup-host.ts";
import { removeRevokedKeys, undoHost } from "./undo-host.ts";

export const setupHostUsage = `sallyport openssh setup-host: make this host's sshd take the cluster's certificates

  --host NAMES         names of this host, separated by commas; its host name without it
  --host-key FILE      a host key to certify; without it, all that sshd shows and that have a .pub file
  --host-cert FILE     a host certificate that is there already, instead of asking for one
  --user-ca FILE       keys of user authorities from a file (tctl auth export --type=user), instead of asking
  --allow ACCOUNT=P,P  only accounts named like this can be logged in to, by holders of these principals; without it,
                       a certificate opens the accounts that it names
  --ttl DURATION       how long host certificates last, such as 90d; no end without it
  --accept-others      go on where other files of sshd say something else about the same things
  --dry-run            print what would be written
  --undo               take everything away again
  --reload             have the running sshd read its configuration (SIGHUP)
  --sshd PATH          the sshd to check with
  --sshd-config FILE   its main configuration; /etc/ssh/sshd_config without it
  --config-dir DIR     where the drop-in goes; sshd_config.d beside the main configuration without it
  -i, --identity FILE, --auth-server HOST:PORT, -c FILE, --data-dir DIR
                       who you are and where the cluster is; without them, the auth service on this host

Examples:
  sallyport openssh setup-host --host=db1.example.com --dry-run -i installer.pem --auth-server=auth.example.com:3025
  sallyport openssh setup-host --host=db1.example.com --reload -i installer.pem --auth-server=auth.example.com:3025
  sallyport openssh setup-host --undo --reload
`;

/** `sallyport openssh setup-host`. */
export const setupHostCommand: Command = async (args, around) => {
  const { options, setup, sshd: program } = readHostOptions(args, around);
  const sshd = findSshd(program);
  if (options.undo === true) return undo(setup.place, sshd, options.reload === true, around);
  let client: Promise<NodeClient> | undefined;
  const deps: HostDeps = {
    sshd,
    now: () => around.clock.now(),
    client: () => {
      client ??= connectToCluster(options, around.machine);
      return client;
    },
  };
  try {
    if (options["dry-run"] === true) return await dryRun(setup, deps, around);
    await setUp(setup, deps, around);
  } finally {
    await client?.then(
      (connected) => connected.close(),
      () => {
        // That it could not connect has been said already.
      },
    );
  }
  if (options.reload === true) await reload(sshd, setup.place, around);
  else around.print(`\nsshd has not been told yet. When you are ready:\n  systemctl reload ssh\n`);
  return 0;
};

async function dryRun(
  setup: HostSetup,
  deps: HostDeps,
  { print, note }: CommandSurroundings,
): Promise<number> {
  const prepared = await prepareHost(setup, deps);
  for (const { path, content } of plannedFiles(setup, prepared)) {
    print(`==> ${path}\n${shown(content)}\n`);
  }
  for (const conflict of prepared.conflicts) note(`in the way: ${conflict}`);
  return prepared.conflicts.length === 0 || setup.acceptOthers ? 0 : 1;
}

function shown(content: string | Uint8Array | undefined): string {
  if (content === undefined) return "(removed)\n";
  return typeof content === "string" ? content : `(${content.length} bytes)\n`;
}

async function setUp(setup: HostSetup, deps: HostDeps, { print, note }: CommandSurroundings): Promise<void> {
  const { written, removed, warnings } = await setUpHost(setup, deps);
  for (const warning of warnings) note(`warning: ${warning}`);
  print(
    [...written.map((path) => `written: ${path}\n`), ...removed.map((path) => `removed: ${path}\n`)].join(""),
  );
  print(`sshd takes all of it (sshd -t, sshd -T). This host is ${setup.hostNames.join(", ")}.\n`);
}

async function undo(
  place: HostPlace,
  sshd: Sshd,
  isReloaded: boolean,
  around: CommandSurroundings,
): Promise<number> {
  const gone = await undoHost(place, sshd);
  around.print(
    gone.length === 0 ? "nothing was set up here\n" : gone.map((path) => `removed: ${path}\n`).join(""),
  );
  const kept = revokedKeysFile(place);
  if (!isReloaded) {
    around.print(
      `\nkept: ${kept}: a running sshd that does not find it refuses every key. When sshd has been\n`,
    );
    around.print(`reloaded, it can go:\n  systemctl reload ssh && rm ${kept}\n`);
    return 0;
  }
  await reload(sshd, place, around);
  await removeRevokedKeys(place);
  around.print(`removed: ${kept}\n`);
  return 0;
}

async function reload(sshd: Sshd, { sshdConfig }: HostPlace, { print }: CommandSurroundings): Promise<void> {
  await reloadSshd(sshd, sshdConfig);
  print("sshd has read its configuration anew\n");
}
