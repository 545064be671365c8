/** An entry of the journal whose message is binary has a line for each octet. */
const maxEntryChars = 1024 * 1024;

/**
 * Makes one line of each entry that `journalctl -o json-pretty` spreads over many, and leaves all other lines as they are.
 * What stands between the braces is indented, so a brace that somebody has put into another log hides no line after it.
 * Undefined stands for a line or an entry that cannot be read.
 */
export async function* joinEntries(
  lines: AsyncIterable<string | undefined>,
): AsyncGenerator<string | undefined, void, undefined> {
  let parts: string[] | undefined;
  let size = 0;
  for await (const line of lines) {
    if (parts !== undefined) {
      const isInside = line !== undefined && /^[ \t]/.test(line) && size + line.length <= maxEntryChars;
      if (isInside) {
        parts.push(line);
        size += line.length;
        continue;
      }
      const isWhole = line === "}";
      yield isWhole ? [...parts, line].join("") : undefined;
      parts = undefined;
      if (isWhole) continue;
    }
    if (line === "{") {
      parts = [line];
      size = 0;
    } else yield line;
  }
  if (parts !== undefined) yield undefined;
}
