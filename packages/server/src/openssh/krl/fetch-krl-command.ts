import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { NodeClient } from "@sallyport/api/node";
import { readAuthorityFile } from "../authority-keys.ts";
import { checkHostName, checkPath, checkUrl, checkWord } from "../check-names.ts";
import type { Command, CommandSurroundings } from "../command.ts";
import { type ClusterOptions, clusterArguments, connectToCluster } from "../connect-to-cluster.ts";
import { krlSignersName, userCaName } from "../host/host-setup.ts";
import { durationOf, readArguments } from "../read-arguments.ts";
import { unitText } from "../unit-text.ts";
import { UsageError } from "../usage-error.ts";
import { type FallBack, fallBacks } from "./fall-back.ts";
import { fetchKrlInto, type KrlFetch } from "./fetch-krl.ts";
import { krlFromCluster, krlFromUrl } from "./krl-source.ts";
import { type KrlSigners, readSigners } from "./signers.ts";

export const fetchKrlUsage = `sallyport krl fetch: refresh the file that RevokedKeys of sshd names

  --out FILE           that file; /etc/ssh/sallyport/revoked_keys without it
  --url URL            where the list is served, such as http://auth.example.com:3045/krl; its signature is beside it
  --signers FILE       who signs it; krl_signers beside --out without it, where setup-host wrote it
  --cluster NAME --signer-key FILE
                       the same in words: the cluster, and its user authorities (tctl auth export --type=user)
  --max-age DURATION   how old a list may be and still count; 24h without it
  --when-stale open    go on by the last list when there is no fresh one; this is the default
  --when-stale closed  refuse every certificate then, until there is one
  --user-ca FILE       whose certificates those are; user_ca.pub beside --out without it
  --accept-older       take a list of a lower version than the one that is there, after the cluster was set up anew
  --print-unit         print a service and a timer for systemd that do this, and change nothing
  --every DURATION     how often that timer does it; 1m without it
  -i, --identity FILE, --auth-server HOST:PORT, -c FILE, --data-dir DIR
                       without --url: who you are and where the cluster is

It ends with 1 where the list could not be refreshed. The file can be read by sshd all the same.

Examples:
  sallyport krl fetch --url=http://auth.example.com:3045/krl
  sallyport krl fetch --url=http://auth.example.com:3045/krl --when-stale=closed --print-unit
`;

const text = { type: "string" } as const;

const fetchArguments = {
  ...clusterArguments,
  out: text,
  url: text,
  signers: text,
  cluster: text,
  "signer-key": text,
  "max-age": text,
  "when-stale": text,
  "user-ca": text,
  "accept-older": { type: "boolean" },
  "print-unit": { type: "boolean" },
  every: text,
} as const;

interface FetchOptions extends ClusterOptions {
  readonly url?: string | undefined;
  readonly signers?: string | undefined;
  readonly cluster?: string | undefined;
  readonly "signer-key"?: string | undefined;
}

const usualFile = "/etc/ssh/sallyport/revoked_keys";
/** Options whose values are paths; a unit has no working directory that they could be relative to. */
const pathOptions: ReadonlySet<string> = new Set([
  ...["out", "signers", "signer-key", "user-ca", "identity", "config", "data-dir"],
]);

/** `sallyport krl fetch`. */
export const fetchKrlCommand: Command = async (args, around) => {
  const options = readArguments(args, fetchArguments);
  const absolute = (path: string) => checkPath(resolve(around.machine.workingDir, path), "path");
  const file = absolute(options.out ?? usualFile);
  const whenStale = fallBackOf(options["when-stale"]);
  const userCa = absolute(options["user-ca"] ?? join(dirname(file), userCaName));
  const fetch: Omit<KrlFetch, "source"> = {
    file,
    whenStale,
    maxAgeMs: durationOf(options["max-age"] ?? "24h", "--max-age"),
    authorities: whenStale === "closed" ? readAuthorityFile(userCa) : [],
    acceptOlder: options["accept-older"] === true,
    now: around.clock.now(),
  };
  if (options["print-unit"] === true) {
    const everySeconds = Math.ceil(durationOf(options.every ?? "1m", "--every") / 1000);
    const program = around.program.map((path) => checkPath(path, "the program"));
    const command = [...program, "krl", "fetch", ...unitArguments({ ...options, out: file }, absolute)];
    around.print(unitText({ ...unit, command, folder: dirname(file), everySeconds }));
    return 0;
  }
  const { isFresh, words } = await fetchKrlInto({ ...fetch, source: sourceOf(options, file, around) });
  const say = isFresh ? (line: string) => around.print(`${line}\n`) : around.note;
  for (const line of words) say(isFresh ? line : `sallyport: ${line}`);
  return isFresh ? 0 : 1;
};

const unit = {
  name: "sallyport-krl",
  service: "Fetch the list of revoked SSH keys and certificates",
  timer: "Keep the list of revoked SSH keys and certificates fresh",
} as const;

/** The same command line for a unit, with every word checked. */
function unitArguments(
  options: Readonly<Record<string, string | boolean | undefined>>,
  absolute: (path: string) => string,
): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (typeof value !== "string" || name === "every") return [];
    if (pathOptions.has(name)) return [`--${name}`, absolute(value)];
    return [`--${name}`, name === "url" ? checkUrl(value) : checkWord(value, `--${name}`)];
  });
}

function fallBackOf(named = "open"): FallBack {
  const found = fallBacks.find((one) => one === named);
  if (found === undefined)
    throw new UsageError(`--when-stale ${JSON.stringify(named)} is neither open nor closed`);
  return found;
}

function sourceOf(options: FetchOptions, file: string, { machine }: CommandSurroundings): KrlFetch["source"] {
  const { url } = options;
  if (url !== undefined) {
    const signers = signersOf(options, file, machine.workingDir);
    const checked = checkUrl(url);
    return () => krlFromUrl(checked, signers);
  }
  return async () => {
    let client: NodeClient | undefined;
    try {
      client = await connectToCluster(options, machine);
      return await krlFromCluster(client);
    } finally {
      await client?.close();
    }
  };
}

function signersOf(options: FetchOptions, file: string, workingDir: string): KrlSigners {
  const { cluster, "signer-key": key } = options;
  if (cluster !== undefined && key !== undefined) {
    return { clusterName: checkHostName(cluster), keys: readAuthorityFile(resolve(workingDir, key)) };
  }
  const beside = join(dirname(file), krlSignersName);
  if (options.signers === undefined && !existsSync(beside)) {
    throw new UsageError(
      `${beside} is not there: say who signs the list with --cluster NAME --signer-key FILE`,
    );
  }
  return readSigners(options.signers === undefined ? beside : resolve(workingDir, options.signers));
}
