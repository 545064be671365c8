import type { ResourceIdInit } from "@sallyport/api";
import { UsageError } from "../terminal/exit-code.ts";

/** Reads `/cluster/kind/name`; a name may have slashes, which then belong to what is below the resource. */
export function parseResourceId(text: string): ResourceIdInit {
  const [empty, ClusterName = "", Kind = "", Name = "", ...rest] = text.split("/");
  if (empty !== "" || ClusterName === "" || Kind === "" || Name === "") {
    throw new UsageError(`--resource ${JSON.stringify(text)} is not of the form /CLUSTER/KIND/NAME`);
  }
  return { ClusterName, Kind, Name, SubResourceName: rest.join("/") };
}
