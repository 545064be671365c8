import { accessExplain } from "./access-explain.ts";
import { alertsCreate } from "./alerts-create.ts";
import { alertsLs } from "./alerts-ls.ts";
import { authExport } from "./auth-export.ts";
import { authSign } from "./auth-sign.ts";
import { create } from "./create.ts";
import { edit } from "./edit.ts";
import { get } from "./get.ts";
import { lock } from "./lock.ts";
import { requestsApprove } from "./requests-approve.ts";
import { requestsCapabilities } from "./requests-capabilities.ts";
import { requestsCreate } from "./requests-create.ts";
import { requestsDeny } from "./requests-deny.ts";
import { requestsExplain } from "./requests-explain.ts";
import { requestsGet } from "./requests-get.ts";
import { requestsLs } from "./requests-ls.ts";
import { requestsReview } from "./requests-review.ts";
import { requestsRm } from "./requests-rm.ts";
import { rm } from "./rm.ts";
import { status } from "./status.ts";
import { tokensAdd } from "./tokens-add.ts";
import { tokensLs } from "./tokens-ls.ts";
import { tokensRm } from "./tokens-rm.ts";
import { usersAdd } from "./users-add.ts";
import { usersLs } from "./users-ls.ts";
import { usersReset } from "./users-reset.ts";
import { usersRm } from "./users-rm.ts";
import { usersUpdate } from "./users-update.ts";
import type { Noun, Verb } from "./verb.ts";
import { version } from "./version.ts";

/** The words that stand before several verbs. */
export const nouns: readonly Noun[] = [
  { word: "users", aliases: ["user"], summary: "people and programs that use the cluster" },
  { word: "requests", aliases: ["request"], summary: "access requests" },
  { word: "access", summary: "who may do what" },
  { word: "auth", summary: "credentials and certificate authorities" },
  { word: "tokens", aliases: ["token"], summary: "tokens with which machines join" },
  { word: "alerts", aliases: ["alert"], summary: "messages to the people of the cluster" },
];

/** Every command, in the order of the help. */
export const commands: readonly Verb[] = [
  status,
  get,
  create,
  edit,
  rm,
  usersAdd,
  usersLs,
  usersUpdate,
  usersRm,
  usersReset,
  requestsLs,
  requestsGet,
  requestsCreate,
  requestsApprove,
  requestsDeny,
  requestsReview,
  requestsRm,
  requestsCapabilities,
  requestsExplain,
  accessExplain,
  authSign,
  authExport,
  lock,
  tokensAdd,
  tokensLs,
  tokensRm,
  alertsLs,
  alertsCreate,
  version,
];
