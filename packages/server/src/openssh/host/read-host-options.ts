import { dirname, resolve } from "node:path";
import { checkAccount, checkHostName, checkPath, checkPrincipal } from "../check-names.ts";
import type { CommandSurroundings } from "../command.ts";
import { clusterArguments } from "../connect-to-cluster.ts";
import { durationOf, listOf, readArguments } from "../read-arguments.ts";
import { UsageError } from "../usage-error.ts";
import { dropInName, folderName, type HostPlace, type HostSetup } from "./host-setup.ts";

const many = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;

const hostArguments = {
  ...clusterArguments,
  host: many,
  "host-key": many,
  "host-cert": many,
  "user-ca": many,
  allow: many,
  ttl: { type: "string" },
  sshd: { type: "string" },
  "sshd-config": { type: "string" },
  "config-dir": { type: "string" },
  "accept-others": flag,
  "dry-run": flag,
  undo: flag,
  reload: flag,
} as const;

/** The command line of setup-host, checked. */
export function readHostOptions(args: readonly string[], { machine, hostName }: CommandSurroundings) {
  const options = readArguments(args, hostArguments);
  const absolute = (path: string) => checkPath(resolve(machine.workingDir, path), "path");
  const setup: HostSetup = {
    place: placeOf(options["sshd-config"], options["config-dir"], absolute),
    // ssh asks for the host in lower case, whatever was typed, and compares letter by letter.
    hostNames: unique(
      (options.host === undefined ? [hostName] : listOf(options.host)).map((name) =>
        checkHostName(name).toLowerCase(),
      ),
    ),
    hostKeys: (options["host-key"] ?? []).map(absolute),
    ttlMs: options.ttl === undefined ? 0 : durationOf(options.ttl, "--ttl"),
    userCaFiles: (options["user-ca"] ?? []).map(absolute),
    hostCertificateFiles: (options["host-cert"] ?? []).map(absolute),
    accounts: accountsOf(options.allow ?? []),
    acceptOthers: options["accept-others"] === true,
  };
  const sshd = options.sshd === undefined ? undefined : resolve(machine.workingDir, options.sshd);
  return { options, setup, sshd };
}

export function placeOf(
  sshdConfig = "/etc/ssh/sshd_config",
  configDir: string | undefined,
  absolute: (path: string) => string,
): HostPlace {
  const config = absolute(sshdConfig);
  const folder = absolute(configDir ?? `${dirname(config)}/sshd_config.d`);
  return {
    sshdConfig: config,
    dropIn: `${folder}/${dropInName}`,
    folder: `${dirname(folder)}/${folderName}`,
  };
}

/** `deploy=web-admins,alice`: who holds one of these principals may log in as deploy. */
function accountsOf(allowed: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const accounts = new Map<string, string[]>();
  for (const text of allowed) {
    const [account = "", names, ...more] = text.split("=");
    if (names === undefined || more.length > 0) {
      throw new UsageError(
        `--allow ${JSON.stringify(text.slice(0, 64))} is not of the form ACCOUNT=PRINCIPAL,PRINCIPAL`,
      );
    }
    const principals = names.split(",").map((name) => checkPrincipal(name.trim()));
    const name = checkAccount(account.trim());
    accounts.set(name, unique([...(accounts.get(name) ?? []), ...principals]));
  }
  return accounts;
}

const unique = (names: readonly string[]) => [...new Set(names)];
