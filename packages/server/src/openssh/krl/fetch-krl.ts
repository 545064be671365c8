import { readFileSync } from "node:fs";
import { isAppError } from "@sallyport/api";
import { type Krl, parseKrl, SshError, type SshPublicKey } from "@sallyport/ssh";
import { placeFiles } from "../place-files.ts";
import { decideKrl } from "./decide-krl.ts";
import { type FallBack, fallBackKrl } from "./fall-back.ts";

export interface KrlFetch {
  /** The file that RevokedKeys of sshd names. */
  readonly file: string;
  readonly maxAgeMs: number;
  readonly whenStale: FallBack;
  /** The user authorities of the host, for `closed`. */
  readonly authorities: readonly SshPublicKey[];
  readonly acceptOlder: boolean;
  readonly now: number;
  /** The list, verified as far as its source can be. */
  source(): Promise<Uint8Array>;
}

/** What became of the file. */
interface KrlReport {
  readonly isFresh: boolean;
  /** Sentences for a person, or for the journal of the timer. */
  readonly words: readonly string[];
}

/** Refreshes the file. Whatever happens, sshd finds a list there that it can read, and never half of one. */
export async function fetchKrlInto(fetch: KrlFetch): Promise<KrlReport> {
  const { file, now, maxAgeMs, acceptOlder } = fetch;
  const current = readCurrent(file);
  const fetched = await readSource(fetch);
  const failure = "failure" in fetched ? fetched : undefined;
  const verdict = decideKrl({
    current,
    now,
    maxAgeMs,
    acceptOlder,
    fetched: failure ?? (fetched as Fetched).krl,
  });
  if (verdict.do === "replace" && !("failure" in fetched)) {
    await place(file, fetched.bytes);
    return { isFresh: true, words: [`written: ${file}, ${describe(fetched.krl)}`] };
  }
  if (verdict.do === "nothing")
    return { isFresh: true, words: [`${file} is up to date, ${describe(current)}`] };
  const because = "because" in verdict ? verdict.because : "";
  if (verdict.do === "keep")
    return { isFresh: false, words: [because, `${file} stays, ${describe(current)}`] };
  return { isFresh: false, words: [because, await fallBack(fetch, current)] };
}

interface Fetched {
  readonly bytes: Uint8Array;
  readonly krl: Krl;
}

/** Failures of the far side are a part of the situation; mistakes of ours are not. */
async function readSource({ source }: KrlFetch): Promise<Fetched | { readonly failure: string }> {
  try {
    const bytes = await source();
    return { bytes, krl: parseKrl(bytes) };
  } catch (error) {
    if (!isAppError(error) && !(error instanceof SshError)) throw error;
    return { failure: error.message };
  }
}

function readCurrent(file: string): Krl | undefined {
  try {
    return parseKrl(readFileSync(file));
  } catch {
    // Missing, unreadable or broken: for sshd and for us there is none.
    return undefined;
  }
}

async function fallBack(
  { file, whenStale, authorities }: KrlFetch,
  current: Krl | undefined,
): Promise<string> {
  const bytes = fallBackKrl(whenStale, current, authorities);
  if (bytes !== undefined) await place(file, bytes);
  if (whenStale === "closed")
    return `${file} refuses every certificate until there is a fresh list (--when-stale closed)`;
  const what = current === undefined ? "an empty list" : describe(current);
  return `sshd goes on by ${what}: what was revoked since is let in (--when-stale open)`;
}

const place = (path: string, content: Uint8Array) => placeFiles([{ path, content, mode: 0o644 }]);

function describe(krl: Krl | undefined): string {
  if (krl === undefined) return "no list";
  return `version ${krl.version} of ${new Date(krl.generatedAt).toISOString()}`;
}
