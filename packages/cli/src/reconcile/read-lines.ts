/** Longer than anything that sshd or the journal writes; what is longer is passed over. */
export const maxLineBytes = 64 * 1024;

/**
 * The lines of a text that comes in pieces, however long it is: no more than one line is kept. Undefined stands for a
 * line that is too long.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<string | undefined, void, undefined> {
  let kept: Buffer[] = [];
  let size = 0;
  const finish = (): string | undefined => {
    const text =
      size > maxLineBytes ? undefined : Buffer.concat(kept, size).toString("utf8").replace(/\r$/, "");
    kept = [];
    size = 0;
    return text;
  };
  const keep = (part: Buffer) => {
    size += part.length;
    if (size > maxLineBytes) kept = [];
    else kept.push(part);
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      keep(bytes.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    keep(bytes.subarray(start));
  }
  if (size > 0) yield finish();
}
