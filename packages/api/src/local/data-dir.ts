import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** What the rules below may look at; handed in, so that they stay the same rules in a test. */
export interface LocalMachine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The numeric user id; undefined where the system has none. */
  readonly uid: number | undefined;
  /** The home directory of that user. */
  readonly home: string;
  /** What relative paths are relative to. */
  readonly workingDir: string;
}

/** The machine and the user that this process runs on and as. */
export function thisMachine(): LocalMachine {
  return { env: process.env, uid: process.getuid?.(), home: homedir(), workingDir: process.cwd() };
}

/**
 * The configuration file that daemon and `tctl` read: the one that is named (`-c FILE`), else `TELEPORT_CONFIG_FILE`,
 * else none. An absolute path.
 */
export function configFilePath(named: string | undefined, machine: LocalMachine): string | undefined {
  const path = notEmpty(named) ?? notEmpty(machine.env.TELEPORT_CONFIG_FILE);
  return path === undefined ? undefined : resolve(machine.workingDir, path);
}

/** Where the data directory may be said. */
export interface DataDirSources {
  /** `--data-dir`. */
  readonly named?: string | undefined;
  /** `teleport.data_dir` of the configuration file. */
  readonly configured?: string | undefined;
  /** Whether that file was named on the command line (`-c FILE`); then it counts before the environment. */
  readonly isFileNamed?: boolean | undefined;
}

/**
 * The data directory that daemon and `tctl` share: the one that is named, else the one of a configuration file that is
 * named, else `SALLYPORT_DATA_DIR`, else the one of the file that `TELEPORT_CONFIG_FILE` names, else
 * `/var/lib/sallyport` for root and `~/.local/state/sallyport` for everybody else. An absolute path.
 */
export function dataDirPath(sources: DataDirSources, machine: LocalMachine): string {
  const configured = notEmpty(sources.configured);
  const typed = notEmpty(sources.named) ?? (sources.isFileNamed === true ? configured : undefined);
  const said = typed ?? notEmpty(machine.env.SALLYPORT_DATA_DIR) ?? configured;
  if (said !== undefined) return resolve(machine.workingDir, said);
  if (machine.uid === 0) return "/var/lib/sallyport";
  return join(machine.home, ".local/state/sallyport");
}

/** What a running daemon keeps in its data directory for `tctl` on the same host. */
export interface LocalPaths {
  /** An identity file of the builtin administrator, kept fresh by the daemon; mode 0600. */
  readonly adminIdentity: string;
  /** One line `host:port`: where the auth service listens now. */
  readonly authAddress: string;
}

/** The paths of {@link LocalPaths} below a data directory. */
export function localPaths(dataDir: string): LocalPaths {
  return { adminIdentity: join(dataDir, "admin-identity.pem"), authAddress: join(dataDir, "auth-address") };
}

function notEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
