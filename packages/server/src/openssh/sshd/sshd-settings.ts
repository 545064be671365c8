/** What `sshd -T` says is in force: keyword in lower case → its values, in order. */
export type SshdSettings = ReadonlyMap<string, readonly string[]>;

/** A connection to ask sshd about: `sshd -T -C`. */
export interface ConnectionSpec {
  readonly user: string;
  readonly host: string;
  readonly addr: string;
}

/** Reads the output of `sshd -T`: a keyword and its value on each line; some keywords come several times. */
export function parseSshdSettings(output: string): SshdSettings {
  const settings = new Map<string, string[]>();
  for (const line of output.split("\n")) {
    const [, keyword, value] = /^(\S+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (keyword === undefined || value === undefined) continue;
    const name = keyword.toLowerCase();
    settings.set(name, [...(settings.get(name) ?? []), value]);
  }
  return settings;
}

/** The values of a keyword; none where sshd has none. */
export function valuesOf(settings: SshdSettings, keyword: string): readonly string[] {
  return (settings.get(keyword.toLowerCase()) ?? []).filter((value) => value !== "none");
}
