import { resolve } from "node:path";
import type { CaKeyEncryptionConfig, KeySourceConfig } from "./config.ts";
import type { FileValues } from "./schema/file.ts";

const DEFAULT_TIMEOUT_MS = 10_000;

export function keyEncryptionConfig({ sallyport }: FileValues, base: string): CaKeyEncryptionConfig {
  const { under, previous, command_timeout } = sallyport?.ca_key_encryption ?? {};
  const placed = (source: KeySourceConfig | undefined): KeySourceConfig | undefined =>
    source !== undefined && "path" in source ? { ...source, path: resolve(base, source.path) } : source;
  return {
    current: placed(under),
    previous: placed(previous),
    commandTimeoutMs: command_timeout ?? DEFAULT_TIMEOUT_MS,
  };
}
