// Admission: which HTTP requests are let in, for pages and for sockets alike.

import type { IncomingHttpHeaders } from "node:http";

/** Names of this machine that no foreign name server can give to an address of its own. */
export const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Who may ask. */
export interface AdmissionRules {
  /** Names by which the server is reached, without port. */
  readonly hosts: readonly string[];
  /** Origins of other pages that may connect, as `https://app.example.com`. */
  readonly origins: readonly string[];
}

/**
 * Why a request is refused, or `undefined` if it is let in. The Host must be a known name: else a foreign page could reach
 * the server under a name of its own (DNS rebinding). The Origin, which every page sends along, must be the server's own
 * in scheme, host and port, or be listed. A request without Origin comes from no page. `scheme`: how the request came here.
 */
export function refusal(
  headers: IncomingHttpHeaders,
  { hosts, origins }: AdmissionRules,
  scheme: "http" | "https",
): string | undefined {
  const { host, origin } = headers;
  const name = host === undefined ? undefined : hostName(host);
  if (name === undefined || !hosts.some((each) => each.toLowerCase() === name)) {
    return `the host ${quote(host)} is not served: list it in \`hosts\``;
  }
  if (origin === undefined || origins.includes(origin)) return undefined;
  // Behind a proxy that speaks TLS the request came here by plain HTTP: then the origin is listed.
  if (origin.toLowerCase() === `${scheme}://${host?.toLowerCase()}`) return undefined;
  return `the origin ${quote(origin)} may not connect: list it in \`origins\``;
}

/** The name in a Host header, lower case; `undefined` if it is none. */
function hostName(host: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(host);
  return match?.[1]?.toLowerCase();
}

function quote(text: string | undefined): string {
  return JSON.stringify((text ?? "").slice(0, 80));
}
