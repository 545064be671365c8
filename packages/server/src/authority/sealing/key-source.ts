/** Where the key comes from that the data key is encrypted under. */
export type KeySource =
  | { readonly kind: "key_file"; readonly path: string }
  | { readonly kind: "passphrase_file"; readonly path: string }
  | { readonly kind: "passphrase_command"; readonly command: readonly string[] }
  | { readonly kind: "command"; readonly command: readonly string[] };

/** What is stored beside the encrypted data key: by what it was encrypted, never what with. */
export const wrappings = ["key_file", "passphrase", "command"] as const;
export type Wrapping = (typeof wrappings)[number];

const wrappingBy: Readonly<Record<KeySource["kind"], Wrapping>> = {
  key_file: "key_file",
  passphrase_file: "passphrase",
  passphrase_command: "passphrase",
  command: "command",
};

export const wrappingOf = ({ kind }: KeySource): Wrapping => wrappingBy[kind];

/** A source in the words of the configuration. */
export function describeSource(source: KeySource): string {
  return "path" in source ? `${source.kind} ${source.path}` : `${source.kind} ${source.command[0] ?? ""}`;
}
