// Stored resources: the one place for how they are read and written, and for what a revision means.
export { expiryOf, type ResourceMetadata } from "./metadata.ts";
export { deleteStored, writeOverStored } from "./over-stored.ts";
export {
  createResourceStore,
  type Resource,
  type ResourcePage,
  type ResourceStore,
  type ResourceStoreOptions,
  type WithCommit,
} from "./resource-store.ts";
export { ruleSubject } from "./rule-subject.ts";
export { takeTurns } from "./take-turns.ts";
