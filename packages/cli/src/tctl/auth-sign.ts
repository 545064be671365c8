import { AppError } from "@sallyport/api";
import { Option } from "commander";
import { parseTtl } from "../arguments/parse-values.ts";
import { splitList } from "../arguments/split-list.ts";
import { checkOut } from "../sign-formats/check-out.ts";
import { chooseFormat, formatNames } from "../sign-formats/formats.ts";
import { choosePlacing, placeSigned } from "../sign-formats/place-signed.ts";
import type { SignFormat, SignWish } from "../sign-formats/sign-format.ts";
import { formatTar, tarName } from "../sign-formats/tar.ts";
import { UsageError } from "../terminal/exit-code.ts";
import { refuseScreen } from "../terminal/print-binary.ts";
import type { Tool } from "./tool.ts";
import { verb } from "./verb.ts";

interface Options {
  readonly user?: string;
  readonly host?: string;
  readonly out: string;
  readonly format: string;
  readonly ttl: string;
  readonly compat?: string;
  readonly proxy?: string;
  readonly kubeClusterName?: string;
  readonly windowsUser?: string;
  readonly windowsDomain?: string;
  readonly windowsPkiDomain?: string;
  readonly windowsSid?: string;
  readonly omitCdp?: boolean;
  readonly overwrite?: boolean;
  readonly tar?: boolean;
  readonly leafCluster?: string;
  readonly kubeCluster?: string;
  readonly appName?: string;
  readonly dbService?: string;
  readonly dbName?: string;
  readonly dbUser?: string;
}

export const authSign = verb<Options>({
  path: ["auth", "sign"],
  summary: "issue credentials and write them to files",
  details:
    "The private key is made on this machine and never leaves it. For users: file (one file for --identity), tls " +
    "(OUT.crt, OUT.key, OUT.cas for programs that use the API), openssh (OUT and OUT-cert.pub), kubernetes (a " +
    "kubeconfig, which is added to one that is there). For hosts: openssh, and for database servers db (PostgreSQL, " +
    "MySQL), mongodb, cockroachdb, redis, elasticsearch, scylla, cassandra, oracle. For an account of a database, " +
    "--format=db with --db-user. For neither: snowflake, windows.\n\n" +
    "All files of a set are written or none; what is there is replaced only with --overwrite or when you say so. " +
    "It says what to do next for each product.",
  examples: [
    {
      line: "tctl auth sign --format=tls --user=access-plugin --out=auth",
      does: "auth.crt, auth.key and auth.cas for an access plugin, for 12 hours",
    },
    { line: "tctl auth sign --user=ci --out=ci.pem --ttl=8h", does: "an identity file" },
    {
      line: "tctl auth sign --user=alice --format=openssh --out=alice",
      does: "a key and certificate for ssh -i",
    },
    {
      line: "tctl auth sign --host=db1.example.com --format=openssh --out=ssh_host_key",
      does: "a host key and certificate for sshd",
    },
    {
      line: "tctl auth sign --format=db --host=db1.example.com,10.0.0.5 --out=server --ttl=2190h",
      does: "for a PostgreSQL or MySQL server, for three months",
    },
    {
      line: "tctl auth sign --format=db --db-user=app --out=app",
      does: "for a program that goes to such a server as the account app",
    },
    {
      line: "tctl auth sign --format=cockroachdb --host=db1 --out=certs --tar | ssh db1 tar -x",
      does: "onto another machine, without a copy on this one",
    },
  ],
  takes: (command) =>
    command
      .option("--user <name>", "for this user")
      .option("--host <names>", "for a host with these names, separated by commas")
      .requiredOption("-o, --out <path>", "where the files go, without their endings")
      .option("--format <format>", formatNames.join(", "), "file")
      .option("--ttl <duration>", "how long the certificates are valid, such as 30m, 12h or 14d", "12h")
      .option("--compat <version>", "standard, or oldssh for servers of OpenSSH before 7")
      .option("--db-user <name>", "db: for this account of the databases, instead of a host")
      .option("--proxy <address>", "kubernetes: the proxy that kubectl goes to")
      .option("--kube-cluster-name <name>", "kubernetes: the cluster that the certificate leads to")
      .option("--windows-user <name>", "windows: the account")
      .option("--windows-domain <domain>", "windows: its domain")
      .option("--windows-pki-domain <domain>", "windows: the domain with the revocation list, if another")
      .option("--windows-sid <sid>", "windows: the security identifier of the account")
      .option("--omit-cdp", "windows: do not say where the revocation list is")
      .option("--overwrite", "replace files that are there")
      .option(
        "--tar",
        "write a tar archive to standard output instead; what to do next goes to standard error",
      )
      .option("--leaf-cluster <name>", "for users: the cluster, among those that trust this one, to go to")
      .addOption(new Option("--kube-cluster <name>").hideHelp())
      .option("--app-name <name>", "not served yet")
      .option("--db-service <name>", "not served yet")
      .option("--db-name <name>", "not served yet"),
  run: async (tool, options) => {
    refuseUnserved(options);
    const format = await chooseFormat(options.format);
    const wish = checkOut(format, toWish(tool, options, format));
    if (options.proxy !== undefined && options.format !== "kubernetes") {
      tool.terminal.note("tctl: --proxy goes with --format=kubernetes; it is passed over");
    }
    if (wish.isTar) return writeTar(tool, format, wish);
    const placing = await choosePlacing(tool, format, wish, options.overwrite === true);
    const signed = await format.sign(await tool.connect(), wish);
    await placeSigned(tool, signed, placing);
    tool.terminal.print(`${signed.says}\n`);
  },
});

