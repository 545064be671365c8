import { commandLine, path, scalar } from "./scalars.ts";

/** Where a key comes from that other keys are encrypted under. */
export type KeySourceValue =
  | { readonly kind: "key_file" | "passphrase_file"; readonly path: string }
  | { readonly kind: "passphrase_command" | "command"; readonly command: readonly string[] };

export const keySourceForm =
  "one of `{key_file: PATH}`, `{passphrase_file: PATH}`, `{passphrase_command: LIST}`, `{command: LIST}`";

export const keySource = scalar(
  "one of {key_file: PATH}, {passphrase_file: PATH}, {passphrase_command: [/PROGRAM, ARGUMENT]}, {command: [/PROGRAM, ARGUMENT]}",
  (value): KeySourceValue | undefined => {
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    const [kind, said] = entries[0] ?? [];
    if (entries.length !== 1) return undefined;
    if (kind === "key_file" || kind === "passphrase_file") {
      const file = path.safeParse(said);
      return file.success ? { kind, path: file.data } : undefined;
    }
    if (kind !== "passphrase_command" && kind !== "command") return undefined;
    const command = commandLine.safeParse(said);
    return command.success ? { kind, command: command.data } : undefined;
  },
);
