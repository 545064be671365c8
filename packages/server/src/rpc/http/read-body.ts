import type { IncomingMessage } from "node:http";
import { AppError } from "@sallyport/api";

/** Reads at most so many bytes and parses them as JSON; undefined where there are none. */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new AppError("LIMIT_EXCEEDED", `the body is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw new AppError("BAD_PARAMETER", "the body is not JSON", { cause: error });
  }
}
