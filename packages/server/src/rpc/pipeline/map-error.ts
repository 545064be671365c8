import { AppError, grpcCodes, isAppError } from "@sallyport/api";
import { StatusError } from "../transport/index.ts";

/** More than this and clients may refuse the whole answer for the size of its headers. */
const MAX_DETAILS_CHARACTERS = 4_000;

/**
 * What a call ends with when it was thrown this. An unknown error is `INTERNAL`, with the request id and nothing of
 * its own text; never the gRPC code Unknown, which the circuit breakers of clients count as an outage.
 */
export function toAppError(error: unknown, requestId: () => string): AppError {
  if (isAppError(error)) return error;
  if (error instanceof StatusError && error.code === grpcCodes.cancelled) return new AppError("CANCELLED");
  if (error instanceof StatusError && error.code === grpcCodes.deadline_exceeded) {
    return new AppError("DEADLINE_EXCEEDED");
  }
  if (error instanceof Error && error.name === "AbortError") return new AppError("CANCELLED");
  const message = `an internal error occurred (request id ${requestId()})`;
  return new AppError("INTERNAL", message, { cause: error });
}

/** The same error in the words of the transport. `cause` stays here. */
export function toStatus(error: AppError, requestId: string): StatusError {
  const trailers: Record<string, string> = {
    "sallyport-reason": error.reason,
    "sallyport-request-id": requestId,
  };
  const details = asciiJson(error.details);
  if (details !== "{}" && details.length <= MAX_DETAILS_CHARACTERS) trailers["sallyport-details"] = details;
  return new StatusError(grpcCodes[error.code], error.message, trailers);
}

/** Headers carry printable ASCII only. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
