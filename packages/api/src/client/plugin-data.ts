import { AppError, isAppError } from "../errors/index.ts";
import { type Backoff, type Pace, pauseMs } from "./pace.ts";
import type { CallOptions } from "./rpc-caller.ts";
import type { Services } from "./services.ts";

/** Where a plugin keeps its notes: beside one resource, under its own name. */
export interface PluginDataPlace {
  /** Name of the plugin, for example `"slack"`. */
  readonly plugin: string;
  /** Id of the resource. */
  readonly resource: string;
  /** Kind of the resource: `"access_request"` where it is left out, or `"access_list"`. */
  readonly kind?: string | undefined;
}

/** Notes of a plugin: name → text. A name with an empty text is not there. */
export type PluginData = Readonly<Record<string, string>>;

const casBackoff: Backoff = { firstMs: 1, maxMs: 1000 };
const casAttempts = 20;

/** What plugins remember about a resource, so that a restart does not post a message twice. It ends with the resource. */
export class PluginDataStore {
  readonly #auth: Services["auth"];
  readonly #pace: Pace;

  constructor(services: Services, pace: Pace) {
    this.#auth = services.auth;
    this.#pace = pace;
  }

  /** What the plugin has noted; empty where nothing is. */
  async get(place: PluginDataPlace, options: CallOptions = {}): Promise<PluginData> {
    const { PluginData: found } = await this.#readAll(place, options);
    const entry = found.find(({ Metadata }) => Metadata?.Name === place.resource)?.Spec?.Entries[
      place.plugin
    ];
    return { ...entry?.Data };
  }

  /**
   * Sets notes; an empty text removes one. With `expect` only where each of these notes is what is expected, "" being
   * "not there".
   *
   * @throws AppError COMPARE_FAILED where something is not as expected, NOT_FOUND for a resource that is not there.
   */
  async update(
    place: PluginDataPlace,
    change: { readonly set: PluginData; readonly expect?: PluginData | undefined },
    options: CallOptions = {},
  ): Promise<void> {
    await this.#auth.updatePluginData(
      { ...addressOf(place), Set: { ...change.set }, Expect: { ...change.expect } },
      options,
    );
  }

  /**
   * Changes notes safely against other instances of the plugin: reads them, lets `decide` say what they shall be, and
   * writes that only if nothing has changed since; else all of it again, after a pause of 1 ms to 1 s.
   *
   * @param decide - is given the notes and returns all of the new ones, or undefined to leave them. It may run more
   *   than once.
   * @returns the notes as they are now.
   * @throws AppError COMPARE_FAILED when 20 attempts in a row were overtaken.
   */
  async compareAndSwap(
    place: PluginDataPlace,
    decide: (current: PluginData) => PluginData | undefined,
    options: CallOptions = {},
  ): Promise<PluginData> {
    for (let attempt = 0; attempt < casAttempts; attempt += 1) {
      const current = await this.get(place, options);
      const next = decide(current);
      if (next === undefined) return current;
      try {
        await this.update(place, differenceOf(current, next), options);
        return next;
      } catch (error) {
        if (!isAppError(error, "COMPARE_FAILED")) throw error;
      }
      await this.#pace.wait(pauseMs(casBackoff, attempt, this.#pace.random()), options.signal);
    }
    throw new AppError(
      "COMPARE_FAILED",
      `plugin data of ${place.resource} kept changing for ${casAttempts} attempts`,
    );
  }

  async #readAll(place: PluginDataPlace, options: CallOptions) {
    try {
      return await this.#auth.getPluginData(addressOf(place), options);
    } catch (error) {
      if (isAppError(error, "NOT_FOUND")) return { PluginData: [] };
      throw error;
    }
  }
}

const addressOf = (place: PluginDataPlace) => ({
  Kind: place.kind ?? "access_request",
  Resource: place.resource,
  Plugin: place.plugin,
});

/** Every name of either side is expected as it was, so that a note written meanwhile is noticed too. */
function differenceOf(current: PluginData, next: PluginData): { set: PluginData; expect: PluginData } {
  const names = [...new Set([...Object.keys(current), ...Object.keys(next)])];
  const was = (name: string) => [name, current[name] ?? ""] as const;
  const becomes = (name: string) => [name, next[name] ?? ""] as const;
  const changed = names.filter((name) => (current[name] ?? "") !== (next[name] ?? ""));
  return { set: Object.fromEntries(changed.map(becomes)), expect: Object.fromEntries(names.map(was)) };
}
