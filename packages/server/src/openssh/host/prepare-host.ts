import { existsSync } from "node:fs";
import { AppError } from "@sallyport/api";
import type { NodeClient } from "@sallyport/api/node";
import { formatPublicKeyLine, type SshPublicKey } from "@sallyport/ssh";
import { fetchAuthorityKeys, readAuthorityFile, readSmallFile } from "../authority-keys.ts";
import { formatSigners } from "../krl/signers.ts";
import { decideConflicts } from "../sshd/decide-conflicts.ts";
import { type Directive, isIncluded, readSshdConfig } from "../sshd/read-sshd-config.ts";
import type { Sshd } from "../sshd/sshd.ts";
import { valuesOf } from "../sshd/sshd-settings.ts";
import { checkCandidate } from "./check-candidate.ts";
import { decideHostFiles, type HostFiles, type HostTrust, revokedKeysFile } from "./decide-host-files.ts";
import { readHostCertificates, requestHostCertificates } from "./host-certificates.ts";
import { findHostKeys, hostKeyLines } from "./host-keys.ts";
import { dropInMark, type HostPlace, type HostSetup } from "./host-setup.ts";
import { firstRevokedKeys } from "./revoked-keys.ts";

export interface HostDeps {
  readonly sshd: Sshd;
  /** Asked for when something has to come from the cluster. */
  client(): Promise<NodeClient>;
  now(): number;
}

/** What is to be written, complete and looked at by sshd. */
export interface PreparedHost {
  readonly files: HostFiles;
  /** The first list of revoked keys; undefined where there is one. */
  readonly revokedKeys: Uint8Array | undefined;
  readonly others: readonly Directive[];
  /** What other files say about the same directives. */
  readonly conflicts: readonly string[];
}

// What sshd itself takes as the root of relative Include lines; it is compiled in.
const includeRoot = "/etc/ssh";

/** Gathers everything and has sshd look at it; nothing is changed. */
export async function prepareHost(setup: HostSetup, deps: HostDeps): Promise<PreparedHost> {
  const { place } = setup;
  checkDropInIsOurs(place);
  const complaint = await deps.sshd.complaintAbout(place.sshdConfig);
  if (complaint !== undefined) {
    throw new AppError("BAD_PARAMETER", `sshd does not take ${place.sshdConfig} as it is: ${complaint}`);
  }
  const directives = readSshdConfig(place.sshdConfig, includeRoot);
  if (!isIncluded(directives, place.dropIn, includeRoot)) throw notIncluded(place);
  const others = directives.filter(({ file }) => file !== place.dropIn);
  const settings = await deps.sshd.settings(place.sshdConfig);
  const hostKeys = findHostKeys(setup.hostKeys, settings);
  const wish = { hostKeys, hostNames: setup.hostNames, ttlMs: setup.ttlMs, now: deps.now() };
  const trust: HostTrust = {
    ...(await userAuthorities(setup, deps)),
    certified:
      setup.hostCertificateFiles.length > 0
        ? readHostCertificates(setup.hostCertificateFiles, wish)
        : await requestHostCertificates(await deps.client(), wish),
    hostKeys: hostKeyLines(setup.hostKeys, settings, others),
    accounts: setup.accounts,
  };
  const files = decideHostFiles(place, trust);
  const revokedKeys = await firstRevokedKeys(revokedKeysFile(place), await clientOf(setup, deps), deps.now());
  await checkCandidate(deps.sshd, place, trust, valuesOf(settings, "hostkey"));
  return { files, revokedKeys, others, conflicts: decideConflicts(others, files.wanted) };
}

function notIncluded({ dropIn, sshdConfig }: HostPlace): AppError {
  const include = `Include ${dropIn.replace(/[^/]+$/, "*.conf")}`;
  const words = `sshd would not read ${dropIn} for every connection; put this line at the top of ${sshdConfig}:`;
  return new AppError("BAD_PARAMETER", `${words}\n  ${include}`);
}

/** A file of that name that somebody else wrote is not ours to replace. */
export function checkDropInIsOurs({ dropIn }: HostPlace): void {
  if (!existsSync(dropIn) || readSmallFile(dropIn).startsWith(dropInMark)) return;
  throw new AppError("BAD_PARAMETER", `${dropIn} is there and was not written by this command; move it away`);
}

async function userAuthorities(
  { userCaFiles }: HostSetup,
  deps: HostDeps,
): Promise<Pick<HostTrust, "userAuthorities" | "krlSigners">> {
  const linesOf = (keys: readonly SshPublicKey[]) => [
    ...new Set(keys.map((key) => formatPublicKeyLine(key))),
  ];
  if (userCaFiles.length > 0) {
    return { userAuthorities: linesOf(userCaFiles.flatMap(readAuthorityFile)), krlSigners: undefined };
  }
  const client = await deps.client();
  const lines = linesOf(await fetchAuthorityKeys(client, "user"));
  return { userAuthorities: lines, krlSigners: formatSigners(client.identity.clusterName, lines) };
}

/** With everything from files, no auth service is asked for anything. */
async function clientOf(setup: HostSetup, deps: HostDeps): Promise<NodeClient | undefined> {
  const isOffline = setup.userCaFiles.length > 0 && setup.hostCertificateFiles.length > 0;
  return isOffline ? undefined : deps.client();
}
