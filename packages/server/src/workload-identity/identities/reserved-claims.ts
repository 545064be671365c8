/** Claims of a JWT SVID that its issuer sets; nobody else may. */
export const reservedClaims: readonly string[] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
