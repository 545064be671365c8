import { AppError, type CertAuthorityV2 } from "@sallyport/api";
import { UsageError } from "../terminal/exit-code.ts";
import { knownHostsLines, trustedTlsCertificates, withNewline } from "./authorities.ts";
import type { NewFile } from "./place-files.ts";

/** What goes into the files of a user. */
export interface Issued {
  readonly privateKey: string;
  /** PEM. */
  readonly tls: string;
  /** One line. */
  readonly ssh: string;
  readonly hostAuthorities: readonly CertAuthorityV2[];
}

/** A form in which credentials are written. */
export interface CredentialFormat {
  /** The paths for `--out`, known before anything is asked for. */
  paths(out: string): readonly string[];
  files(out: string, issued: Issued): readonly NewFile[];
  /** What the files are for. */
  says(out: string): string;
}

const tls: CredentialFormat = {
  paths: (out) => [`${out}.crt`, `${out}.key`, `${out}.cas`],
  files: (out, issued) => [
    { path: `${out}.crt`, content: withNewline(issued.tls) },
    { path: `${out}.key`, content: withNewline(issued.privateKey) },
    { path: `${out}.cas`, content: issued.hostAuthorities.flatMap(trustedTlsCertificates).join("") },
  ],
  says: (out) => `Credentials for the API are in ${tls.paths(out).join(", ")}.`,
};

const file: CredentialFormat = {
  paths: (out) => [out],
  files: (out, issued) => [{ path: out, content: formatIdentity(issued) }],
  says: (out) => `The identity is in ${out}. Use it with: tctl --identity ${out} --auth-server HOST:PORT …`,
};

const openssh: CredentialFormat = {
  paths: (out) => [out, `${out}-cert.pub`],
  files: (out, issued) => [
    { path: out, content: withNewline(issued.privateKey) },
    { path: `${out}-cert.pub`, content: withNewline(issued.ssh) },
  ],
  says: (out) => `The key is in ${out}, its certificate in ${out}-cert.pub. Use it with: ssh -i ${out} …`,
};

/** Clients tell the parts apart by how they begin: key, SSH certificate, TLS certificate, then those to trust. */
function formatIdentity({ privateKey, ssh, tls: certificate, hostAuthorities }: Issued): string {
  const parts = [
    privateKey,
    ssh,
    certificate,
    ...hostAuthorities.flatMap((authority) => knownHostsLines(authority)),
    ...hostAuthorities.flatMap(trustedTlsCertificates),
  ];
  return parts.map(withNewline).join("");
}

const served = { tls, file, openssh } as const satisfies Record<string, CredentialFormat>;

export type FormatName = keyof typeof served;

/** Known to others of this contract, not written here yet. */
const unserved = [
  "kubernetes",
  "db",
  "mongodb",
  "cockroachdb",
  "redis",
  "elasticsearch",
  "scylla",
  "cassandra",
  "snowflake",
  "oracle",
  "windows",
];

/** @throws AppError NOT_IMPLEMENTED, UsageError. */
export function chooseFormat(name: string): FormatName {
  if (Object.hasOwn(served, name)) return name as FormatName;
  const known = Object.keys(served).join(", ");
  if (unserved.includes(name)) {
    throw new AppError("NOT_IMPLEMENTED", `--format=${name} is not served yet; served are ${known}`);
  }
  throw new UsageError(`--format ${JSON.stringify(name)} is none of ${known}`);
}

/** What `sshd_config` of the host needs. */
export function describeHostFiles(out: string): string {
  return `The key is in ${out}, its certificate in ${out}-cert.pub. For sshd_config: HostKey, HostCertificate.`;
}

export function formatOf(name: FormatName): CredentialFormat {
  return served[name];
}
