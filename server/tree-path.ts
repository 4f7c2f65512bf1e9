// Paths: where a tree is found, in the one form in which they are compared.

import { describeValue, ObjectSyncError } from "../core/error.ts";

/**
 * The path that a program gives, as requests will have it: encoded, without a slash at its end. Throws `invalid_name` for
 * what no request can have.
 */
export function treePath(path: string): string {
  if (typeof path === "string" && /^\//.test(path) && !/\/\/|[?#\\]/.test(path)) {
    return withoutSlash(new URL(path, "http://host").pathname);
  }
  throw new ObjectSyncError(
    "invalid_name",
    `expected a path that begins with "/", as "/model", without "//" and query, got ${describeValue(path)}`,
  );
}

/** The path of a request, without the query; empty where there is none. Nothing in it is resolved: browsers have done so. */
export function requestPath(url = ""): string {
  return url.startsWith("/") ? withoutSlash(url.split("?", 1)[0] as string) : "";
}

/** The part of `path` below `mount`, which begins with a slash again; `undefined` if it is elsewhere. */
export function below(mount: string, path: string): string | undefined {
  if (mount === "/") return path;
  if (path === mount) return "/";
  return path.startsWith(`${mount}/`) ? path.slice(mount.length) : undefined;
}

function withoutSlash(path: string): string {
  return /[^/]\/$/.test(path) ? path.slice(0, -1) : path;
}
