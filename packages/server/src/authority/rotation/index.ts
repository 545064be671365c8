// Rotation of authorities: new keys become trusted, then sign, then are alone, and nobody is locked out on the way.
export { followSchedules } from "./follow-schedules.ts";
export { type RotationDeps, rotateAuthority } from "./rotate-authority.ts";
export { databaseKeysIn, serverKeysIn } from "./rotation.ts";
export { readRotation, wishOfRotation } from "./rotation-message.ts";
