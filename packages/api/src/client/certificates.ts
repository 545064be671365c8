import type { MessageInitShape } from "@bufbuild/protobuf";
import type { UserCertsRequestSchema } from "#gen/teleport/legacy/client/proto/authservice_pb.js";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";
import { timestampOf } from "./wire-time.ts";

/** Certificates to ask for. At least one public key; there is a certificate for each. */
export interface UserCertificateWish {
  /** Whose certificates: the caller's own, or another's where a role lets the caller impersonate them. */
  readonly user: string;
  /** PEM: PKIX or PKCS #1. */
  readonly tlsPublicKey?: string | undefined;
  /** A line of the authorized_keys form. */
  readonly sshPublicKey?: string | undefined;
  /** Until when, in milliseconds since 1970; the server shortens it to what the roles allow. */
  readonly expiresAt: number;
  /** Ids of approved requests whose roles the certificates shall carry. */
  readonly accessRequests?: readonly string[] | undefined;
  /** Ids of requests that the caller's certificate carries and the new ones shall not. */
  readonly dropAccessRequests?: readonly string[] | undefined;
  /** Only these roles of the user, for certificates with fewer rights. */
  readonly roles?: readonly string[] | undefined;
  /** A cluster that trusts this one, to which the certificates lead; this one where it is left out. */
  readonly routeToCluster?: string | undefined;
  /** A Kubernetes cluster that the TLS certificate leads to; none where it is left out. */
  readonly kubernetesCluster?: string | undefined;
  /** `standard`, or `oldssh` without roles and traits; the default of the role where it is left out. */
  readonly format?: "standard" | "oldssh" | undefined;
}

/** Issued certificates. */
export interface IssuedCertificates {
  /** PEM; "" where no TLS key was sent. */
  readonly tls: string;
  /** A line of the authorized_keys form; "" where no SSH key was sent. */
  readonly ssh: string;
  /** PEM, one certificate each. */
  readonly tlsCas: readonly string[];
  /** Lines of the authorized_keys form. */
  readonly sshCas: readonly string[];
}

/** Certificates of users. */
export class Certificates {
  readonly #auth: Services["auth"];

  constructor(services: Services) {
    this.#auth = services.auth;
  }

  /**
   * Certificates for public keys; the private keys stay where they were made.
   *
   * @throws AppError ACCESS_DENIED where the caller may not have them, or a request is not approved.
   */
  async generateUserCerts(wish: UserCertificateWish, options: CallOptions = {}): Promise<IssuedCertificates> {
    const certs = await this.#auth.generateUserCerts(toWire(wish), options);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return {
      tls: text(certs.TLS),
      ssh: text(certs.SSH),
      tlsCas: certs.TLSCACerts.map(text),
      sshCas: certs.SSHCACerts.map(text),
    };
  }
}

function toWire(wish: UserCertificateWish): MessageInitShape<typeof UserCertsRequestSchema> {
  const bytes = (text: string | undefined) => new TextEncoder().encode(text ?? "");
  return {
    Username: wish.user,
    TLSPublicKey: bytes(wish.tlsPublicKey),
    SSHPublicKey: bytes(wish.sshPublicKey),
    Expires: timestampOf(wish.expiresAt),
    Format: wish.format ?? "",
    AccessRequests: [...(wish.accessRequests ?? [])],
    DropAccessRequests: [...(wish.dropAccessRequests ?? [])],
    RoleRequests: [...(wish.roles ?? [])],
    UseRoleRequests: wish.roles !== undefined,
    RouteToCluster: wish.routeToCluster ?? "",
    KubernetesCluster: wish.kubernetesCluster ?? "",
  };
}
