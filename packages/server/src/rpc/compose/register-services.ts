import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { Pipeline } from "../pipeline/index.ts";
import type { RpcEntry, RpcTable } from "../table.ts";
import type { MethodRunner } from "../transport/index.ts";
import { checkTable } from "./compose-rpcs.ts";

/** A service with its table; made by `serve`, so that the two belong together. */
export interface ServedService {
  readonly service: DescService;
  readonly table: Readonly<Record<string, RpcEntry<DescMethod>>>;
}

/** One line of `rpc/services.ts`. */
export function serve<S extends DescService>(service: S, table: RpcTable<S>): ServedService {
  return { service, table: table as unknown as ServedService["table"] };
}

/** Hands every method of the services to a transport, each behind the pipeline. Throws where a table is not whole. */
export function registerServices(
  transport: { serve(methods: readonly MethodRunner[]): void },
  services: readonly ServedService[],
  pipeline: Pipeline,
): void {
  for (const { service, table } of services) {
    checkTable(service, table);
    transport.serve(service.methods.map((method) => bindEntry(pipeline, method, table)));
  }
}

function bindEntry(pipeline: Pipeline, method: DescMethod, table: ServedService["table"]): MethodRunner {
  const entry = table[method.localName];
  if (entry === undefined) throw new Error(`no part takes ${method.parent.typeName}.${method.localName}`);
  return pipeline.bind(method, entry);
}
