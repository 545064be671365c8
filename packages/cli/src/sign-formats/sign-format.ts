import type { Client } from "../connection/client.ts";
import type { NewFile } from "../credentials/place-files.ts";

/** What `auth sign` was asked for, checked. */
export interface SignWish {
  /** Where the files go, as it was typed. */
  readonly out: string;
  /** "" for a host. */
  readonly user: string;
  /** Names of a host; empty for a user. */
  readonly hosts: readonly string[];
  /** Account of a database server, where the certificate is for one. */
  readonly databaseAccount: string | undefined;
  readonly ttlMs: number;
  readonly compat: "standard" | "oldssh" | undefined;
  /** Address of a proxy, as it was typed. */
  readonly proxy: string | undefined;
  /** Name of a cluster that trusts this one. */
  readonly leafCluster: string | undefined;
  /** Name of a Kubernetes cluster. */
  readonly kubeCluster: string | undefined;
  /** Undefined where no account of Windows was named. */
  readonly windows: WindowsWish | undefined;
  /** The files go into an archive, so no program of this machine can take part. */
  readonly isTar: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

/** An account of Active Directory. */
export interface WindowsWish {
  readonly user: string;
  readonly domain: string;
  /** Domain that has the revocation list; that of the account where it is left out. */
  readonly pkiDomain?: string | undefined;
  readonly sid?: string | undefined;
  /** Does not say where the revocation list is. */
  readonly omitCdp: boolean;
}

/** Files, by paths that begin with `out`, and what is to be done with them. */
export interface Signed {
  readonly files: readonly NewFile[];
  readonly says: string;
}

/** A form in which credentials are written, each for one kind of program. */
export interface SignFormat {
  /** Whom it is for: `nobody` where it only gives out what is public. */
  readonly holder: "user" | "host" | "either" | "nobody";
  /** The paths, known before anything is asked for. */
  paths(wish: SignWish): readonly string[];
  sign(client: Client, wish: SignWish): Promise<Signed>;
  /** Adds to the one file that is there, for formats that many programs share. */
  merge?(old: string, fresh: string): Promise<string>;
}
