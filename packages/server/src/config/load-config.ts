import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { AppError } from "@sallyport/api";
import { configFilePath, dataDirPath, type LocalMachine, thisMachine } from "@sallyport/api/node";
import { authConfig } from "./auth-config.ts";
import { caKeySignerConfig, caKeyTokenConfig } from "./ca-key-token-config.ts";
import type { Config } from "./config.ts";
import { keyEncryptionConfig } from "./key-encryption-config.ts";
import { parseFile } from "./parse-file.ts";
import type { FileValues } from "./schema/file.ts";

/** What the command line says. */
export interface ConfigOptions {
  /** `-c FILE`. */
  readonly configFile?: string | undefined;
  /** `--data-dir`. */
  readonly dataDir?: string | undefined;
  /** `-d`: log everything. */
  readonly debug?: boolean | undefined;
}

/** Where everything else comes from; tests hand in their own. */
export interface ConfigSources {
  readonly machine: LocalMachine;
  readonly hostName: string;
  readonly readFile: (path: string) => string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Sentences for the log: what the file says that has no effect. */
  readonly warnings: readonly string[];
}

/** Reads command line, environment and file once. Throws BAD_PARAMETER with every mistake and its place. */
export function loadConfig(options: ConfigOptions, given: Partial<ConfigSources> = {}): LoadedConfig {
  const machine = given.machine ?? thisMachine();
  const file = configFilePath(options.configFile, machine);
  const { values, warnings } =
    file === undefined ? { values: {}, warnings: [] } : parseFile(file, read(file, given.readFile));
  if (values.auth_service?.enabled === false) {
    throw new AppError("BAD_PARAMETER", `${file}: auth_service.enabled is no, so there is nothing to start`);
  }
  // Paths in a file are relative to the file, wherever the daemon is started from.
  const base = file === undefined ? machine.workingDir : dirname(file);
  const config = combine(options, values, { machine, file, base, hostName: given.hostName ?? hostname() });
  return { config: deepFreeze(config), warnings: [...warnings, ...emptyPromises(config)] };
}

/** Another service of the cluster may keep the promise, so this is no mistake. */
function emptyPromises({ revocationListen, revocationPublicUrl }: Config): readonly string[] {
  if (revocationPublicUrl === undefined || revocationListen !== undefined) return [];
  return [
    `certificates will point to ${revocationPublicUrl}, but this service answers nothing there: ` +
      "sallyport.revocation_listen_addr is not set",
  ];
}

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

interface Surroundings {
  readonly machine: LocalMachine;
  readonly file: string | undefined;
  readonly base: string;
  readonly hostName: string;
}

function combine(options: ConfigOptions, values: FileValues, around: Surroundings): Config {
  const teleport = values.teleport ?? {};
  const configured = absolute(teleport.data_dir, around.base);
  const isFileNamed = options.configFile !== undefined && options.configFile !== "";
  const dataDir = dataDirPath({ named: options.dataDir, configured, isFileNamed }, around.machine);
  return {
    version: values.version ?? "v1",
    file: around.file,
    nodeName: teleport.nodename ?? around.hostName,
    dataDir,
    log: logConfig(teleport.log ?? {}, options.debug === true, around.base),
    storage: {
      type: teleport.storage?.type ?? "sqlite",
      path: absolute(teleport.storage?.path, around.base) ?? join(dataDir, "backend"),
    },
    maxConnections: teleport.connection_limits?.max_connections ?? 15_000,
    accessRequestHistoryMs: values.sallyport?.access_request_history_ttl ?? YEAR_MS,
    certificateHistoryMs: values.sallyport?.certificate_history_ttl ?? MONTH_MS,
    revocationListen: values.sallyport?.revocation_listen_addr,
    revocationPublicUrl: values.sallyport?.revocation_public_url,
    caKeyEncryption: keyEncryptionConfig(values, around.base),
    caKeySigner: caKeySignerConfig(values.sallyport?.ca_key_signer, around.base),
    auth: {
      ...authConfig(values.auth_service ?? {}),
      caKeyToken: caKeyTokenConfig(values.auth_service?.ca_key_params?.pkcs11, around.base),
    },
  };
}

type LogValues = NonNullable<NonNullable<FileValues["teleport"]>["log"]>;

function logConfig(log: LogValues, debug: boolean, base: string): Config["log"] {
  const output = log.output ?? "stderr";
  const stream = ["stderr", "err", "2"].includes(output)
    ? "stderr"
    : ["stdout", "out", "1"].includes(output)
      ? "stdout"
      : undefined;
  return {
    output: stream ?? resolve(base, output),
    severity: debug ? "debug" : (log.severity ?? "info"),
    format: log.format?.output ?? "text",
  };
}

function absolute(path: string | undefined, base: string): string | undefined {
  return path === undefined ? undefined : resolve(base, path);
}

function read(
  path: string,
  readFile: ConfigSources["readFile"] = (name) => readFileSync(name, "utf8"),
): string {
  try {
    return readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    const why = reasons[code] ?? `cannot be read (${code})`;
    throw new AppError("BAD_PARAMETER", `the configuration file ${path} ${why}`, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  EISDIR: "is a directory",
  EACCES: "cannot be read: permission denied",
};

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return value;
}
