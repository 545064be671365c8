import type { Backend } from "./backend.ts";
import { MemoryBackend, type MemoryOptions } from "./memory/memory-backend.ts";
import { openSqlite, type SqliteOptions } from "./sqlite/sqlite-backend.ts";

export type BackendOptions =
  | ({ readonly kind: "memory" } & MemoryOptions)
  | ({ readonly kind: "sqlite" } & SqliteOptions);

/** Opens storage of any kind; nothing else in the server names a backend. */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  switch (options.kind) {
    case "memory":
      return new MemoryBackend(options);
    case "sqlite":
      return openSqlite(options);
  }
}
