import { execFile, execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Ended, ended, freePort } from "../openssh/sshd-host.ts";
import { reasonToSkip } from "./reason-to-skip.ts";

const run = promisify(execFile);
/** Where Debian keeps what only servers need, and other systems everything. */
const programs = [...globSync("/usr/lib/postgresql/*/bin").sort().reverse(), "/usr/local/bin", "/usr/bin"];
const bin = programs.find((folder) => existsSync(join(folder, "initdb")));
const isRoot = process.getuid?.() === 0;

/** For `describe(name, needsPostgres, …)`. */
export const needsPostgres = {
  skip: bin === undefined && !process.env.CI ? "initdb is not installed (postgresql)" : reasonToSkip("psql"),
};

/** What pg_hba.conf says: nobody comes in by TCP without a certificate that names the account. */
const HBA = `local all all trust
hostssl all all all cert clientcert=verify-full
`;

export interface ServerFiles {
  readonly certificate: string;
  readonly key: string;
  /** The authorities of clients. */
  readonly clientCas: string;
}

/** A real PostgreSQL with a database folder of its own, on a free port of the loopback interface. */
export class PostgresServer implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "sallyport-pg-"));
  readonly data = join(this.directory, "data");
  #port = 0;
  #hasNames = true;

  static async start(files: ServerFiles, accounts: readonly string[]): Promise<PostgresServer> {
    const server = new PostgresServer();
    try {
      await server.#create(files);
      await server.#control("start");
      const roles = accounts.map((name) => `create role "${name}" login;`).join("");
      const made = await server.#psql(`host=${server.directory} user=owner`, roles);
      if (made.code !== 0) throw new Error(made.stderr);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #create(files: ServerFiles): Promise<void> {
    if (bin === undefined) throw new Error("initdb is not installed (postgresql)");
    this.#own(this.directory, 0o700);
    // It is gone in seconds, so nothing of it needs to survive the power.
    const how = ["--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust", "--username=owner"];
    await this.#asOwner("initdb", ["-D", this.data, ...how]);
    this.#port = await freePort();
    this.write("server.crt", files.certificate);
    this.write("server.key", files.key);
    this.write("clients.pem", files.clientCas);
    this.write("pg_hba.conf", HBA);
    this.write("openssl.cnf", namesOfAttributes());
    this.configure();
  }

  /** Writes the configuration, with a revocation list for clients where there is one. */
  configure(crlFile?: string): void {
    const settings = {
      listen_addresses: "127.0.0.1",
      port: String(this.#port),
      unix_socket_directories: this.directory,
      fsync: "off",
      ssl: "on",
      ssl_cert_file: "server.crt",
      ssl_key_file: "server.key",
      ssl_ca_file: "clients.pem",
      ...(crlFile !== undefined && { ssl_crl_file: crlFile }),
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
    this.write("postgresql.conf", lines.join(""));
  }

  write(name: string, content: string | Uint8Array): void {
    const path = join(this.data, name);
    writeFileSync(path, content);
    this.#own(path, 0o600);
  }

  /** Has it read its files anew; a reload would too, at a moment that nobody is told. */
  async restart(options: { readonly hasNames?: boolean } = {}): Promise<void> {
    this.#hasNames = options.hasNames ?? true;
    await this.#control("restart");
  }

  /** Asks who one is, by TCP; `parts` are those of a connection string. */
  ask(parts: Readonly<Record<string, string>>): Promise<Ended> {
    const wish = { host: "localhost", hostaddr: "127.0.0.1", connect_timeout: "10", ...parts };
    const text = Object.entries(wish).map(([name, value]) => `${name}='${value}'`);
    return this.#psql(text.join(" "), "select current_user");
  }

  #psql(connection: string, sql: string): Promise<Ended> {
    return ended(join(bin ?? "", "psql"), [
      "-XAtq",
      "-c",
      sql,
      `port=${this.#port} dbname=postgres ${connection}`,
    ]);
  }

  async #control(action: "start" | "restart"): Promise<void> {
    const log = join(this.directory, "log");
    await this.#asOwner("pg_ctl", [action, "-w", "-s", "-m", "fast", "-D", this.data, "-l", log]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (existsSync(join(this.data, "postmaster.pid"))) {
      await this.#asOwner("pg_ctl", ["stop", "-w", "-s", "-m", "immediate", "-D", this.data]);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** PostgreSQL does not run as root, so where a test does, another account owns what is the server's. */
  #own(path: string, mode: number): void {
    chmodSync(path, mode);
    if (isRoot) chownSync(path, ownerIds.uid, ownerIds.gid);
  }

  async #asOwner(program: string, args: readonly string[]): Promise<void> {
    const line = [join(bin ?? "", program), ...args];
    const [first = "", ...rest] = isRoot ? ["runuser", "-u", "postgres", "--", ...line] : line;
    const env = { ...process.env, OPENSSL_CONF: this.#hasNames ? join(this.data, "openssl.cnf") : "" };
    await run(first, rest, { cwd: this.directory, env });
  }
}

/** A server that has no names for the attributes of our subjects ends the connection, as its guide says. */
function namesOfAttributes(): string {
  const names = [1, 2, 3].flatMap((group) =>
    Array.from(
      { length: 30 },
      (_, index) => `access${group}.${index + 1} = 1.3.9999.${group}.${index + 1}\n`,
    ),
  );
  return `openssl_conf = start\n[start]\noid_section = names\n[names]\n${names.join("")}`;
}

const idOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
const ownerIds = isRoot && bin !== undefined ? { uid: idOf("-u"), gid: idOf("-g") } : { uid: 0, gid: 0 };
