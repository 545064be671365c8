/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array | string;
  /** Undefined where it is not to be kept. */
  readonly maxAgeSeconds?: number | undefined;
  /** Opaque, in quotes. */
  readonly etag?: string | undefined;
  /** Milliseconds since 1970. */
  readonly modifiedAt?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const words: Readonly<Record<number, string>> = {
  400: "the request is not valid",
  404: "there is nothing here; try /krl, /krl.sig, /crl/<type>.crl or /ocsp/<type>",
  405: "this method is not served here",
  413: "the request is too large",
  500: "an internal error; the log of the service says more",
  503: "too many requests; try again in a moment",
};

/** A refusal, in plain words. */
export const refusal = (status: number, headers?: Readonly<Record<string, string>>): Answer => ({
  status,
  type: "text/plain; charset=utf-8",
  body: `${words[status] ?? "refused"}\n`,
  headers,
});
