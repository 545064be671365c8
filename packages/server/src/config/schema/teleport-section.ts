import { group, key, notServed } from "./key.ts";
import { name, oneOf, path, severity, text, wholeNumber } from "./scalars.ts";

const log = group("Where log lines go and which.", {
  output: key(text, "stderr, stdout or a path", "stderr", "Where lines are written."),
  severity: key(severity, "debug, info, warn or error", "info", "Lines below this are left out."),
  format: group("How a line looks.", {
    output: key(oneOf("text", "json"), "text or json", "text", "Text for people or JSON for programs."),
    extra_fields: notServed("Which fields a line carries."),
  }),
});

const storage = group("Where the state of the cluster is kept.", {
  type: key(
    oneOf("sqlite", "memory"),
    "sqlite or memory",
    "sqlite",
    "SQLite keeps every answered write; memory forgets everything at the end and is for tests.",
  ),
  path: key(
    path,
    "path of a directory",
    "<data_dir>/backend",
    "Where the SQLite files are.",
    "/var/lib/sallyport/backend",
  ),
  sync: notServed("How hard a write is pressed onto the disk; it is always full."),
  journal: notServed("How SQLite keeps its journal; it is always a write-ahead log."),
  audit_events_uri: notServed("Where else audit events go."),
  audit_sessions_uri: notServed("Where recordings go."),
  retention_period: notServed("How long audit events are kept in a cloud table."),
  continuous_backups: notServed("Backups of a cloud table."),
  auto_scaling: notServed("Scaling of a cloud table."),
});

const connectionLimits = group("How many connections are held at once.", {
  max_connections: key(
    wholeNumber(1, 1_000_000),
    "number",
    "15000",
    "Connections of all clients together; one more is turned away.",
  ),
  max_users: notServed("Connections per user."),
});

/** What holds for every service of the daemon. */
export const teleportSection = group("What holds for every service of this daemon.", {
  nodename: key(name, "text", "the host name", "What this host is called in lists and logs.", "auth-1"),
  data_dir: key(
    path,
    "path of a directory",
    "/var/lib/sallyport for root, ~/.local/state/sallyport for others",
    "Keys and the database; `--data-dir` comes before it, and SALLYPORT_DATA_DIR where the file is not named by `-c`.",
    "/var/lib/sallyport",
  ),
  log,
  storage,
  connection_limits: connectionLimits,
  pid_file: notServed("A file that holds the process id."),
  auth_token: notServed("The token this host joins with."),
  join_params: notServed("How this host joins a cluster."),
  ca_pin: notServed("The key of the cluster that this host joins."),
  advertise_ip: notServed("The address that others reach this host by."),
  diag_addr: notServed("Where metrics and health are served."),
  auth_server: notServed("The auth service to join; an auth service alone needs none. Only in version v3."),
  auth_servers: notServed("The auth services to join. Only in versions v1 and v2."),
  proxy_server: notServed("The proxy to join through. Only in version v3."),
  cache: notServed("Caching of what the auth service answers."),
  ciphers: notServed("Ciphers of SSH."),
  kex_algos: notServed("Key exchanges of SSH."),
  mac_algos: notServed("Message authentication codes of SSH."),
  ciphersuites: notServed("Ciphers of TLS 1.2."),
  ca_signature_algo: notServed("How older releases signed SSH certificates."),
});
