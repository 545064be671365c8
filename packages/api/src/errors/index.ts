export { AppError, type ErrorDetails, isAppError } from "./app-error.ts";
export { catalog, type GrpcCode, grpcCodes, type Reason } from "./catalog.ts";
