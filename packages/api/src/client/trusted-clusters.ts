import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TrustedClusterV2, TrustedClusterV2Schema } from "#gen/teleport/legacy/types/types_pb.js";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";

/** A trusted cluster to write. */
export type TrustedClusterInit = MessageInitShape<typeof TrustedClusterV2Schema>;

/** Clusters whose users may come here. */
export class TrustedClusters {
  readonly #auth: Services["auth"];
  readonly #trust: Services["trust"];

  constructor(services: Services) {
    this.#auth = services.auth;
    this.#trust = services.trust;
  }

  /** @throws AppError NOT_FOUND where there is no such cluster. */
  get(name: string, options: CallOptions = {}): Promise<TrustedClusterV2> {
    return this.#auth.getTrustedCluster({ Name: name }, options);
  }

  /** All of them. */
  async list(options: CallOptions = {}): Promise<readonly TrustedClusterV2[]> {
    return (await this.#auth.getTrustedClusters({}, options)).TrustedClusters;
  }

  /**
   * Establishes the trust: with an address and a token by asking the cluster, else by the authorities of it that were
   * written before.
   *
   * @throws AppError ALREADY_EXISTS where it is trusted already; UNAVAILABLE where the cluster cannot be reached;
   * ACCESS_DENIED where it refuses the token, or its certificate is of no known CA.
   */
  create(trustedCluster: TrustedClusterInit, options: CallOptions = {}): Promise<TrustedClusterV2> {
    return this.#trust.createTrustedCluster({ trustedCluster }, options);
  }

  /**
   * Changes the map of roles, or turns the trust on or off.
   *
   * @throws AppError NOT_FOUND; COMPARE_FAILED where it was changed since; BAD_PARAMETER for what cannot be changed.
   */
  update(trustedCluster: TrustedClusterInit, options: CallOptions = {}): Promise<TrustedClusterV2> {
    return this.#trust.updateTrustedCluster({ trustedCluster }, options);
  }

  /** Creates or changes it, whatever its revision. */
  upsert(trustedCluster: TrustedClusterInit, options: CallOptions = {}): Promise<TrustedClusterV2> {
    return this.#trust.upsertTrustedCluster({ trustedCluster }, options);
  }

  /**
   * Ends the trust; the authorities of the cluster go with it.
   *
   * @throws AppError NOT_FOUND where there is no such cluster.
   */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.#auth.deleteTrustedCluster({ Name: name }, options);
  }
}