function refuseUnserved({ appName, dbService, dbName }: Options): void {
  const named = { "--app-name": appName, "--db-service": dbService, "--db-name": dbName };
  const used = Object.entries(named).find(([, value]) => value !== undefined);
  if (used === undefined) return;
  throw new AppError("NOT_IMPLEMENTED", `${used[0]} is not served yet; nothing was issued`);
}

function toWish(tool: Tool, options: Options, format: SignFormat): SignWish {
  return {
    out: options.out,
    user: options.user ?? "",
    hosts: checkHolder(options, format),
    ttlMs: parseTtl(options.ttl),
    databaseAccount: options.dbUser,
    compat: checkCompat(options.compat),
    proxy: options.proxy,
    leafCluster: leafClusterOf(options),
    kubeCluster: options.kubeClusterName,
    windows: windowsOf(options),
    isTar: options.tar === true,
    env: tool.env,
    now: tool.now,
  };
}

/** Under its older name too. */
function leafClusterOf({ leafCluster, kubeCluster = leafCluster, user }: Options): string | undefined {
  if (kubeCluster !== undefined && user === undefined)
    throw new UsageError("--leaf-cluster goes with --user");
  return leafCluster ?? kubeCluster;
}

function windowsOf(options: Options): SignWish["windows"] {
  const { windowsUser, windowsDomain = "", windowsPkiDomain, windowsSid, omitCdp = false } = options;
  if (windowsUser === undefined) return undefined;
  return { user: windowsUser, domain: windowsDomain, pkiDomain: windowsPkiDomain, sid: windowsSid, omitCdp };
}

/** The names of the host; none for a user. */
function checkHolder(options: Options, { holder }: SignFormat): readonly string[] {
  const { user = "", host = "", format, dbUser } = options;
  if (dbUser !== undefined) {
    if (format !== "db") throw new UsageError("--db-user goes with --format=db");
    if (dbUser === "") throw new UsageError("--db-user has no name");
    if (user !== "" || host !== "") throw new UsageError("--db-user goes without --user and --host");
    return [];
  }
  if (holder === "nobody") {
    if (user !== "" || host !== "")
      throw new UsageError(`--format=${format} is for neither --user nor --host`);
    return [];
  }
  if ((user === "") === (host === "")) throw new UsageError(missingHolder(options, holder));
  if (host !== "" && holder === "user") throw new UsageError(`--format=${format} is for a --user`);
  if (user !== "" && holder === "host") throw new UsageError(`--format=${format} is for a --host`);
  const names = splitList(host);
  if (host !== "" && names.length === 0) throw new UsageError("--host has no name");
  return names;
}

function missingHolder({ format, user = "" }: Options, holder: SignFormat["holder"]): string {
  if (holder === "either" || user !== "") return "name either --user or --host";
  if (holder === "user") return `--format=${format} needs --user=NAME`;
  const account = format === "db" ? ", or --db-user=ACCOUNT for a program" : "";
  return `--format=${format} needs --host=NAME of the server${account}`;
}

function checkCompat(compat: string | undefined): "standard" | "oldssh" | undefined {
  if (compat === undefined || compat === "") return undefined;
  if (compat === "standard" || compat === "oldssh") return compat;
  throw new UsageError(`--compat ${JSON.stringify(compat)} is neither standard nor oldssh`);
}

async function writeTar(tool: Tool, format: SignFormat, wish: SignWish): Promise<void> {
  refuseScreen(tool.terminal, "send the archive into a file or to a program");
  for (const path of format.paths(wish)) tarName(path);
  const { files, says } = await format.sign(await tool.connect(), wish);
  tool.terminal.print(formatTar(files, tool.now()));
  tool.terminal.note(says);
}
