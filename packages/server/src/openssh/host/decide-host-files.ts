import type { WantedSettings } from "../sshd/decide-conflicts.ts";
import {
  type CertifiedKey,
  dropInMark,
  type HostPlace,
  krlSignersName,
  principalsName,
  revokedKeysName,
  userCaName,
} from "./host-setup.ts";

/** What a host is to trust and to show. */
export interface HostTrust {
  /** Public key lines of the user authorities. */
  readonly userAuthorities: readonly string[];
  readonly certified: readonly CertifiedKey[];
  /** Keys that have to be named in the drop-in, since one that is named puts the usual ones out of use. */
  readonly hostKeys: readonly string[];
  readonly accounts: ReadonlyMap<string, readonly string[]>;
  /** Who signs the list of revoked keys, for `sallyport krl fetch --url`; undefined where nobody said. */
  readonly krlSigners: string | undefined;
}

/** A file that sshd reads as everybody may; nothing secret is among them. */
interface HostFile {
  readonly path: string;
  readonly content: string;
}

/** The files below our folder and what our drop-in says. */
export interface HostFiles {
  readonly files: readonly HostFile[];
  readonly dropIn: HostFile;
  /** What must be in force once sshd reads it. */
  readonly wanted: WantedSettings;
}

export const userCaFile = (place: HostPlace) => `${place.folder}/${userCaName}`;
export const revokedKeysFile = (place: HostPlace) => `${place.folder}/${revokedKeysName}`;
export const krlSignersFile = (place: HostPlace) => `${place.folder}/${krlSignersName}`;
export const principalsFolder = (place: HostPlace) => `${place.folder}/${principalsName}`;

/** Everything that a host needs, as text; nothing is read or written here. */
export function decideHostFiles(place: HostPlace, trust: HostTrust): HostFiles {
  const certificates = trust.certified.map(({ keyFile, certificate }) => ({
    path: `${place.folder}/${keyFile.slice(keyFile.lastIndexOf("/") + 1)}-cert.pub`,
    content: `${certificate}\n`,
  }));
  const principals = [...trust.accounts].map(([account, names]) => ({
    path: `${principalsFolder(place)}/${account}`,
    content: names.map((name) => `${name}\n`).join(""),
  }));
  const userCa = {
    path: userCaFile(place),
    content: trust.userAuthorities.map((line) => `${line}\n`).join(""),
  };
  const wanted = {
    pubkeyauthentication: ["yes"],
    trustedusercakeys: [userCa.path],
    authorizedprincipalsfile: [principals.length === 0 ? "none" : `${principalsFolder(place)}/%u`],
    authorizedprincipalscommand: ["none"],
    revokedkeys: [revokedKeysFile(place)],
    hostkey: trust.hostKeys,
    hostcertificate: certificates.map(({ path }) => path),
  };
  const dropIn = { path: place.dropIn, content: dropInText(wanted) };
  const signers =
    trust.krlSigners === undefined ? [] : [{ path: krlSignersFile(place), content: trust.krlSigners }];
  return { files: [userCa, ...signers, ...certificates, ...principals], dropIn, wanted };
}

function dropInText(wanted: Readonly<Record<string, readonly string[]>>): string {
  const lines = (name: string) => (wanted[name.toLowerCase()] ?? []).map((value) => `${name} ${value}`);
  return [
    dropInMark,
    "# Change it by running that again; `--undo` takes it away.",
    "",
    "# Who may log in: holders of a certificate of these authorities.",
    ...lines("PubkeyAuthentication"),
    ...lines("TrustedUserCAKeys"),
    "# As whom: the accounts that the certificate names, or what the file of the account lists.",
    ...lines("AuthorizedPrincipalsFile"),
    "# What no longer counts. While this file is missing or broken, sshd refuses every key.",
    ...lines("RevokedKeys"),
    "# How this host proves who it is.",
    ...lines("HostKey"),
    ...lines("HostCertificate"),
    "",
  ].join("\n");
}
