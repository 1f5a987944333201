// What we use of Baileys, and the one place that loads it: its import alone costs 0.3 s and tens of
// megabytes, so it happens when an account is linked or being linked. Tests stand in for `Library`.
//
// Two things are mended before anything connects. `Curve.verify` of 7.0.0-rc14 ignores what libsignal
// says and accepts any 64 bytes as a signature, so that neither the server's certificates nor the
// account's word would be checked. And libsignal prints keys: see quiet-signal.ts.

import { createRequire } from "node:module"
import type {
  AnyMessageContent,
  AuthenticationCreds,
  BinaryNode,
  GroupMetadata,
  proto,
  SignalRepositoryWithLIDStore,
  WAMessage,
  WAMessageKey,
} from "@whiskeysockets/baileys"
import type { BoundedCache } from "./bounded-cache.ts"
import type { Device } from "./credentials.ts"
import type { End } from "./disconnect.ts"
import type { KeyStore } from "./keys.ts"
import { silenceSignal } from "./quiet-signal.ts"
import { createBaileysSocket } from "./socket.ts"
import type { WebVersion } from "./version.ts"

export type Credentials = AuthenticationCreds
export type Stanza = BinaryNode
export type Content = AnyMessageContent
export type MessageBody = proto.IMessage
export type { GroupMetadata, WAMessage, WAMessageKey }

/** The part of the Signal engine that is watched over. */
export type SignalRepository = SignalRepositoryWithLIDStore

/** A key store in which several changes are one write. */
export interface TransactionalKeys {
  transaction<Result>(work: () => Promise<Result>, lane: string): Promise<Result>
  set(changes: Record<string, Record<string, unknown>>): Promise<void> | void
  get(kind: string, ids: string[]): Promise<Record<string, unknown>> | Record<string, unknown>
}

export interface SocketOptions {
  /** Changed in place as the connection learns. */
  readonly credentials: Credentials
  readonly keys: KeyStore
  readonly version: WebVersion | undefined
  /** May name a proxy. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly connectTimeoutMs: number
  /** How often the library asks by itself whether the line lives; missing where `ping` is called instead. */
  readonly keepAliveMs?: number
  readonly queryTimeoutMs: number
  readonly linkCodeMs: number
  readonly caches: SocketCaches
  /** Wraps the engine that decrypts and encrypts. */
  readonly guard: (repository: SignalRepository, keys: TransactionalKeys) => SignalRepository
  /** What comes from there is refused unread. */
  readonly ignores: (jid: string) => boolean
  /** A message that we sent, when its receiver could not read it and asks again. */
  readonly findSent: (id: string) => Promise<MessageBody | undefined>
  readonly handlers: SocketHandlers
}

/** They outlive the socket, so that counts of retries survive a reconnect. */
export interface SocketCaches {
  readonly retries: BoundedCache
  readonly groups: BoundedCache
  readonly devices: BoundedCache
  readonly calls: BoundedCache
  readonly resends: BoundedCache
}

/** What a socket says. All are called in the order of the events, and none may throw. */
export interface SocketHandlers {
  /** Anything at all came; `tag` is missing before the login. */
  heard(tag: string | undefined): void
  /** Before a message is decrypted. */
  stanza(stanza: Stanza): void
  code(qr: string): void
  /** A code was used, and the account has this device now. */
  paired(): void
  opened(): void
  /** What the service's clock says at this moment. */
  time(at: number): void
  /** All that waited for us at the service has come. */
  caughtUp(): void
  credentialsChanged(): void
  messages(messages: readonly WAMessage[]): void
  /** Something of its own work failed, which it did not expect itself. */
  stray(error: unknown): void
  /** Once; nothing is said afterwards but what is stray. */
  closed(end: End): void
}

