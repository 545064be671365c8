import { checkMaterial } from "./check-material.ts";
import type { Credentials } from "./credentials.ts";

/** Credentials as PEM text. */
export interface CredentialTexts {
  /** The client certificate. */
  readonly cert: string;
  /** Its private key, not encrypted. */
  readonly key: string;
  /** The certificates of the cluster's authorities, one after the other. */
  readonly ca: string;
}

/** Credentials that the program already holds, for example from a secret store. */
export function fromMemory(texts: CredentialTexts): Credentials {
  const sourced = (name: keyof CredentialTexts) => ({ text: texts[name], place: `the given ${name}` });
  return {
    description: "credentials in memory",
    files: [],
    load: async () =>
      checkMaterial({ cert: sourced("cert"), key: sourced("key"), ca: sourced("ca") }, Date.now()),
  };
}
