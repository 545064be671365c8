import { X509Error } from "../x509-error.ts";

/** One block of a PEM text (RFC 7468): the label of its BEGIN line and the bytes. */
export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
}

const maxPemChars = 4 * 1024 * 1024;
const maxBlocks = 1000;
const boundary = /^-----(BEGIN|END) ([A-Z0-9 .#]{1,64})-----$/;
const base64Line = /^[A-Za-z0-9+/]*={0,2}$/;

/** PEM text of one block, lines of 64 characters, a newline at the end. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der.buffer, der.byteOffset, der.length)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/**
 * All blocks of a PEM text, in order. Text between blocks is passed over, as RFC 7468 allows; a block with headers
 * (an encrypted key of old) is refused.
 *
 * @throws X509Error MALFORMED or TOO_LARGE.
 */
export function decodePem(text: string): PemBlock[] {
  if (text.length > maxPemChars) throw new X509Error("TOO_LARGE", "the PEM text is too large");
  const blocks: PemBlock[] = [];
  let open: { label: string; lines: string[] } | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const [, kind, label = ""] = boundary.exec(line) ?? [];
    if (kind === "BEGIN") {
      if (open !== undefined) throw malformed(`the block ${open.label} has no END line`);
      open = { label, lines: [] };
    } else if (kind === "END") {
      blocks.push(closeBlock(open, label));
      open = undefined;
    } else open?.lines.push(line);
    if (blocks.length > maxBlocks) throw new X509Error("TOO_LARGE", "the PEM text has too many blocks");
  }
  if (open !== undefined) throw malformed(`the block ${open.label} has no END line`);
  return blocks;
}

function closeBlock(open: { label: string; lines: string[] } | undefined, label: string): PemBlock {
  if (open?.label !== label) throw malformed(`the END line of ${label} has no BEGIN line`);
  const base64 = open.lines.join("");
  if (base64 === "" || base64.length % 4 !== 0 || !base64Line.test(base64)) {
    throw malformed(`the block ${label} is not plain base64`);
  }
  return { label, der: Buffer.from(base64, "base64") };
}

/**
 * The first block with one of the labels.
 *
 * @throws X509Error MALFORMED where there is none; the message names the labels, never the content.
 */
export function decodePemBlock(text: string, labels: readonly string[]): PemBlock {
  const block = decodePem(text).find(({ label }) => labels.includes(label));
  if (block === undefined) throw malformed(`there is no block ${labels.join(" or ")}`);
  return block;
}

function malformed(detail: string): X509Error {
  return new X509Error("MALFORMED", `the PEM text is malformed: ${detail}`);
}
