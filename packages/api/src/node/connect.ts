import { type Client, type ClientOptions, createClient } from "../client/client.ts";
import { errorFromStatus } from "../client/errors.ts";
import type { CallOptions } from "../client/rpc-caller.ts";
import { AppError } from "../errors/index.ts";
import { formatAddress, parseAddress } from "./address.ts";
import type { CredentialMaterial, Credentials } from "./credentials.ts";
import { dialFirst } from "./dial.ts";
import { followFiles } from "./follow-files.ts";
import { type ConnectionSettings, defaultServerName } from "./grpc-connection.ts";
import { GrpcTransport } from "./grpc-transport.ts";
import { callJson, type HttpCall } from "./http-json.ts";

/** The name by which one cluster is asked for where several share an address: `<hex of its name>.teleport.cluster.local`. */
export function clusterServerName(clusterName: string): string {
  return `${Buffer.from(clusterName, "utf8").toString("hex")}.${defaultServerName}`;
}

/** Where to connect, and as whom. */
export interface ConnectOptions extends ClientOptions {
  /** `host:port` of the auth service, or several of one cluster, of which the first to answer is used. Port 3025 where none is said. */
  readonly address: string | readonly string[];
  readonly credentials: Credentials;
  /** What the server's certificate must be for: {@link defaultServerName} where it is left out, null = the dialled host. */
  readonly serverName?: string | null | undefined;
  /** How long connecting may take, in milliseconds; 30000 where it is left out. */
  readonly connectTimeoutMs?: number | undefined;
  /** Ends the connecting. */
  readonly signal?: AbortSignal | undefined;
  /** How often an idle connection is checked, in milliseconds; 60000 where it is left out. */
  readonly keepaliveMs?: number | undefined;
  /**
   * Looks at the credential files this often, in milliseconds, and connects anew when they have changed, as those of
   * short-lived certificates do. 0 = never, the default.
   */
  readonly reloadCredentialsMs?: number | undefined;
  /** Told when changed credentials cannot be used; the connection goes on with the old ones. */
  readonly onReloadError?: ((error: unknown) => void) | undefined;
}

/** A connected client. */
export interface NodeClient extends Client, AsyncDisposable {
  /** Whom the certificate names, in which cluster, and until when (milliseconds since 1970). */
  readonly identity: Pick<CredentialMaterial, "username" | "clusterName" | "expiresAt">;
  /** The address that answered, as `host:port`. */
  address(): Promise<string>;
  /** A call of the JSON API of the auth port, for the few things that are not in gRPC. */
  json(call: HttpCall, options?: CallOptions): Promise<unknown>;
  /** Cancels every call and disconnects. Loops over a watch end with CANCELLED. */
  close(): Promise<void>;
}

/**
 * Connects over mutual TLS. It has connected when both sides have accepted each other's certificate; nothing is called
 * yet. A connection that breaks later mends itself: calls meanwhile fail as UNAVAILABLE, watches resume.
 *
 * @throws AppError UNAVAILABLE where no address answers; whatever `credentials` throws.
 * @example
 * await using client = await connect({
 *   address: "auth.example.com:3025",
 *   credentials: fromFiles({ cert: "auth.crt", key: "auth.key", ca: "auth.cas" }),
 * });
 * console.log((await client.ping()).ClusterName);
 */
export async function connect(options: ConnectOptions): Promise<NodeClient> {
  const addresses = [options.address].flat().map(parseAddress);
  if (addresses.length === 0) throw new AppError("BAD_PARAMETER", "no address of an auth service is given");
  if (typeof options.credentials?.load !== "function") {
    const what = options.credentials === undefined ? "are missing" : "are not in a form to connect with";
    throw new AppError(
      "BAD_PARAMETER",
      `credentials ${what}; they come from fromFiles, fromIdentityFile or fromMemory`,
    );
  }
  const timeoutMs = options.connectTimeoutMs ?? 30_000;
  let settings = settingsOf(await options.credentials.load(), options);
  const dial = () => dialFirst(addresses, { ...settings, timeoutMs });
  const first = await dialFirst(addresses, { ...settings, timeoutMs, signal: options.signal });
  const mayRenew = (options.reloadCredentialsMs ?? 0) > 0;
  const hasExpired = () => !mayRenew && settings.material.expiresAt <= Date.now();
  const transport = new GrpcTransport(first, dial, addresses.length > 1, hasExpired);
  const following = follow(options, async () => {
    settings = settingsOf(await options.credentials.load(), options);
    await transport.replace(await dial());
  });
  const currentAddress = async () => {
    try {
      return (await transport.current()).address;
    } catch (error) {
      throw errorFromStatus(error);
    }
  };
  const close = async () => {
    following?.stop();
    await transport.close();
  };
  return {
    ...createClient(transport, options),
    get identity() {
      const { username, clusterName, expiresAt } = settings.material;
      return { username, clusterName, expiresAt };
    },
    address: async () => formatAddress(await currentAddress()),
    json: async (call, callOptions) => callJson(await currentAddress(), settings, call, callOptions),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function settingsOf(material: CredentialMaterial, options: ConnectOptions): ConnectionSettings {
  const { serverName = defaultServerName, keepaliveMs = 60_000 } = options;
  return { material, serverName, keepaliveMs };
}

function follow(options: ConnectOptions, reload: () => Promise<void>): { stop(): void } | undefined {
  const { credentials, reloadCredentialsMs = 0, onReloadError } = options;
  if (reloadCredentialsMs === 0 || credentials.files.length === 0) return undefined;
  return followFiles(credentials.files, reloadCredentialsMs, async () => {
    try {
      await reload();
    } catch (error) {
      onReloadError?.(error);
      throw error;
    }
  });
}
