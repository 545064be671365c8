import { existsSync } from "node:fs";
import { AppError } from "@sallyport/api";
import { parsePublicKeyLine, type SshPublicKey } from "@sallyport/ssh";
import { readSmallFile } from "../authority-keys.ts";
import { checkPath } from "../check-names.ts";
import type { Directive } from "../sshd/read-sshd-config.ts";
import { type SshdSettings, valuesOf } from "../sshd/sshd-settings.ts";

/** A key by which the host is known. */
export interface HostKey {
  /** The private key file; only its public half is ever read. */
  readonly file: string;
  readonly publicKey: SshPublicKey;
}

/** The keys that are named, or else those that sshd shows already and whose public half is there. */
export function findHostKeys(named: readonly string[], settings: SshdSettings): readonly HostKey[] {
  const shown = [...new Set(valuesOf(settings, "hostkey"))];
  const files = named.length > 0 ? named : shown.filter((file) => existsSync(`${file}.pub`));
  if (files.length === 0) {
    throw new AppError(
      "NOT_FOUND",
      "sshd has no host key with a public half beside it; name one: --host-key FILE",
    );
  }
  const names = files.map((file) => file.slice(file.lastIndexOf("/") + 1));
  if (new Set(names).size < names.length) {
    throw new AppError(
      "BAD_PARAMETER",
      "two host keys have the same file name; name one of them: --host-key FILE",
    );
  }
  return files.map((file) => ({ file: checkPath(file, "host key"), publicKey: readPublicHalf(file) }));
}

function readPublicHalf(file: string): SshPublicKey {
  const text = readSmallFile(`${file}.pub`);
  try {
    return parsePublicKeyLine(text);
  } catch (cause) {
    throw new AppError("BAD_PARAMETER", `${file}.pub is not a public key: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * Which HostKey lines the drop-in needs. Lines add up, but the first one anywhere puts the usual keys of sshd out of
 * use, by which clients know the host; so those are named too where no other file names a key.
 */
export function hostKeyLines(
  named: readonly string[],
  settings: SshdSettings,
  others: readonly Directive[],
): readonly string[] {
  const elsewhere = others.filter(({ keyword }) => keyword === "hostkey").map(({ value }) => value);
  if (named.every((file) => elsewhere.includes(file))) return [];
  const usual = elsewhere.length > 0 ? [] : valuesOf(settings, "hostkey");
  return [...new Set([...usual, ...named])].filter((file) => !elsewhere.includes(file));
}
