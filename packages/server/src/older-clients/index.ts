// The JSON routes that clients before version 13 call where today's call gRPC: each is one of the gRPC methods.
export { olderRoutes } from "./older-routes.ts";
