import { AppError, catalog, type ErrorDetails, grpcCodes, type Reason } from "../errors/index.ts";
import { StatusError } from "./transport.ts";

/** Trailer with the reason of our catalogue. */
export const reasonTrailer = "sallyport-reason";
/** Trailer with the details of the error, as a JSON object. */
export const detailsTrailer = "sallyport-details";
/** Trailer with the id under which the server's log has the call. */
export const requestIdTrailer = "sallyport-request-id";

/** What a status means where the server says nothing more precise, as a Teleport server does. */
const reasonOfCode: Readonly<Record<number, Reason>> = {
  [grpcCodes.cancelled]: "CANCELLED",
  [grpcCodes.invalid_argument]: "BAD_PARAMETER",
  [grpcCodes.deadline_exceeded]: "DEADLINE_EXCEEDED",
  [grpcCodes.not_found]: "NOT_FOUND",
  [grpcCodes.already_exists]: "ALREADY_EXISTS",
  [grpcCodes.permission_denied]: "ACCESS_DENIED",
  [grpcCodes.unauthenticated]: "ACCESS_DENIED",
  [grpcCodes.resource_exhausted]: "LIMIT_EXCEEDED",
  [grpcCodes.failed_precondition]: "COMPARE_FAILED",
  [grpcCodes.aborted]: "COMPARE_FAILED",
  [grpcCodes.out_of_range]: "CURSOR_TOO_OLD",
  [grpcCodes.unimplemented]: "NOT_IMPLEMENTED",
  [grpcCodes.unavailable]: "UNAVAILABLE",
};

/**
 * The error that a program sees for a failed call. The reason is the one that the server named, else the one that its
 * status code stands for; `details` are the server's, with its request id as `requestId`; `cause` is the
 * {@link StatusError}. Anything but a StatusError is returned as it is.
 */
export function errorFromStatus(error: unknown): unknown {
  if (!(error instanceof StatusError)) return error;
  const reason = namedReason(error) ?? reasonOfCode[error.code] ?? "INTERNAL";
  return new AppError(reason, error.message === "" ? undefined : error.message, {
    details: readDetails(error),
    cause: error,
  });
}

/** A reason is believed only with the code it belongs to: a name of a newer catalogue falls back to the code. */
function namedReason(error: StatusError): Reason | undefined {
  const name = error.trailers[reasonTrailer];
  if (name === undefined || !Object.hasOwn(catalog, name)) return undefined;
  const reason = name as Reason;
  return grpcCodes[catalog[reason].code] === error.code ? reason : undefined;
}

function readDetails(error: StatusError): ErrorDetails {
  const details: Record<string, string | number | boolean> = Object.create(null);
  for (const [key, value] of Object.entries(parseObject(error.trailers[detailsTrailer]))) {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      details[key] = value;
  }
  const requestId = error.trailers[requestIdTrailer];
  if (requestId !== undefined) details.requestId = requestId;
  return { ...details };
}

/** Details only help; a server that garbles them must not hide its error. */
function parseObject(text: string | undefined): object {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
