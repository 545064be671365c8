import type { ServerHttp2Stream } from "node:http2";
import { grpcCodes } from "@sallyport/api";

/** Answers a call of a method that is not served; many clients try a newer one first and fall back on this. */
export function refuseUnknownMethod(stream: ServerHttp2Stream, path: string, apiVersion: string): void {
  // A stream that fails while it is refused has nobody to tell.
  stream.on("error", () => {});
  stream.resume();
  if (stream.destroyed || stream.headersSent) return;
  const headers = { ":status": 200, "content-type": "application/grpc+proto", version: apiVersion };
  const trailers = {
    "grpc-status": String(grpcCodes.unimplemented),
    "grpc-message": encodeURI(`the method ${path.slice(0, 200).toWellFormed()} is not served here`),
  };
  stream.once("wantTrailers", () => stream.sendTrailers(trailers));
  stream.respond(headers, { waitForTrailers: true });
  stream.end();
}
