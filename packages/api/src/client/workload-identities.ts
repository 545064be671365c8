import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { WorkloadAttrsSchema } from "#gen/teleport/workloadidentity/v1/attrs_pb.js";
import type {
  Credential,
  IssueWorkloadIdentityRequestSchema,
} from "#gen/teleport/workloadidentity/v1/issuance_service_pb.js";
import type {
  WorkloadIdentity,
  WorkloadIdentitySchema,
} from "#gen/teleport/workloadidentity/v1/resource_pb.js";
import type {
  WorkloadIdentityX509Revocation,
  WorkloadIdentityX509RevocationSchema,
} from "#gen/teleport/workloadidentity/v1/revocation_resource_pb.js";
import { AppError } from "../errors/index.ts";
import { eachItem } from "./pages.ts";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";
import { instantOf } from "./wire-time.ts";

/** A workload identity to store, as its document reads. */
export type WorkloadIdentityInit = MessageInitShape<typeof WorkloadIdentitySchema>;

/** A revocation to store. */
export type X509RevocationInit = MessageInitShape<typeof WorkloadIdentityX509RevocationSchema>;

/** What a credential of a workload is asked for with. */
export interface SvidWish {
  /** Name of the workload identity. */
  readonly name: string;
  /** In milliseconds; 1 hour where it is left out. The server shortens it to what is possible. */
  readonly ttlMs?: number | undefined;
  /** What is known of the workload, for rules and templates: `{ kubernetes: { namespace } }` … */
  readonly workload?: MessageInitShape<typeof WorkloadAttrsSchema> | undefined;
}

/** An issued credential of a workload. */
export interface Svid {
  /** `spiffe://<cluster>/<path>`. */
  readonly spiffeId: string;
  readonly hint: string;
  /** When it ends, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A certificate of a workload. */
export interface X509Svid extends Svid {
  /** DER. */
  readonly certificate: Uint8Array;
  /** Octets in hexadecimal, with colons between them. */
  readonly serialNumber: string;
}

/** A token of a workload. */
export interface JwtSvid extends Svid {
  /** JSON Web Token in compact form. */
  readonly token: string;
  /** Its `jti`. */
  readonly id: string;
}

/** SPIFFE IDs for workloads, credentials for them (SVIDs), and the revocation of these. */
export class WorkloadIdentities {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  /** @throws AppError NOT_FOUND where there is none of that name. */
  get(name: string, options: CallOptions = {}): Promise<WorkloadIdentity> {
    return this.#services.workloadIdentityResources.getWorkloadIdentity({ name }, options);
  }

  /** Every workload identity, in the order of names. */
  async *list(options: CallOptions = {}): AsyncGenerator<WorkloadIdentity, void, undefined> {
    yield* eachItem(async (pageToken, pageSize) => {
      const page = await this.#services.workloadIdentityResources.listWorkloadIdentities(
        { pageToken, pageSize },
        options,
      );
      return { items: page.workloadIdentities, nextKey: page.nextPageToken };
    });
  }

  /** @throws AppError ALREADY_EXISTS where the name is taken. */
  create(workloadIdentity: WorkloadIdentityInit, options: CallOptions = {}): Promise<WorkloadIdentity> {
    return this.#services.workloadIdentityResources.createWorkloadIdentity({ workloadIdentity }, options);
  }

  /** @throws AppError COMPARE_FAILED where it was changed since. */
  update(workloadIdentity: WorkloadIdentityInit, options: CallOptions = {}): Promise<WorkloadIdentity> {
    return this.#services.workloadIdentityResources.updateWorkloadIdentity({ workloadIdentity }, options);
  }

  /** Creates it or replaces it. */
  upsert(workloadIdentity: WorkloadIdentityInit, options: CallOptions = {}): Promise<WorkloadIdentity> {
    return this.#services.workloadIdentityResources.upsertWorkloadIdentity({ workloadIdentity }, options);
  }

  /** @throws AppError NOT_FOUND where there is none of that name. */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.#services.workloadIdentityResources.deleteWorkloadIdentity({ name }, options);
  }

  /**
   * A certificate for a public key (PKIX, DER); the private key stays where it was made.
   *
   * @throws AppError ACCESS_DENIED where no role or no rule allows it, BAD_PARAMETER where a template has no value.
   */
  async issueX509(
    wish: SvidWish & { readonly publicKey: Uint8Array },
    options: CallOptions = {},
  ): Promise<X509Svid> {
    const value = { publicKey: wish.publicKey };
    const issued = await this.#issue(wish, { case: "x509SvidParams", value }, options);
    if (issued.credential.case !== "x509Svid") throw wrongAnswer();
    const { cert, serialNumber } = issued.credential.value;
    return { ...svidOf(issued), certificate: cert, serialNumber };
  }

  /** A token for those who are named. @throws AppError as {@link issueX509}. */
  async issueJwt(
    wish: SvidWish & { readonly audiences: readonly string[] },
    options: CallOptions = {},
  ): Promise<JwtSvid> {
    const value = { audiences: [...wish.audiences] };
    const issued = await this.#issue(wish, { case: "jwtSvidParams", value }, options);
    if (issued.credential.case !== "jwtSvid") throw wrongAnswer();
    const { jwt, jti } = issued.credential.value;
    return { ...svidOf(issued), token: jwt, id: jti };
  }

  async #issue(
    { name, ttlMs, workload }: SvidWish,
    credential: IssueInit["credential"],
    options: CallOptions,
  ): Promise<Credential> {
    const answer = await this.#services.workloadIdentityIssuance.issueWorkloadIdentity(
      {
        name,
        credential,
        ...(workload && { workloadAttrs: workload }),
        ...(ttlMs === undefined ? {} : { requestedTtl: durationFromMs(ttlMs) }),
      },
      options,
    );
    if (answer.credential === undefined) throw wrongAnswer();
    return answer.credential;
  }

  /** Every revocation, in the order of serial numbers. */
  async *listRevocations(
    options: CallOptions = {},
  ): AsyncGenerator<WorkloadIdentityX509Revocation, void, undefined> {
    yield* eachItem(async (pageToken, pageSize) => {
      const page = await this.#services.workloadIdentityRevocations.listWorkloadIdentityX509Revocations(
        { pageToken, pageSize },
        options,
      );
      return { items: page.workloadIdentityX509Revocations, nextKey: page.nextPageToken };
    });
  }
}

type IssueInit = MessageInitShape<typeof IssueWorkloadIdentityRequestSchema>;

const svidOf = ({ spiffeId, hint, expiresAt }: Credential): Svid => ({
  spiffeId,
  hint,
  expiresAt: instantOf(expiresAt) ?? 0,
});

const wrongAnswer = () =>
  new AppError("INTERNAL", "the server answered without the credential that was asked for");
