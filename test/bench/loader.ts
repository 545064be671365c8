import { HelperProcess } from "./helper-process.ts";

/** Where to connect, and as whom; all PEM. */
export interface Target {
  /** `host:port`. */
  readonly address: string;
  /** What the server's certificate is for. */
  readonly serverName: string;
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
  readonly connections: number;
}

/** Messages are bytes, so that the loader spends no time on them. */
export type LoaderQuestion =
  | { readonly do: "connect"; readonly target: Target }
  /** What the next calls send, one after the other and round again. */
  | { readonly do: "prepare"; readonly messages: readonly Uint8Array[] }
  | { readonly do: "run"; readonly path: string; readonly calls: number; readonly inFlight: number }
  /** Opens streams and answers when each has had its first message. */
  | {
      readonly do: "listen";
      readonly path: string;
      readonly message: Uint8Array;
      readonly streams: number;
    }
  /** Makes one call and answers when each stream has had one more message. */
  | { readonly do: "tell"; readonly path: string };

/** How long it took, in milliseconds; of calls also how long one takes, in the middle and the slowest of a hundred. */
export interface LoaderAnswer {
  readonly elapsedMs: number;
  readonly p50Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
}

/** A client in a process of its own. */
export type Loader = HelperProcess<LoaderQuestion, LoaderAnswer>;

export async function startLoader(target: Target): Promise<Loader> {
  const loader: Loader = new HelperProcess("loader-process.ts");
  await loader.ask({ do: "connect", target });
  return loader;
}