export interface Socket {
  /** The answer to the message with this id; undefined if none comes in `waitMs`. Ask before sending. */
  waitForAck(id: string, waitMs: number): Promise<Stanza | undefined>
  /** Uploads what must be, and gives the message as it will be encrypted. */
  compose(
    chat: string,
    content: Content,
    /** After so many seconds it vanishes; 0: never. */
    options: { readonly id: string; readonly vanishesAfterS: number },
  ): Promise<MessageBody>
  relay(chat: string, body: MessageBody, id: string): Promise<void>
  /** Asks the service for a sign of life. */
  ping(): Promise<void>
  showTyping(chat: string, typing: boolean): Promise<void>
  markRead(keys: readonly WAMessageKey[]): Promise<void>
  readGroup(id: string): Promise<GroupMetadata>
  mediaHosts(): Promise<readonly string[]>
  /**
   * Asks the owner's phone to upload a file anew: the path where it is then; undefined if it does not have it,
   * or `signal` aborts first.
   */
  requestMedia(
    message: WAMessageKey,
    mediaKey: Uint8Array,
    signal: AbortSignal,
  ): Promise<string | undefined>
  /** Whether the number has WhatsApp; undefined if the service did not say. */
  isRegistered(number: string): Promise<boolean | undefined>
  /** The code to type on the phone of this number. */
  requestPairingCode(number: string): Promise<string>
  /** Tells the service that this device leaves the account. */
  logOut(): Promise<void>
  /** Begins to end; `closed` says when it has. */
  end(): void
  /** Ends at once, without the other side. */
  destroy(): void
}

export interface Library {
  createCredentials(): Credentials
  connect(options: SocketOptions): Socket
  /** The key under which the message of a stanza will arrive; throws for what is none. */
  readKey(stanza: Stanza, device: Device): WAMessageKey
  /** The message of a stanza whose `enc` nodes hold what was decrypted, as it would have arrived. */
  rebuild(stanza: Stanza, device: Device): Promise<WAMessage>
  encodeBody(body: MessageBody): Uint8Array
  decodeBody(bytes: Uint8Array): MessageBody
}

export async function loadLibrary(): Promise<Library> {
  silenceSignal(console)
  const baileys = await import("@whiskeysockets/baileys")
  mendVerify(baileys.Curve)
  return {
    createCredentials: () => baileys.initAuthCreds(),
    connect: (options) => createBaileysSocket(baileys, options),
    readKey(stanza, { id, lid = "" }) {
      const { fullMessage } = baileys.decodeMessageNode(stanza, id, lid)
      baileys.cleanMessage(fullMessage, id, lid)
      return fullMessage.key
    },
    async rebuild(stanza, { id, lid = "" }) {
      const logger = createDumbLogger()
      const node = baileys.decryptMessageNode(stanza, id, lid, PLAIN_REPOSITORY, logger)
      await node.decrypt()
      baileys.cleanMessage(node.fullMessage, id, lid)
      return node.fullMessage
    },
    encodeBody: (body) => baileys.proto.Message.encode(body).finish(),
    decodeBody: (bytes) => baileys.proto.Message.decode(bytes),
  }
}

/** What the library logs names people and holds keys: nobody reads it. */
export function createDumbLogger() {
  const drop = () => undefined
  const logger = {
    level: "silent",
    child: () => logger,
    trace: drop,
    debug: drop,
    info: drop,
    warn: drop,
    error: drop,
  }
  return logger
}

interface CurveLike {
  verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean
}

function mendVerify(curve: CurveLike): void {
  // libsignal belongs to Baileys, so it is found from there.
  const baileysPath = createRequire(import.meta.url).resolve("@whiskeysockets/baileys")
  const signal: unknown = createRequire(baileysPath)("libsignal/src/curve.js")
  const { verifySignature } = signal as {
    verifySignature: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => unknown
  }
  curve.verify = (publicKey, message, signature) => {
    const key = publicKey.length === 33 ? publicKey : Buffer.concat([Buffer.from([5]), publicKey])
    try {
      return verifySignature(key, message, signature) === true
    } catch {
      // It throws for what has not even the form of a key or a signature.
      return false
    }
  }
}

/** Stands in for the engine where everything is decrypted already. */
const PLAIN_REPOSITORY = {
  decryptMessage: async ({ ciphertext }: { ciphertext: Uint8Array }) => ciphertext,
  decryptGroupMessage: async ({ msg }: { msg: Uint8Array }) => msg,
  processSenderKeyDistributionMessage: async () => undefined,
  migrateSession: async () => ({ migrated: 0, skipped: 0, total: 0 }),
  lidMapping: { getLIDForPN: async () => null, storeLIDPNMappings: async () => undefined },
} as unknown as SignalRepository
