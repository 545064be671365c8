import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { formatKnownHostsAuthority, type SshPublicKey } from "@sallyport/ssh";
import { makeDirectory } from "../../kernel/make-directory.ts";
import { readSmallFile } from "../authority-keys.ts";
import { placeFiles } from "../place-files.ts";
import { lineMark, replaceOurLines } from "./known-hosts.ts";

/** Whom a client is to trust as hosts. */
export interface ClientSetup {
  /** The known_hosts file. */
  readonly knownHosts: string;
  readonly clusterName: string;
  /** Which names: `*.example.com`. */
  readonly patterns: readonly string[];
  /** The keys of the host authority; none takes the lines away. */
  readonly authorities: readonly SshPublicKey[];
}

/** Our lines of the file. */
export function knownHostsLines({ clusterName, patterns, authorities }: ClientSetup): readonly string[] {
  const comment = lineMark(clusterName);
  return authorities.map((publicKey) => formatKnownHostsAuthority({ patterns, publicKey, comment }));
}

/** Writes them in the place of those of before; false where they are there already. */
export async function setUpClient(setup: ClientSetup): Promise<boolean> {
  const { knownHosts, clusterName } = setup;
  const isThere = existsSync(knownHosts);
  // A known_hosts that is a link to the files of a home directory under version control stays one.
  const path = isThere ? realpathSync(knownHosts) : knownHosts;
  const before = isThere ? readSmallFile(path) : "";
  const after = replaceOurLines(before, lineMark(clusterName), knownHostsLines(setup));
  if (after === before) return false;
  makeDirectory(dirname(path), 0o700);
  const mode = isThere ? statSync(path).mode & 0o777 : 0o600;
  await placeFiles([{ path, content: after, mode }]);
  return true;
}
