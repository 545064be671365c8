/** One PEM block with its begin and end lines. */
export interface PemBlock {
  /** For example `CERTIFICATE` or `PRIVATE KEY`. */
  readonly label: string;
  /** The block as text, lines trimmed, with a line end after the last. */
  readonly text: string;
}

/** What a text holds: PEM blocks, and the lines outside of them, both in order. */
export interface PemText {
  readonly blocks: readonly PemBlock[];
  readonly otherLines: readonly string[];
  /** A block that begins and does not end. */
  readonly isUnfinished: boolean;
}

const beginLine = /^-----BEGIN ([A-Z0-9 ]+)-----$/;

/** Splits a text into PEM blocks and the rest, line by line. */
export function splitPem(text: string): PemText {
  const blocks: PemBlock[] = [];
  const otherLines: string[] = [];
  let open: { label: string; lines: string[] } | undefined;
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    if (open === undefined) {
      const label = beginLine.exec(line)?.[1];
      if (label !== undefined) open = { label, lines: [line] };
      else if (line !== "") otherLines.push(line);
      continue;
    }
    open.lines.push(line);
    if (line !== `-----END ${open.label}-----`) continue;
    blocks.push({ label: open.label, text: `${open.lines.join("\n")}\n` });
    open = undefined;
  }
  return { blocks, otherLines, isUnfinished: open !== undefined };
}
