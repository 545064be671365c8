import { AppError } from "@sallyport/api";
import { takeTurns } from "../../resources/index.ts";
import type { Item } from "../../storage/index.ts";
import type { AccessRequestDeps } from "../deps.ts";
import { loadRequest } from "../store.ts";
import { MAX_ATTEMPTS, requestNotFound } from "../storing/change-request.ts";
import { orThrow } from "../verdict.ts";
import { decideUpdate, type PluginDataUpdate } from "./plugin-data.ts";
import { pluginDataKey, putEntries, readEntries } from "./store.ts";

/** Largest record, encoded. */
const MAX_RECORD_BYTES = 1_000_000;
const HOUR_MS = 3_600_000;
const ACCESS_LIST_MS = 14 * 24 * HOUR_MS;

/** Compare-and-swap of what one plugin remembers of a resource. */
export async function updatePluginData(
  deps: AccessRequestDeps,
  update: PluginDataUpdate,
  now: number,
): Promise<void> {
  checkNames(update);
  const key = pluginDataKey(update.kind, update.resource);
  await takeTurns(deps.backend, key, async () => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const item = await deps.backend.get(key);
      const entries = orThrow(decideUpdate(readEntries(item), update));
      const expiresAt = await expiryFor(deps, update, item, now);
      const put = putEntries(update.kind, update.resource, entries, { item, expiresAt });
      if (put.value.length > MAX_RECORD_BYTES) {
        throw new AppError(
          "BAD_PARAMETER",
          `plugin data of a resource has at most ${MAX_RECORD_BYTES} bytes`,
        );
      }
      const { ok } = await deps.backend.commit([put]);
      if (ok) return;
    }
    throw new AppError("COMPARE_FAILED", "plugin data keeps changing; try again");
  });
}

function checkNames({ resource, plugin }: PluginDataUpdate): void {
  if (resource === "") throw new AppError("BAD_PARAMETER", "the name of the resource is missing");
  if (plugin === "") throw new AppError("BAD_PARAMETER", "the name of the plugin is missing");
}

/** It outlives the request, so that plugins can still say what became of it. */
async function expiryFor(
  deps: AccessRequestDeps,
  { kind, resource }: PluginDataUpdate,
  item: Item | undefined,
  now: number,
): Promise<number | undefined> {
  if (kind === "access_list") return now + ACCESS_LIST_MS;
  if (item !== undefined) return item.expiresAt;
  const request = await loadRequest(deps.backend, resource);
  if (request === undefined) throw requestNotFound(resource);
  return request.accessExpiresAt + HOUR_MS;
}
