import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { AppError } from "@sallyport/api";

const run = promisify(execFile);
const timeoutMs = 120_000;
/** The wallet that opens without a password. */
const walletName = "cwallet.sso";

export const walletFile = (folder: string): string => join(folder, walletName);

/** Oracle's tool for wallets on the PATH; undefined where there is none. */
export function findOrapki(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
  return folders.map((folder) => join(folder, "orapki")).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us: the next folder may have it.
    return false;
  }
}

/**
 * Has the tool make a wallet and reads it. The tool takes the password of the PKCS#12 file as an argument, which others
 * on the machine can see; it opens nothing but that file, which only we can read and which is gone when this returns.
 */
export async function makeWallet(
  orapki: string,
  parts: {
    readonly p12: Uint8Array;
    readonly password: string;
    readonly clientAuthorities: readonly string[];
  },
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "tctl-wallet-"));
  try {
    const wallet = join(folder, "wallet");
    const call = (command: string, ...words: string[]) =>
      run(orapki, ["wallet", command, "-wallet", wallet, "-auto_login_only", ...words], {
        timeout: timeoutMs,
      });
    const p12 = join(folder, "key.p12");
    await writeFile(p12, parts.p12, { mode: 0o600 });
    await call("create");
    await call("import_pkcs12", "-pkcs12file", p12, "-pkcs12pwd", parts.password);
    for (const [index, pem] of parts.clientAuthorities.entries()) {
      const path = join(folder, `ca-${index}.crt`);
      await writeFile(path, pem);
      await call("add", "-trusted_cert", "-cert", path);
    }
    return await readFile(walletFile(wallet));
  } catch (error) {
    throw describeFailure(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Its own words, never the command line: the password is in it. */
function describeFailure(error: unknown): AppError {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim().slice(0, 500) : "";
  const hint = "Take orapki off the PATH to get the parts of the wallet instead.";
  return new AppError("INTERNAL", `orapki made no wallet${said === "" ? "" : `: ${said}`}`, {
    details: { hint },
  });
}
