// The little that the gateway wants of a WebSocket; http/socket.ts makes one of a real one, tests of nothing.

export interface Socket {
  /** The address at the other end, if it tells something: not for loopback. */
  readonly remoteAddress: string | undefined
  /** Bytes that were sent and that the system has not taken yet. */
  readonly bufferedBytes: number
  /**
   * Calls `flushed` when the text has left for the network; not after the socket has closed. With `asking`
   * it leaves in pieces, and behind each but the last one comes a ping.
   */
  send(text: string, flushed: () => void, asking?: Asking): void
  /** Starts the closing handshake. */
  close(code: number, reason: string): void
  /** Asks the other end for a sign of life, which comes back with the mark once all before it was read. */
  ping(mark?: string): void
  /** Ends it at once. */
  terminate(): void
  /** The first frame was accepted: the limit for strangers no longer holds (rule T4). */
  admitted(): void
}

/** Asks the other end how far it is in the middle of a long text. */
export interface Asking {
  readonly everyBytes: number
  /** The mark of the ping behind so many bytes of the text. */
  mark(bytes: number): string
}

/** What happens to a socket, told to its connection. */
export interface SocketListener {
  /** One whole message, decoded. */
  message(text: string): void
  /** A ping was answered. */
  alive(mark: string): void
  /** Some bytes of a message that is not whole yet, behind which answers to pings may wait. */
  receiving(): void
  /** Once, whoever closed it. */
  closed(): void
}
