import { request as httpsRequest } from "node:https";
import { getCACertificates } from "node:tls";
import { AppError } from "@sallyport/api";
import { API_VERSION } from "../rpc/index.ts";
import type { Exchange } from "./deps.ts";
import { formatIntroduction, parseAuthorities } from "./handshake-message.ts";

const TIMEOUT_MS = 15_000;
/** Four authorities in the middle of a rotation are far below this. */
const MAX_ANSWER_BYTES = 1024 * 1024;
export const VALIDATE_PATH = "/webapi/trustedclusters/validate";

/**
 * By HTTPS to the port of the other cluster. Its certificate has to be one of a public CA, or of the host authority
 * of that cluster where it is known here; there is no way to leave that out. A redirect is not followed.
 */
export const exchangeOverHttps: Exchange = async (address, introduction, knownHostCas) => {
  const url = URL.parse(`https://${address}${VALIDATE_PATH}`);
  if (url === null) throw new AppError("BAD_PARAMETER", `${JSON.stringify(address)} is no address`);
  const body = JSON.stringify(formatIntroduction(introduction, API_VERSION));
  const { status, text } = await post(url, body, [...getCACertificates("default"), ...knownHostCas]).catch(
    (error) => {
      throw unreachable(address, error);
    },
  );
  if (status !== 200) throw refused(address, status, text);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new AppError("UNAVAILABLE", `${address} answered something that is no JSON`, { cause });
  }
  return parseAuthorities(answer);
};

interface Answer {
  readonly status: number;
  readonly text: string;
}

function post(url: URL, body: string, ca: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = httpsRequest(
      url,
      { method: "POST", headers, ca: [...ca], agent: false, signal },
      async (response) => {
        try {
          const chunks: Buffer[] = [];
          let length = 0;
          for await (const chunk of response as AsyncIterable<Buffer>) {
            length += chunk.length;
            if (length > MAX_ANSWER_BYTES) throw new Error("the answer is too long");
            chunks.push(chunk);
          }
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
        } catch (error) {
          request.destroy();
          reject(error);
        }
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const untrusted: readonly string[] = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
];

function unreachable(address: string, cause: unknown): AppError {
  const code = (cause as { code?: unknown }).code;
  if (typeof code === "string" && untrusted.includes(code)) {
    return new AppError(
      "ACCESS_DENIED",
      `the certificate of ${address} is of no CA that is known here (${code}); where it is the port of a cluster ` +
        "itself, bring its host authority over first: tctl get cert_authority/host/CLUSTER there, tctl create here",
      { cause },
    );
  }
  return new AppError("UNAVAILABLE", `${address} cannot be reached: ${(cause as Error).message}`, { cause });
}

/** Only the sentence of an answer is passed on, and only so much of it as a person reads. */
function refused(address: string, status: number, text: string): AppError {
  const said = messageIn(text);
  const words = said === "" ? "" : `: ${said}`;
  return new AppError(
    status === 403 ? "ACCESS_DENIED" : "UNAVAILABLE",
    `${address} refused the introduction of this cluster (status ${status})${words}`,
  );
}

function messageIn(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: { message?: unknown } };
    const said = error?.message ?? message;
    return typeof said === "string" ? said.replaceAll(/\p{C}/gu, " ").slice(0, 200) : "";
  } catch {
    // What is no JSON of ours is nothing to read out.
    return "";
  }
}
