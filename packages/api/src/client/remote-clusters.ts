import type { MessageInitShape } from "@bufbuild/protobuf";
import type { RemoteClusterV3, RemoteClusterV3Schema } from "#gen/teleport/legacy/types/types_pb.js";
import { eachItem } from "./pages.ts";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";

/** A remote cluster to write. */
export type RemoteClusterInit = MessageInitShape<typeof RemoteClusterV3Schema>;

/** Clusters that trust this one, those that one may see. */
export class RemoteClusters {
  readonly #presence: Services["presence"];

  constructor(services: Services) {
    this.#presence = services.presence;
  }

  /** @throws AppError NOT_FOUND where there is no such cluster, or none that one may see. */
  get(name: string, options: CallOptions = {}): Promise<RemoteClusterV3> {
    return this.#presence.getRemoteCluster({ name }, options);
  }

  /** All of them, page by page. */
  list(options: CallOptions = {}): AsyncGenerator<RemoteClusterV3, void, undefined> {
    return eachItem(async (pageToken, pageSize) => {
      const page = await this.#presence.listRemoteClusters({ pageToken, pageSize }, options);
      return { items: page.remoteClusters, nextKey: page.nextPageToken };
    });
  }

  /**
   * Replaces it if its revision is still the one of the message; with a mask, such as `["Metadata.Labels"]`, only
   * these fields, whatever the revision.
   *
   * @throws AppError NOT_FOUND; COMPARE_FAILED where it was changed since.
   */
  update(
    remoteCluster: RemoteClusterInit,
    mask: readonly string[] = [],
    options: CallOptions = {},
  ): Promise<RemoteClusterV3> {
    const updateMask = mask.length === 0 ? undefined : { paths: [...mask] };
    return this.#presence.updateRemoteCluster(
      { remoteCluster, ...(updateMask === undefined ? {} : { updateMask }) },
      options,
    );
  }

  /**
   * Forgets it, with its authorities.
   *
   * @throws AppError NOT_FOUND where there is no such cluster.
   */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.#presence.deleteRemoteCluster({ name }, options);
  }
}
