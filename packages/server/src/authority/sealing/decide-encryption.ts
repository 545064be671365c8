import { describeSource, type KeySource, type Wrapping, wrappingOf } from "./key-source.ts";

/** What the configuration says of the encryption of CA keys. */
export interface EncryptionWish {
  readonly current: KeySource | undefined;
  /** What held before; only for a change of the key, and for turning it off. */
  readonly previous: KeySource | undefined;
}

/** What a start does about it. A source that is tried may turn out to be the wrong one. */
export type EncryptionPlan =
  | { readonly do: "leave in clear" }
  | { readonly do: "begin"; readonly under: KeySource }
  /** Open with the first that fits; any but the current one is a change to that. */
  | { readonly do: "open"; readonly tries: readonly KeySource[] }
  | { readonly do: "end"; readonly tries: readonly KeySource[] }
  | { readonly do: "refuse"; readonly because: string; readonly hint: string };

const SECTION = "sallyport.ca_key_encryption";

export function decideEncryption(
  { current, previous }: EncryptionWish,
  stored: Wrapping | undefined,
): EncryptionPlan {
  if (stored === undefined) {
    return current === undefined ? { do: "leave in clear" } : { do: "begin", under: current };
  }
  const tries = [current, previous].filter(
    (source) => source !== undefined && wrappingOf(source) === stored,
  ) as KeySource[];
  if (tries.length > 0) return { do: current === undefined ? "end" : "open", tries };
  const named = current ?? previous;
  return named === undefined
    ? {
        do: "refuse",
        because: `the CA keys of this cluster are encrypted under a ${wordOf(stored)}, and the configuration names none`,
        hint: `Put ${SECTION} back. To turn it off for good, name the key under ${SECTION}.previous alone.`,
      }
    : {
        do: "refuse",
        because: `the CA keys of this cluster are encrypted under a ${wordOf(stored)}, and not by ${describeSource(named)}`,
        hint: `To change the key, name the one of before under ${SECTION}.previous.`,
      };
}

const words: Readonly<Record<Wrapping, string>> = {
  key_file: "key file",
  passphrase: "passphrase",
  command: "command",
};
const wordOf = (wrapping: Wrapping) => words[wrapping];
