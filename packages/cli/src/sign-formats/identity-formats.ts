import { knownHostsLines, trustedTlsCertificates, withNewline } from "../credentials/authorities.ts";
import { signHost } from "../credentials/sign-host.ts";
import { type Issued, signUser } from "../credentials/sign-user.ts";
import { quoteForShell } from "../terminal/quote-for-shell.ts";
import type { SignFormat, SignWish } from "./sign-format.ts";

/** Three PEM files, for programs that take a key, a certificate and authorities. */
export const tlsFiles: SignFormat = {
  holder: "user",
  paths: ({ out }) => [`${out}.crt`, `${out}.key`, `${out}.cas`],
  sign: async (client, wish) => {
    const issued = await signUser(client, { ...wish, use: "tls" });
    const { out } = wish;
    return {
      files: [
        { path: `${out}.crt`, content: withNewline(issued.tls) },
        { path: `${out}.key`, content: withNewline(issued.privateKey) },
        { path: `${out}.cas`, content: issued.hostAuthorities.flatMap(trustedTlsCertificates).join("") },
      ],
      says: `Credentials for the API are in ${tlsFiles.paths(wish).join(", ")}.`,
    };
  },
};

/** One file with everything, for clients of the API. */
export const identityFile: SignFormat = {
  holder: "user",
  paths: ({ out }) => [out],
  sign: async (client, wish) => ({
    files: [{ path: wish.out, content: formatIdentity(await signUser(client, { ...wish, use: "both" })) }],
    says: `The identity is in ${wish.out}. Use it with: tctl --identity ${quoteForShell(wish.out)} --auth-server HOST:PORT …`,
  }),
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

/** A key in OpenSSH's own form and its certificate beside it, for `ssh` and for `sshd`. */
export const openssh: SignFormat = {
  holder: "either",
  paths: ({ out }) => [out, `${out}-cert.pub`],
  sign: async (client, wish) => {
    const isHost = wish.hosts.length > 0;
    const { privateKey, ssh } = isHost
      ? await signHost(client, wish.hosts)
      : await signUser(client, { ...wish, use: "ssh" });
    return {
      files: [
        { path: wish.out, content: withNewline(privateKey) },
        { path: `${wish.out}-cert.pub`, content: withNewline(ssh) },
      ],
      says: `The key is in ${wish.out}, its certificate in ${wish.out}-cert.pub. ${describeUse(wish)}`,
    };
  },
};

const describeUse = ({ out, hosts }: SignWish): string =>
  hosts.length > 0
    ? "For sshd_config: HostKey, HostCertificate."
    : `Use it with: ssh -i ${quoteForShell(out)} …`;
