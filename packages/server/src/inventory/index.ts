// What the cluster gives access to. There is nothing of it yet; the methods that clients cannot do without are.

export { registeredRpcs } from "./registered-rpc.ts";
export { accessListRpcs, federationRpcs, inventoryRpcs, monitoringRuleRpcs } from "./rpc.ts";
