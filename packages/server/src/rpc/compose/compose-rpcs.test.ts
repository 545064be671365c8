import assert from "node:assert/strict";
import { test } from "node:test";
import { ClusterConfigService } from "@sallyport/api/gen/teleport/clusterconfig/v1/clusterconfig_service_pb";
import { Pipeline } from "../pipeline/index.ts";
import type { Access, RpcPart, RpcTable } from "../table.ts";
import { echoService } from "../testing/echo-service.ts";
import { checkTable, composeRpcs } from "./compose-rpcs.ts";
import { registerServices, serve } from "./register-services.ts";

type Service = typeof ClusterConfigService;
type Method = keyof Service["method"];

const access: Access = { anyone: true, why: "the test" };
const entry = { access, handle: () => ({}) };
const all = Object.fromEntries(Object.keys(ClusterConfigService.method).map((name) => [name, entry]));

const name: RpcPart<Service, "getClusterName"> = { getClusterName: entry };
const rest = Object.fromEntries(
  Object.entries(all).filter(([method]) => method !== "getClusterName"),
) as unknown as RpcPart<Service, Exclude<Method, "getClusterName">>;

test("the parts of a service make its table", () => {
  const table: RpcTable<Service> = composeRpcs(ClusterConfigService, [name, rest]);
  assert.deepEqual(Object.keys(table).sort(), Object.keys(all).sort());
});

test("threat 13: a method that no part takes does not compile and is refused at start", () => {
  // @ts-expect-error no part takes getClusterName
  assert.throws(() => composeRpcs(ClusterConfigService, [rest]), /no part takes teleport.*\.getClusterName/);
});

test("threat 13: a method that two parts take does not compile and is refused at start", () => {
  // @ts-expect-error two parts take getClusterName
  const compose = () => composeRpcs(ClusterConfigService, [name, name, rest]);
  assert.throws(compose, /two parts take teleport.*\.getClusterName/);
});

test("a method that the service does not have does not compile and is refused at start", () => {
  const other = { getNothing: entry };
  // @ts-expect-error the service has no method getNothing
  assert.throws(() => composeRpcs(ClusterConfigService, [name, rest, other]), /has no method getNothing/);
});

test("threat 13: an entry without a word on who may call it does not compile and is refused at start", () => {
  // @ts-expect-error getClusterName has no access
  const silent: RpcPart<Service, "getClusterName"> = { getClusterName: { handle: () => ({}) } };
  assert.throws(
    () => checkTable(ClusterConfigService, { ...all, ...silent }),
    /does not say who may call it/,
  );
});

test("names that every object has are no methods", () => {
  const service = { ...echoService(), methods: [{ ...echoService().methods[0]!, localName: "toString" }] };
  assert.throws(() => checkTable(service, {}), /no part takes test.Echo.toString/);
});

test("every method of the services reaches the transport, under its path", () => {
  const paths: string[] = [];
  const pipeline = new Pipeline({} as ConstructorParameters<typeof Pipeline>[0]);
  const table = composeRpcs(ClusterConfigService, [name, rest]);
  const transport = {
    serve: (methods: readonly { path: string }[]) => void paths.push(...methods.map((m) => m.path)),
  };
  registerServices(transport, [serve(ClusterConfigService, table)], pipeline);
  assert.equal(paths.length, ClusterConfigService.methods.length);
  assert.ok(paths.includes("/teleport.clusterconfig.v1.ClusterConfigService/GetClusterName"));
});
