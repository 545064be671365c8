import { chooseFormat, formatNames } from "./formats.ts";
import type { SignFormat, SignWish } from "./sign-format.ts";

/** One form of `auth sign` as the reference page tells it. */
export interface FormatDescription {
  readonly name: string;
  readonly holder: SignFormat["holder"];
  /** Paths with `OUT` for what `--out` names, on a machine without programs that make further forms. */
  readonly paths: readonly string[];
}

/** Every form, by the names of files that it really places. */
export function describeFormats(): Promise<readonly FormatDescription[]> {
  return Promise.all(
    formatNames.map(async (name) => {
      const { holder, paths } = await chooseFormat(name);
      return { name, holder, paths: paths(sample) };
    }),
  );
}

const sample: SignWish = {
  out: "OUT",
  user: "",
  hosts: [],
  databaseAccount: undefined,
  ttlMs: 0,
  compat: undefined,
  proxy: undefined,
  leafCluster: undefined,
  kubeCluster: undefined,
  windows: { user: "USER", domain: "DOMAIN", omitCdp: false },
  isTar: true,
  env: {},
  now: () => 0,
};
