import { join, resolve } from "node:path";
import type { SshPublicKey } from "@sallyport/ssh";
import { fetchAuthorityKeys, readAuthorityFile } from "../authority-keys.ts";
import { checkHostName, checkHostPattern } from "../check-names.ts";
import type { Command, CommandSurroundings } from "../command.ts";
import { type ClusterOptions, clusterArguments, connectToCluster } from "../connect-to-cluster.ts";
import { listOf, readArguments } from "../read-arguments.ts";
import { UsageError } from "../usage-error.ts";
import { type ClientSetup, knownHostsLines, setUpClient } from "./setup-client.ts";

export const setupClientUsage = `sallyport openssh setup-client: make ssh trust the cluster's hosts

  --hosts PATTERNS     names of hosts, separated by commas, such as *.example.com; CLUSTER,*.CLUSTER without it
  --host-ca FILE       keys of host authorities from a file (tctl auth export --type=host), instead of asking;
                       needs --cluster and --hosts
  --cluster NAME       the cluster whose lines they are; the one that is asked without it
  --known-hosts FILE   ~/.ssh/known_hosts without it
  --dry-run            print the lines
  --undo               take the lines of the cluster away again
  -i, --identity FILE, --auth-server HOST:PORT, -c FILE, --data-dir DIR
                       who you are and where the cluster is; without them, the auth service on this host

Examples:
  sallyport openssh setup-client --hosts='*.example.com' -i alice.pem --auth-server=auth.example.com:3025
  sallyport openssh setup-client --cluster=example.com --undo
`;

const clientArguments = {
  ...clusterArguments,
  hosts: { type: "string", multiple: true },
  "host-ca": { type: "string", multiple: true },
  cluster: { type: "string" },
  "known-hosts": { type: "string" },
  "dry-run": { type: "boolean" },
  undo: { type: "boolean" },
} as const;

interface ClientOptions extends ClusterOptions {
  readonly hosts?: readonly string[] | undefined;
  readonly "host-ca"?: readonly string[] | undefined;
  readonly cluster?: string | undefined;
  readonly undo?: boolean | undefined;
}

/** `sallyport openssh setup-client`. */
export const setupClientCommand: Command = async (args, around) => {
  const options = readArguments(args, clientArguments);
  const { machine } = around;
  const knownHosts = resolve(
    machine.workingDir,
    options["known-hosts"] ?? join(machine.home, ".ssh/known_hosts"),
  );
  const { clusterName, authorities } = await findTrust(options, around);
  const patterns = options.hosts === undefined ? [clusterName, `*.${clusterName}`] : listOf(options.hosts);
  const setup: ClientSetup = {
    knownHosts,
    clusterName,
    authorities,
    patterns: patterns.map(checkHostPattern),
  };
  if (options["dry-run"] === true) {
    around.print(
      knownHostsLines(setup)
        .map((line) => `${line}\n`)
        .join(""),
    );
    return 0;
  }
  const isChanged = await setUpClient(setup);
  around.print(`${says(setup, isChanged)}\n`);
  return 0;
};

interface ClientTrust {
  readonly clusterName: string;
  readonly authorities: readonly SshPublicKey[];
}

async function findTrust(options: ClientOptions, { machine }: CommandSurroundings): Promise<ClientTrust> {
  const named = options.cluster === undefined ? undefined : checkHostName(options.cluster);
  const files = options["host-ca"] ?? [];
  if (options.undo === true && named !== undefined) return { clusterName: named, authorities: [] };
  if (files.length > 0) {
    if (named === undefined || options.hosts === undefined) {
      throw new UsageError("with --host-ca, name the cluster and its hosts: --cluster NAME --hosts PATTERNS");
    }
    const paths = files.map((file) => resolve(machine.workingDir, file));
    return { clusterName: named, authorities: paths.flatMap(readAuthorityFile) };
  }
  await using client = await connectToCluster(options, machine);
  const clusterName = checkHostName(client.identity.clusterName);
  return { clusterName, authorities: options.undo === true ? [] : await fetchAuthorityKeys(client, "host") };
}

function says({ knownHosts, clusterName, patterns, authorities }: ClientSetup, isChanged: boolean): string {
  if (authorities.length === 0) {
    return isChanged
      ? `removed: the lines of ${clusterName} in ${knownHosts}`
      : `${knownHosts} has no such line`;
  }
  const trusted = `ssh trusts the hosts ${patterns.join(", ")} by the authority of ${clusterName}`;
  return isChanged ? `written: ${knownHosts}\n${trusted}` : `${trusted} already (${knownHosts})`;
}
