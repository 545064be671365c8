interface LockedPackage {
  readonly version?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** What is installed, and the workspace it is. */
const programs = [
  ["sallyport, the daemon", "packages/server"],
  ["tctl", "packages/cli"],
  ["@sallyport/api, the SDK", "packages/api"],
  ["@sallyport/testkit", "packages/testkit"],
] as const;

/** For each program every package of npm that it needs to run, with its locked version. */
export function dependencyList(lockFile: string): string {
  const { packages } = JSON.parse(lockFile) as { packages: LockedPackages };
  const sections = programs.map(([title, workspace]) => {
    const found = new Map<string, string>();
    collect(packages, workspace, found, new Set());
    const lines = [...found.values()].sort();
    return [`${title} (${workspace}): ${lines.length}`, ...lines.map((line) => `  ${line}`)].join("\n");
  });
  return `${["Written by `npm run generate` from package-lock.json; do not edit.", ...sections].join("\n\n")}\n`;
}

function collect(
  packages: LockedPackages,
  path: string,
  found: Map<string, string>,
  seen: Set<string>,
): void {
  if (seen.has(path)) return;
  seen.add(path);
  const { dependencies, optionalDependencies } = packages[path] ?? {};
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const at = placeOf(packages, path, name);
    if (at === undefined) continue;
    const { version, link, resolved } = packages[at] ?? {};
    if (link === true) collect(packages, resolved ?? "", found, seen);
    else {
      found.set(at, `${name} ${version}`);
      collect(packages, at, found, seen);
    }
  }
}

/** Where Node finds a package from there: the nearest `node_modules`, outwards. */
function placeOf(packages: LockedPackages, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.includes("/") ? folder.slice(0, folder.lastIndexOf("/")) : "") {
    const at = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (Object.hasOwn(packages, at)) return at;
    if (folder === "") return undefined;
  }
}
