import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { AppError } from "@sallyport/api";
import { parseSshCertificate, type SshCertificate } from "@sallyport/ssh";
import { readSmallFile } from "../authority-keys.ts";
import { checkAccount, checkHostName, checkPrincipal } from "../check-names.ts";
import type { Sshd } from "../sshd/sshd.ts";
import { krlSignersFile, principalsFolder, userCaFile } from "./decide-host-files.ts";
import { findHostKeys, type HostKey } from "./host-keys.ts";
import type { HostPlace, HostSetup } from "./host-setup.ts";
import { listOurFiles } from "./list-our-files.ts";
import { checkDropInIsOurs } from "./prepare-host.ts";

/** What an earlier run of setup-host left on this host. */
export interface HostState {
  readonly certificates: readonly SshCertificate[];
  /** Text of the file of user authorities. */
  readonly userAuthorities: string;
  /** The same setup once more. */
  readonly setup: HostSetup;
}

/** A certificate begins to count this much before it was issued, which is no part of the lifetime that was asked for. */
const SKEW_MS = 60_000;
const SHORTEST_MS = 1_000;

/** Reads it back from the files, and thinks no more of them than of a command line. */
export async function readHostState(place: HostPlace, sshd: Sshd): Promise<HostState> {
  checkDropInIsOurs(place);
  const files = listOurFiles(place).filter((path) => path.endsWith("-cert.pub"));
  if (!existsSync(place.dropIn) || files.length === 0) {
    throw new AppError(
      "NOT_FOUND",
      "no host certificate was set up here; begin with: sallyport openssh setup-host",
    );
  }
  const certificates = files.map((file) => parseSshCertificate(readSmallFile(file).trim()));
  const shown = findHostKeys([], await sshd.settings(place.sshdConfig));
  const certified = certificates.map((certificate) => keyOf(certificate, shown));
  const isAll = shown.every((key) => certified.includes(key));
  return {
    certificates,
    userAuthorities: readSmallFile(userCaFile(place)),
    setup: {
      place,
      hostNames: hostNamesOf(certificates),
      hostKeys: isAll ? [] : certified.map(({ file }) => file),
      ttlMs: Math.max(...certificates.map(ttlOf)),
      // Where setup-host was told whom to trust, that is not for the cluster to change.
      userCaFiles: existsSync(krlSignersFile(place)) ? [] : [userCaFile(place)],
      hostCertificateFiles: [],
      accounts: accountsIn(principalsFolder(place)),
      acceptOthers: false,
    },
  };
}

function keyOf({ publicKey }: SshCertificate, shown: readonly HostKey[]): HostKey {
  const found = shown.find((key) => Buffer.compare(key.publicKey.blob, publicKey.blob) === 0);
  if (found !== undefined) return found;
  throw new AppError(
    "BAD_PARAMETER",
    "a host certificate is for a key that sshd does not show any more; run again: sallyport openssh setup-host",
  );
}

function hostNamesOf([first, ...others]: readonly SshCertificate[]): readonly string[] {
  const names = (first?.principals ?? []).map(checkHostName);
  const isSame = ({ principals }: SshCertificate) => principals.join() === names.join();
  if (names.length > 0 && others.every(isSame)) return names;
  throw new AppError(
    "BAD_PARAMETER",
    "the host certificates are for different names; say which: sallyport openssh setup-host --host NAMES",
  );
}

const ttlOf = ({ validAfterAt, validBeforeAt }: SshCertificate) =>
  validBeforeAt === "forever" ? 0 : Math.max(validBeforeAt - validAfterAt - SKEW_MS, SHORTEST_MS);

function accountsIn(folder: string): ReadonlyMap<string, readonly string[]> {
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return new Map(
    files.map((file) => {
      const names = readSmallFile(file).split("\n");
      return [checkAccount(basename(file)), names.filter((name) => name !== "").map(checkPrincipal)];
    }),
  );
}
