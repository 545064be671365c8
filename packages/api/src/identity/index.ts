// Who a certificate says its holder is, and how X.509 subjects and SSH extensions carry it.
export {
  identityArc,
  identityAttribute,
  type Subject,
  type SubjectAttribute,
  type SubjectRdn,
  standardAttribute,
} from "./distinguished-name.ts";
export { emptyIdentity } from "./empty-identity.ts";
export type * from "./identity.ts";
export { identityFromSsh, type SshCertificateFacts } from "./identity-from-ssh.ts";
export { identityFromSubject, type SubjectContext } from "./identity-from-subject.ts";
export { identityToSubject } from "./identity-to-subject.ts";
export {
  hostSshExtensions,
  identityToSshExtensions,
  isReservedSshExtension,
  type SshCertificateOptions,
  type SshPermissions,
  sshExtension,
} from "./ssh-extensions.ts";
