import { AppError } from "@sallyport/api";
import { parsePublicKeyLine, type SshPublicKey } from "@sallyport/ssh";
import { readSmallFile } from "../authority-keys.ts";

/** Whose signature a list of a cluster has to have. */
export interface KrlSigners {
  readonly clusterName: string;
  readonly keys: readonly SshPublicKey[];
}

/** What such a signature is for: one made for another purpose or another cluster says nothing here (threat 15, 35). */
export const krlNamespace = (clusterName: string): string => `krl@${clusterName}`;

/** As `ssh-keygen -Y verify` reads it (ALLOWED SIGNERS in ssh-keygen(1)). */
export function formatSigners(clusterName: string, keyLines: readonly string[]): string {
  return keyLines.map((line) => `sallyport namespaces="${krlNamespace(clusterName)}" ${line}\n`).join("");
}

/**
 * @throws AppError BAD_PARAMETER for a file that `formatSigners` did not write.
 */
export function readSigners(path: string): KrlSigners {
  const lines = readSmallFile(path)
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const read = lines.map((line) => {
    const [, clusterName, key] =
      /^sallyport namespaces="krl@([A-Za-z0-9._:-]{1,255})" (.+)$/.exec(line) ?? [];
    if (clusterName === undefined || key === undefined) throw notSigners(path);
    return { clusterName, key: parseKey(path, key) };
  });
  const [first] = read;
  if (first === undefined || read.some(({ clusterName }) => clusterName !== first.clusterName)) {
    throw notSigners(path);
  }
  return { clusterName: first.clusterName, keys: read.map(({ key }) => key) };
}

function parseKey(path: string, line: string): SshPublicKey {
  try {
    return parsePublicKeyLine(line);
  } catch (cause) {
    throw notSigners(path, cause);
  }
}

function notSigners(path: string, cause?: unknown): AppError {
  const words = `${path} does not say who signs the list; run sallyport openssh setup-host again`;
  return new AppError("BAD_PARAMETER", words, { cause });
}
