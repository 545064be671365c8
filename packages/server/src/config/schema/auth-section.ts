import { authenticationGroup } from "./authentication-group.ts";
import { group, key, notServed } from "./key.ts";
import {
  address,
  clusterName,
  duration,
  durationOrNever,
  oneOf,
  oneOrMore,
  text,
  wholeNumber,
  yesNo,
} from "./scalars.ts";

const AUTH_PORT = 3025;

/** The auth service of a cluster. */
export const authSection = group("The auth service: the API of the cluster.", {
  enabled: key(yesNo, "yes or no", "yes", "Whether this daemon runs it."),
  listen_addr: key(address(AUTH_PORT), "host:port", "127.0.0.1:3025", "Where it listens."),
  public_addr: key(
    oneOrMore(address(AUTH_PORT)),
    "host:port, or a list",
    "",
    "Names that clients dial; they go into the certificate of the service.",
    "auth.example.com:3025",
  ),
  cluster_name: key(
    clusterName,
    "text",
    "sallyport",
    "The name of the cluster, in every certificate. It is set at the first start and never changes.",
  ),
  proxy_protocol: key(
    oneOf("on", "off", "unset"),
    "on, off or unset",
    "unset",
    "Whether a load balancer in front sends PROXY headers: on wants one, off refuses it, unset does not believe it.",
  ),
  authentication: authenticationGroup,
  message_of_the_day: key(text, "text", "", "What people see when they log in.", "Hello."),
  disconnect_expired_cert: key(yesNo, "yes or no", "no", "Ends sessions whose certificate expires."),
  session_recording: key(
    oneOf("node", "node-sync", "proxy", "proxy-sync", "off"),
    "node, node-sync, proxy, proxy-sync or off",
    "node",
    "Where sessions are recorded.",
  ),
  proxy_checks_host_keys: key(yesNo, "yes or no", "yes", "Whether a recording proxy checks host keys."),
  client_idle_timeout: key(durationOrNever, "duration or never", "never", "Ends sessions that are idle."),
  client_idle_timeout_message: key(
    text,
    "text",
    "",
    "What the client of an ended session is told.",
    "The session was idle.",
  ),
  web_idle_timeout: key(durationOrNever, "duration", "10m", "Ends browser sessions that are idle."),
  keep_alive_interval: key(duration, "duration", "5m", "How often a session is asked whether it lives."),
  keep_alive_count_max: key(
    wholeNumber(0, 1000),
    "number",
    "3",
    "How many unanswered questions end a session.",
  ),
  session_control_timeout: key(
    durationOrNever,
    "duration",
    "2m",
    "How long a session lives that lost its control.",
  ),
  ssh_dial_timeout: key(duration, "duration", "30s", "How long a proxy tries to reach a host."),
  routing_strategy: key(
    oneOf("unambiguous_match", "most_recent"),
    "unambiguous_match or most_recent",
    "unambiguous_match",
    "What happens when two hosts have the name that was asked for.",
  ),
  proxy_listener_mode: key(
    oneOf("multiplex", "separate"),
    "multiplex or separate",
    "multiplex",
    "Whether a proxy serves everything on one port.",
  ),
  case_insensitive_routing: key(yesNo, "yes or no", "no", "Whether host names are compared without case."),
  tokens: notServed("Join tokens that never expire."),
  license_file: notServed("A licence; Sallyport needs none."),
  tunnel_strategy: notServed("How agents reach proxies."),
  load_all_cas: notServed("Whether clients load the authorities of every cluster."),
  proxy_ping_interval: notServed("How often clients ping a proxy."),
  reverse_tunnels: notServed("Tunnels to other clusters."),
  kubeconfig_file: notServed("Credentials of a Kubernetes cluster, in older releases."),
  hosted_plugins: notServed("Plugins that run inside the auth service."),
  access_monitoring: notServed("Queries over audit events."),
  ca_key_params: notServed("Keys of authorities in a hardware module."),
});
