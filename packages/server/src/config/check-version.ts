import type { FileValues } from "./schema/file.ts";

interface Problem {
  readonly path: readonly string[];
  readonly words: string;
}

/** What one version of the schema has and another does not, and keys that exclude each other. */
export function checkVersion(values: FileValues): readonly Problem[] {
  const version = values.version ?? "v1";
  const teleport = values.teleport ?? {};
  const problems: Problem[] = [];
  const refuse = (name: string, words: string) => problems.push({ path: ["teleport", name], words });
  const said = `this file ${values.version === undefined ? "has no version, which means v1" : `says ${version}`}`;
  if (version === "v3") {
    if (teleport.auth_servers !== undefined)
      refuse("auth_servers", "teleport.auth_servers is not in v3; write auth_server or proxy_server");
    if (teleport.auth_server !== undefined && teleport.proxy_server !== undefined)
      refuse("proxy_server", "teleport.proxy_server and teleport.auth_server exclude each other");
  } else {
    for (const name of ["auth_server", "proxy_server"] as const)
      if (teleport[name] !== undefined) refuse(name, `teleport.${name} needs version: v3; ${said}`);
  }
  const authentication = values.auth_service?.authentication;
  if (authentication?.second_factor !== undefined && authentication.second_factors !== undefined) {
    problems.push({
      path: ["auth_service", "authentication", "second_factor"],
      words: "second_factor and second_factors exclude each other; keep second_factors",
    });
  }
  return problems;
}
