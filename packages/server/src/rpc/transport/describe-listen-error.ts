import { AppError } from "@sallyport/api";

/** Why there can be no listener, in words that say what to change. */
export function describeListenError(error: Error, { host, port }: { host: string; port: number }): AppError {
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  const code = "code" in error ? String(error.code) : "";
  const why = reasons[code] ?? error.message;
  const hint =
    "Another address goes into auth_service.listen_addr of the configuration: sallyport configure.";
  return new AppError("UNAVAILABLE", `cannot listen on ${address}: ${why}`, {
    cause: error,
    details: { hint },
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program uses this port; is the service running already?",
  EACCES: "this user may not; ports below 1024 are often for root alone",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "there is no host of this name",
  EAI_AGAIN: "the name of the host cannot be resolved now",
};
