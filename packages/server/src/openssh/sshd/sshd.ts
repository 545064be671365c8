import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { AppError } from "@sallyport/api";
import { type ConnectionSpec, parseSshdSettings, type SshdSettings } from "./sshd-settings.ts";

const RUN_MS = 20_000;
const places = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd", "/opt/homebrew/sbin/sshd"];

/** The sshd of this host, asked about configurations and never started. */
export interface Sshd {
  /** Where the program is, an absolute path. */
  readonly program: string;
  /** What sshd has against a configuration file (`sshd -t`); undefined where it takes it. */
  complaintAbout(configFile: string): Promise<string | undefined>;
  /** What sshd says of a configuration that it takes, such as that a host certificate cannot be used. */
  remarksOn(configFile: string): Promise<string>;
  /** What is in force under a configuration file (`sshd -T`), for one connection where one is given. */
  settings(configFile: string, connection?: ConnectionSpec): Promise<SshdSettings>;
}

/**
 * @param named - `--sshd`; the usual places are looked at without it
 * @throws AppError NOT_FOUND where no sshd is there.
 */
export function findSshd(named: string | undefined): Sshd {
  const program = named ?? places.find((path) => existsSync(path));
  if (program === undefined || !isAbsolute(program) || !existsSync(program)) {
    const where = program === undefined ? `none of ${places.join(", ")} is there` : `${program} is not there`;
    throw new AppError(
      "NOT_FOUND",
      `sshd: ${where}; install openssh-server, or name it: --sshd /path/to/sshd`,
    );
  }
  return {
    program,
    async complaintAbout(configFile) {
      const { status, stderr } = await run(program, ["-t", "-f", configFile]);
      return status === 0 ? undefined : words(stderr, status);
    },
    async remarksOn(configFile) {
      const { stderr } = await run(program, ["-t", "-f", configFile]);
      return stderr;
    },
    async settings(configFile, connection) {
      const { status, stdout, stderr } = await run(program, ["-T", "-f", configFile, ...specOf(connection)]);
      if (status !== 0) throw new AppError("BAD_PARAMETER", `sshd -T: ${words(stderr, status)}`);
      return parseSshdSettings(stdout);
    },
  };
}

/** The values of a specification are separated by commas and have no way to escape one. */
function specOf(connection: ConnectionSpec | undefined): string[] {
  if (connection === undefined) return [];
  const { user, host, addr } = connection;
  if ([user, host, addr].some((value) => !/^[^\s,=]{1,255}$/.test(value))) {
    throw new AppError("BAD_PARAMETER", "a user, host or address of a connection has a forbidden character");
  }
  return ["-C", `user=${user},host=${host},addr=${addr},laddr=127.0.0.1,lport=22`];
}

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const options = {
      timeout: RUN_MS,
      maxBuffer: 4 * 1024 * 1024,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ status: error.code, stdout, stderr });
      else
        reject(
          new AppError("UNAVAILABLE", `${program} could not be run: ${error.message}`, { cause: error }),
        );
    });
  });
}

function words(stderr: string, status: number): string {
  const text = stderr.trim().replaceAll(/\s*\r?\n\s*/g, "; ");
  return text === "" ? `it ended with ${status}` : text;
}
