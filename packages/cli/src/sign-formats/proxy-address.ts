import { UsageError } from "../terminal/exit-code.ts";

/** Where proxies listen for Kubernetes unless they say otherwise. */
const usualPort = "3026";

/**
 * `https://host:port` of an address that may lack the scheme and the port.
 *
 * @throws UsageError, also for `http:`, which would send the certificate's requests where anybody reads them.
 */
export function proxyAddress(text: string): string {
  const refusal = new UsageError(
    `--proxy ${JSON.stringify(text)} is not an address such as proxy.example.com:3026`,
  );
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(withScheme)) throw refusal;
  const url = new URL(withScheme);
  const hasMore =
    url.username !== "" || url.search !== "" || url.hash !== "" || !["", "/"].includes(url.pathname);
  if (url.protocol !== "https:" || url.hostname === "" || hasMore) throw refusal;
  // A URL leaves out the port that its scheme usually has.
  const port = url.port !== "" ? url.port : /:443\/?$/.test(text) ? "443" : usualPort;
  return `https://${url.hostname}:${port}`;
}
