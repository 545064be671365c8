import type { Socket } from "node:net";
import { type ProxyHeader, parseProxyHeader } from "./proxy-header.ts";

type SettledHeader = Exclude<ProxyHeader, { kind: "incomplete" }>;

/**
 * Waits for the first bytes of a connection and takes a PROXY header off them; what follows stays readable.
 * Undefined when the client left before it said enough.
 */
export function readProxyHeader(socket: Socket): Promise<SettledHeader | undefined> {
  return new Promise((resolve) => {
    let seen: Buffer = Buffer.alloc(0);
    const settle = (header: SettledHeader | undefined) => {
      socket.off("readable", onReadable).off("close", onGone).off("end", onGone);
      resolve(header);
    };
    const onGone = () => settle(undefined);
    const onReadable = () => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      const header = parseProxyHeader(seen);
      if (header.kind === "incomplete") return;
      const rest = header.kind === "header" ? seen.subarray(header.bytes) : seen;
      if (rest.length > 0) socket.unshift(rest);
      settle(header);
    };
    socket.on("readable", onReadable).once("close", onGone).once("end", onGone);
  });
}
