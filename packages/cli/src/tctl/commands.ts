import type { Noun, Verb } from "./verb.ts";

/** A command whose file is read only when its words are typed, so that no command pays for the others. */
export interface CommandEntry {
  readonly path: Verb["path"];
  readonly load: () => Promise<Verb>;
}

/** The words that stand before several verbs. */
export const nouns: readonly Noun[] = [
  { word: "users", aliases: ["user"], summary: "people and programs that use the cluster" },
  { word: "requests", aliases: ["request"], summary: "access requests" },
  { word: "access", summary: "who may do what" },
  { word: "auth", summary: "credentials and certificate authorities" },
  { word: "certs", aliases: ["cert"], summary: "certificates that were issued" },
  { word: "tokens", aliases: ["token"], summary: "tokens with which machines join" },
  { word: "workload-identity", summary: "SPIFFE IDs of workloads" },
  { word: "workload-identity revocations", summary: "certificates of workloads that are good no more" },
  { word: "alerts", aliases: ["alert"], summary: "messages to the people of the cluster" },
];

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  { path: ["status"], load: async () => (await import("./status.ts")).status },
  { path: ["get"], load: async () => (await import("./get.ts")).get },
  { path: ["create"], load: async () => (await import("./create.ts")).create },
  { path: ["edit"], load: async () => (await import("./edit.ts")).edit },
  { path: ["rm"], load: async () => (await import("./rm.ts")).rm },
  { path: ["update"], load: async () => (await import("./update.ts")).update },
  { path: ["users", "add"], load: async () => (await import("./users-add.ts")).usersAdd },
  { path: ["users", "ls"], load: async () => (await import("./users-ls.ts")).usersLs },
  { path: ["users", "update"], load: async () => (await import("./users-update.ts")).usersUpdate },
  { path: ["users", "rm"], load: async () => (await import("./users-rm.ts")).usersRm },
  { path: ["users", "reset"], load: async () => (await import("./users-reset.ts")).usersReset },
  { path: ["requests", "ls"], load: async () => (await import("./requests-ls.ts")).requestsLs },
  { path: ["requests", "get"], load: async () => (await import("./requests-get.ts")).requestsGet },
  { path: ["requests", "create"], load: async () => (await import("./requests-create.ts")).requestsCreate },
  {
    path: ["requests", "approve"],
    load: async () => (await import("./requests-approve.ts")).requestsApprove,
  },
  { path: ["requests", "deny"], load: async () => (await import("./requests-deny.ts")).requestsDeny },
  { path: ["requests", "review"], load: async () => (await import("./requests-review.ts")).requestsReview },
  { path: ["requests", "rm"], load: async () => (await import("./requests-rm.ts")).requestsRm },
  {
    path: ["requests", "capabilities"],
    load: async () => (await import("./requests-capabilities.ts")).requestsCapabilities,
  },
  {
    path: ["requests", "explain"],
    load: async () => (await import("./requests-explain.ts")).requestsExplain,
  },
  { path: ["access", "explain"], load: async () => (await import("./access-explain.ts")).accessExplain },
  { path: ["auth", "sign"], load: async () => (await import("./auth-sign.ts")).authSign },
  { path: ["auth", "export"], load: async () => (await import("./auth-export.ts")).authExport },
  { path: ["auth", "rotate"], load: async () => (await import("./auth-rotate.ts")).authRotate },
  { path: ["auth", "crl"], load: async () => (await import("./auth-crl.ts")).authCrl },
  { path: ["auth", "ls"], load: async () => (await import("./auth-ls.ts")).authLs },
  { path: ["certs", "ls"], load: async () => (await import("./certs-ls.ts")).certsLs },
  { path: ["certs", "show"], load: async () => (await import("./certs-show.ts")).certsShow },
  { path: ["certs", "revoke"], load: async () => (await import("./certs-revoke.ts")).certsRevoke },
  {
    path: ["certs", "reconcile"],
    load: async () => (await import("./certs-reconcile.ts")).certsReconcile,
  },
  { path: ["lock"], load: async () => (await import("./lock.ts")).lock },
  { path: ["tokens", "add"], load: async () => (await import("./tokens-add.ts")).tokensAdd },
  { path: ["tokens", "ls"], load: async () => (await import("./tokens-ls.ts")).tokensLs },
  { path: ["tokens", "rm"], load: async () => (await import("./tokens-rm.ts")).tokensRm },
  {
    path: ["workload-identity", "ls"],
    load: async () => (await import("./workload-identity-ls.ts")).workloadIdentityLs,
  },
  {
    path: ["workload-identity", "rm"],
    load: async () => (await import("./workload-identity-rm.ts")).workloadIdentityRm,
  },
  {
    path: ["workload-identity", "revocations", "add"],
    load: async () => (await import("./workload-identity-revocations-add.ts")).workloadIdentityRevocationsAdd,
  },
  {
    path: ["workload-identity", "revocations", "rm"],
    load: async () => (await import("./workload-identity-revocations-rm.ts")).workloadIdentityRevocationsRm,
  },
  {
    path: ["workload-identity", "revocations", "ls"],
    load: async () => (await import("./workload-identity-revocations-ls.ts")).workloadIdentityRevocationsLs,
  },
  { path: ["alerts", "ls"], load: async () => (await import("./alerts-ls.ts")).alertsLs },
  { path: ["alerts", "create"], load: async () => (await import("./alerts-create.ts")).alertsCreate },
  { path: ["version"], load: async () => (await import("./version.ts")).version },
];
