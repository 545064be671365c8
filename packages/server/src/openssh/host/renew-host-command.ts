import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { NodeClient } from "@sallyport/api/node";
import { formatPublicKeyLine } from "@sallyport/ssh";
import { fetchAuthorityKeys } from "../authority-keys.ts";
import { checkPath, checkWord } from "../check-names.ts";
import type { Command, CommandSurroundings } from "../command.ts";
import { clusterArguments, connectToCluster } from "../connect-to-cluster.ts";
import { durationOf, readArguments } from "../read-arguments.ts";
import { findSshd, type Sshd } from "../sshd/sshd.ts";
import { unitText } from "../unit-text.ts";
import { decideRenewal, type RenewalDecision } from "./decide-renewal.ts";
import type { HostPlace } from "./host-setup.ts";
import { listOurFiles } from "./list-our-files.ts";
import { placeOf } from "./read-host-options.ts";
import { type HostState, readHostState } from "./read-host-state.ts";
import { lastReadAt, reloadSshd } from "./reload-sshd.ts";
import { setUpHost } from "./setup-host.ts";

export const renewHostUsage = `sallyport openssh renew-host: keep what setup-host wrote up to date

It asks for the same host certificates again when less than a third of their life is left, and when the cluster has
rotated its authorities. What was named to setup-host is read back from its files. Otherwise it changes nothing.

  --ttl DURATION       how long host certificates last from now on, such as 90d; as long as those before without it
  --accept-others      as with setup-host
  --reload             have the running sshd read what is new (SIGHUP)
  --sshd PATH, --sshd-config FILE, --config-dir DIR
                       as with setup-host
  --print-unit         print a service and a timer for systemd that do this with --reload, and change nothing
  --every DURATION     how often that timer looks; 12h without it
  -i, --identity FILE, --auth-server HOST:PORT, -c FILE, --data-dir DIR
                       who you are and where the cluster is; without them, the auth service on this host

Examples:
  sallyport openssh renew-host --reload -i /etc/sallyport/renew.pem --auth-server=auth.example.com:3025
  sallyport openssh renew-host --print-unit -i /etc/sallyport/renew.pem --auth-server=auth.example.com:3025
`;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

const renewArguments = {
  ...clusterArguments,
  ttl: text,
  sshd: text,
  "sshd-config": text,
  "config-dir": text,
  every: text,
  "accept-others": flag,
  reload: flag,
  "print-unit": flag,
} as const;

const pathOptions: ReadonlySet<string> = new Set([
  ...["identity", "config", "data-dir", "sshd", "sshd-config", "config-dir"],
]);

/** `sallyport openssh renew-host`. */
export const renewHostCommand: Command = async (args, around) => {
  const options = readArguments(args, renewArguments);
  const absolute = (path: string) => checkPath(resolve(around.machine.workingDir, path), "path");
  const place = placeOf(options["sshd-config"], options["config-dir"], absolute);
  const ttlMs = options.ttl === undefined ? undefined : durationOf(options.ttl, "--ttl");
  if (options["print-unit"] === true) {
    const everySeconds = Math.ceil(durationOf(options.every ?? "12h", "--every") / 1000);
    const command = [...commandOf(around), ...unitArguments(options, absolute)];
    around.print(unitText({ ...unit, command, folder: dirname(place.folder), everySeconds }));
    return 0;
  }
  const sshd = findSshd(options.sshd === undefined ? undefined : absolute(options.sshd));
  const state = await readHostState(place, sshd);
  const setup = {
    ...state.setup,
    ttlMs: ttlMs ?? state.setup.ttlMs,
    acceptOthers: options["accept-others"] === true,
  };
  const client = await connectToCluster(options, around.machine);
  try {
    const decision = await decide(state, client, around.clock.now());
    around.print(`${decision.because}\n`);
    if (decision.isDue) {
      const deps = { sshd, now: () => around.clock.now(), client: async () => client };
      const { written, warnings } = await setUpHost(setup, deps);
      for (const warning of warnings) around.note(`warning: ${warning}`);
      around.print(written.map((path) => `written: ${path}\n`).join(""));
    }
  } finally {
    await client.close();
  }
  if (options.reload === true) await reloadWhereNew(sshd, place, around);
  return 0;
};

const unit = {
  name: "sallyport-renew-host",
  service: "Renew the SSH host certificates of this host",
  timer: "Keep the SSH host certificates of this host fresh",
} as const;

const commandOf = ({ program }: CommandSurroundings) => [
  ...program.map((path) => checkPath(path, "the program")),
  ...["openssh", "renew-host", "--reload"],
];

/** The same command line for a unit, with every word checked. */
function unitArguments(
  options: Readonly<Record<string, string | boolean | undefined>>,
  absolute: (path: string) => string,
): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (name === "accept-others" && value === true) return ["--accept-others"];
    if (typeof value !== "string" || name === "every") return [];
    return [`--${name}`, pathOptions.has(name) ? absolute(value) : checkWord(value, `--${name}`)];
  });
}

async function decide(state: HostState, client: NodeClient, now: number): Promise<RenewalDecision> {
  const [active] = await fetchAuthorityKeys(client, "host");
  const users = await fetchAuthorityKeys(client, "user");
  const followsTheCluster = state.setup.userCaFiles.length === 0;
  const current = [...new Set(users.map((key) => `${formatPublicKeyLine(key)}\n`))].join("");
  return decideRenewal({
    certificates: state.certificates.map(({ validAfterAt, validBeforeAt, signatureKey }) => ({
      validAfterAt,
      validBeforeAt,
      isOfActiveKey: active !== undefined && Buffer.compare(active.blob, signatureKey.blob) === 0,
    })),
    trustsTheSame: !followsTheCluster || current === state.userAuthorities,
    now,
  });
}

/** Also what an earlier run wrote and could not tell sshd about. */
async function reloadWhereNew(sshd: Sshd, place: HostPlace, { print }: CommandSurroundings): Promise<void> {
  const readAt = await lastReadAt(sshd, place.sshdConfig);
  const isRead = (path: string) => readAt !== undefined && statSync(path).mtimeMs <= readAt;
  if ([place.dropIn, ...listOurFiles(place)].every(isRead)) return;
  await reloadSshd(sshd, place.sshdConfig);
  print("sshd has read its configuration anew\n");
}
