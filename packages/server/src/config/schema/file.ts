import type { z } from "zod";
import { authSection } from "./auth-section.ts";
import { group, key, notServed } from "./key.ts";
import { sallyportSection } from "./sallyport-section.ts";
import { oneOf } from "./scalars.ts";
import { teleportSection } from "./teleport-section.ts";

/** The whole file, as people write it. */
export const fileSchema = group("The configuration of one daemon.", {
  version: key(
    oneOf("v1", "v2", "v3"),
    "v1, v2 or v3",
    "v1",
    "The version of this schema; new files say v3. Without it a file is read as v1.",
  ),
  teleport: teleportSection,
  auth_service: authSection,
  sallyport: sallyportSection,
  proxy_service: notServed("The public door of a cluster."),
  ssh_service: notServed("SSH to this host."),
  kubernetes_service: notServed("Access to Kubernetes clusters."),
  app_service: notServed("Access to web applications."),
  db_service: notServed("Access to databases."),
  windows_desktop_service: notServed("Access to Windows desktops."),
  discovery_service: notServed("Finding resources in clouds."),
  metrics_service: notServed("Metrics."),
  debug_service: notServed("Profiles and log levels at run time."),
  tracing_service: notServed("Traces."),
  okta_service: notServed("Users and applications of Okta."),
  jamf_service: notServed("Devices of Jamf."),
  plugin_service: notServed("Plugins that the auth service runs."),
  access_graph: notServed("A graph of who may reach what."),
});

/** What the file says, value by value; nothing is filled in yet. */
export type FileValues = NonNullable<z.output<typeof fileSchema>>;
