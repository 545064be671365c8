import { AppError } from "@sallyport/api";
import { isServiceName, isSystemRole } from "../rpc/caller.ts";
import type { User } from "./user.ts";

const MAX_NAME_LENGTH = 1000;
const MAX_ROLES = 1000;
const MAX_TRAIT_BYTES = 256 * 1024;

/** Refuses a user that must not be stored. Roles may be made later, so they need not exist. */
export function validateUser(user: User, clusterName: string): void {
  checkUserName(user.name, clusterName);
  const fail = (field: string, why: string): never => {
    throw new AppError("BAD_PARAMETER", `user ${JSON.stringify(user.name)}: ${field}: ${why}`, {
      details: { field },
    });
  };
  if (user.roles.length > MAX_ROLES) fail("spec.roles", `there are more than ${MAX_ROLES}`);
  for (const role of user.roles) {
    if (role === "") fail("spec.roles", "a role name is empty");
    // A certificate with the name of a system role makes its holder a service.
    if (isSystemRole(role)) fail("spec.roles", `${JSON.stringify(role)} is the name of a system role`);
    if (hasInvisible(role)) fail("spec.roles", `${JSON.stringify(role)} has invisible characters`);
  }
  if (JSON.stringify(user.traits).length > MAX_TRAIT_BYTES) fail("spec.traits", "they are too large");
}

/**
 * Names are compared exactly: case counts, and only one Unicode form is accepted, so that two names that look the
 * same to every program are the same.
 */
export function checkUserName(name: string, clusterName: string): void {
  const fail = (why: string): never => {
    throw new AppError("BAD_PARAMETER", `user name: ${why}`, { details: { field: "metadata.name" } });
  };
  if (name === "") fail("it is empty");
  if (name.length > MAX_NAME_LENGTH) fail(`it is longer than ${MAX_NAME_LENGTH} characters`);
  const quoted = JSON.stringify(name);
  if (!name.isWellFormed()) fail("it is not valid Unicode");
  if (hasInvisible(name) || name !== name.trim()) {
    fail(`${quoted} has invisible characters or blanks around it`);
  }
  if (name !== name.normalize("NFC")) fail(`${quoted} is not in Unicode form NFC`);
  if (name === "." || name === "..") fail(`${quoted} is not a name`);
  if (isSystemRole(name)) fail(`${quoted} is the name of a system role`);
  if (isServiceName(name, clusterName)) fail(`${quoted} has the form of a service of this cluster`);
}

const hasInvisible = (text: string) => /\p{C}|\p{Zl}|\p{Zp}/u.test(text);
