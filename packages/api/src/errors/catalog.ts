/**
 * The one catalogue of reasons: each is a stable string that programs may branch on, with the gRPC code that
 * carries it and a hint that tells a person what to do next. Clients of the Teleport API only see code and message.
 */

/** The gRPC status codes this API answers with; names are those of the gRPC specification, in lower case. */
export const grpcCodes = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalid_argument: 3,
  deadline_exceeded: 4,
  not_found: 5,
  already_exists: 6,
  permission_denied: 7,
  resource_exhausted: 8,
  failed_precondition: 9,
  aborted: 10,
  out_of_range: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  data_loss: 15,
  unauthenticated: 16,
} as const;

/** The name of a gRPC status code, such as `not_found`. */
export type GrpcCode = keyof typeof grpcCodes;

interface CatalogEntry {
  readonly code: GrpcCode;
  readonly words: string;
  readonly hint?: string;
}

const entry = (code: GrpcCode, words: string, hint?: string): CatalogEntry =>
  hint === undefined ? { code, words } : { code, words, hint };

/** Reason → code, default words, hint. A domain adds its own lines here and nowhere else. */
export const catalog = {
  BAD_PARAMETER: entry("invalid_argument", "the request is not valid"),
  ACCESS_DENIED: entry(
    "permission_denied",
    "access denied",
    "Ask an administrator which role allows this: tctl access explain.",
  ),
  LOCKED: entry("permission_denied", "access denied", "A lock is in force: tctl get lock."),
  CERTIFICATE_EXPIRED: entry(
    "permission_denied",
    "the client certificate has expired",
    "Get new credentials, for example with: tctl auth sign.",
  ),
  CERTIFICATE_REVOKED: entry(
    "permission_denied",
    "the certificate is revoked",
    "Get new credentials, for a new key.",
  ),
  CALLER_GONE: entry(
    "not_found",
    "access denied: the user of the certificate, or one of its roles, is not there",
    "Have the user or the role created again, or get new credentials, for example with: tctl auth sign.",
  ),
  NOT_FOUND: entry("not_found", "not found"),
  ALREADY_EXISTS: entry("already_exists", "it exists already", "Use -f to overwrite it."),
  COMPARE_FAILED: entry(
    "failed_precondition",
    "it changed in the meantime",
    "Read it again and repeat the change.",
  ),
  LIMIT_EXCEEDED: entry("resource_exhausted", "a limit was reached", "Wait a little, then try again."),
  ANSWER_TOO_LARGE: entry("resource_exhausted", "the answer is larger than clients accept"),
  UNAVAILABLE: entry(
    "unavailable",
    "the service is not available",
    "Is the auth service running? It starts with: sallyport start (in a clone: npm start).",
  ),
  NOT_IMPLEMENTED: entry("unimplemented", "not implemented"),
  CURSOR_TOO_OLD: entry(
    "out_of_range",
    "the cursor is too old",
    "List everything again, then watch from now.",
  ),
  STORAGE_UNUSABLE: entry("failed_precondition", "the database cannot be used"),
  CANCELLED: entry("cancelled", "the call was cancelled"),
  DEADLINE_EXCEEDED: entry("deadline_exceeded", "the call took too long"),
  INTERNAL: entry(
    "internal",
    "an internal error occurred",
    "The log of the auth service has the details under the request id.",
  ),
} as const satisfies Record<string, CatalogEntry>;

/** What went wrong, as a word that programs may branch on, such as `NOT_FOUND`; it never changes its meaning. */
export type Reason = keyof typeof catalog;
