import { AppError, isAppError } from "../errors/index.ts";
import { localPaths } from "../local/data-dir.ts";
import type { Credentials } from "./credentials.ts";
import { fromIdentityFile } from "./identity-file.ts";
import { readCredentialFile } from "./read-credential-file.ts";

/**
 * The builtin administrator on the auth host. The running daemon keeps an identity file for it in its data directory,
 * readable by the daemon's user only (mode 0600), and replaces it before it expires.
 *
 * @param dataDir - of the daemon, see `dataDirPath`
 */
export function localAdmin(dataDir: string): Credentials {
  const path = localPaths(dataDir).adminIdentity;
  const file = fromIdentityFile(path);
  return {
    description: path,
    files: file.files,
    async load() {
      try {
        return await file.load();
      } catch (error) {
        throw explain(error, dataDir);
      }
    },
  };
}

/**
 * Where the daemon of a data directory listens, as `host:port`.
 *
 * @throws AppError UNAVAILABLE where no daemon has run on this data directory.
 */
export async function localAddress(dataDir: string): Promise<string> {
  try {
    const text = await readCredentialFile(localPaths(dataDir).authAddress, "the address of the auth service");
    return text.trim();
  } catch (error) {
    throw explain(error, dataDir);
  }
}

function explain(error: unknown, dataDir: string): unknown {
  if (!isAppError(error, "NOT_FOUND")) return error;
  const words = `no auth service has run on the data directory ${dataDir}. Start it there, or name another directory`;
  return new AppError("UNAVAILABLE", words, { details: { dataDir }, cause: error });
}
