/** What `sallyport openssh setup-host` is asked for. */
export interface HostSetup {
  readonly place: HostPlace;
  /** Names of the host for its certificates. */
  readonly hostNames: readonly string[];
  /** Private key files named with `--host-key`; none = the keys that sshd shows already. */
  readonly hostKeys: readonly string[];
  /** Lifetime of host certificates; 0 = no end. */
  readonly ttlMs: number;
  /** Files with the keys of user authorities; none = ask the auth service. */
  readonly userCaFiles: readonly string[];
  /** Host certificates that are there already; none = ask the auth service. */
  readonly hostCertificateFiles: readonly string[];
  /** Account → principals that may log in to it; empty = whoever has the name of the account as principal. */
  readonly accounts: ReadonlyMap<string, readonly string[]>;
  /** Go on where other files of sshd say something else about the same directives. */
  readonly acceptOthers: boolean;
}

/** Where the files of sshd are. */
export interface HostPlace {
  /** The main configuration file of sshd. */
  readonly sshdConfig: string;
  /** The file that holds our directives. */
  readonly dropIn: string;
  /** The folder of what it points to. */
  readonly folder: string;
}

export const dropInName = "50-sallyport.conf";
export const folderName = "sallyport";
export const userCaName = "user_ca.pub";
export const revokedKeysName = "revoked_keys";
export const krlSignersName = "krl_signers";
export const principalsName = "principals";

/** The first line of a drop-in: what has it is ours to replace and to remove. */
export const dropInMark = "# Written by `sallyport openssh setup-host`.";

/** A host key and the certificate for it. */
export interface CertifiedKey {
  /** The private key file. */
  readonly keyFile: string;
  /** Line of a `-cert.pub` file. */
  readonly certificate: string;
}
