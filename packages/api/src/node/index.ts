// What only Node can do: credentials in files, and the connection over mutual TLS.
export { type Address, defaultAuthPort, formatAddress, parseAddress } from "./address.ts";
export {
  type ConnectOptions,
  clusterServerName,
  connect,
  type NodeClient,
} from "./connect.ts";
export type { CredentialMaterial, Credentials, SshMaterial } from "./credentials.ts";
export { type CredentialFiles, fromFiles } from "./from-files.ts";
export { type CredentialTexts, fromMemory } from "./from-memory.ts";
export { defaultServerName } from "./grpc-connection.ts";
export type { HttpCall } from "./http-json.ts";
export { fromIdentityFile } from "./identity-file.ts";
export { localAddress, localAdmin } from "./local-admin.ts";
