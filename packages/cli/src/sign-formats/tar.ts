import { isAbsolute, normalize } from "node:path";
import type { NewFile } from "../credentials/place-files.ts";
import { UsageError } from "../terminal/exit-code.ts";

const blockBytes = 512;
const maxNameBytes = 100;

/** The files as a tar archive (POSIX ustar), each for its owner only. `at` is their time, in milliseconds since 1970. */
export function formatTar(files: readonly NewFile[], at: number): Buffer {
  const parts = files.flatMap(({ path, content }) => {
    const bytes = Buffer.from(content);
    const padding = Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes);
    return [formatHeader(tarName(path), bytes.length, at), bytes, padding];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}

/** A name below the folder in which the archive is unpacked. @throws UsageError */
export function tarName(path: string): string {
  const name = normalize(path);
  if (isAbsolute(name) || name.split("/").includes("..")) {
    throw new UsageError("with --tar, --out is a name inside the archive, neither absolute nor with ..");
  }
  if (Buffer.byteLength(name) > maxNameBytes) {
    throw new UsageError(`with --tar, names have at most ${maxNameBytes} bytes`);
  }
  return name;
}

function formatHeader(name: string, size: number, at: number): Buffer {
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, width: number) =>
    header.write(`${value.toString(8).padStart(width - 1, "0")}\0`, offset, "latin1");
  header.write(name, 0, "utf8");
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(at / 1000), 136, 12);
  header.write("0", 156, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  // The sum is taken with spaces in its own place.
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}
