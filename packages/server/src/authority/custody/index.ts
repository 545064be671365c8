// Where keys of authorities live: in this process, from the database, or in a PKCS#11 token.
export { createCustody, type KeyCustody, type MadeKey } from "./key-custody.ts";
