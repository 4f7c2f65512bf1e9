/** One end of a connection, for whoever sends on it. Messages arrive whole, in order, or the connection closes. */
export interface Channel {
  send(message: Uint8Array): void;
  /** Closes; what was sent before still goes out. Codes are those of WebSocket; the reason has at most 123 bytes. */
  close(code: number, reason: string): void;
  /** How many bytes were sent and have not left yet. */
  readonly bufferedBytes: number;
}

/** What the owner of an end is told. */
export interface ChannelEvents {
  message(message: Uint8Array): void;
  /** Nothing follows it. */
  close(code: number, reason: string): void;
}
