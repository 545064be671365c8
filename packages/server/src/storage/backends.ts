import type { Clock } from "../kernel/clock.ts";
import type { Backend } from "./backend.ts";
import type { StorageLogger } from "./logger.ts";
import { MemoryBackend } from "./memory/memory-backend.ts";

export const backendKinds = ["memory"] as const;

export type BackendOptions = {
  readonly clock?: Clock | undefined;
  readonly logger?: StorageLogger | undefined;
} & { readonly kind: "memory" };

/** Opens storage of any kind; nothing else in the server names a backend. */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  return new MemoryBackend(options);
}
