// A WhatsApp server for tests, on loopback. Its state outlives every connection and every process of the client; a new lab
// is a new service.

import { fileURLToPath } from "node:url"
import { createAuthority } from "./authority.ts"
import { type Certificate, createCertificate } from "./certificate.ts"
import { createCodePairing } from "./code-pairing.ts"
import { type AccountOptions, createDirectory } from "./directory.ts"
import { createEvents } from "./events.ts"
import { createFaults } from "./faults.ts"
import { startFrontDesk } from "./front-desk.ts"
import { createGroups, type Group, type GroupOptions } from "./groups.ts"
import { toHistory } from "./history.ts"
import { createInbound, type Letter } from "./inbound.ts"
import { createLink } from "./link.ts"
import { createMedia } from "./media.ts"
import { type MediaServer, startMediaServer } from "./media-server.ts"
import { createOutbound } from "./outbound.ts"
import { createOwner } from "./owner.ts"
import { createPairing } from "./pairing.ts"
import { createPerson, type Person } from "./person.ts"
import type { QueryParts } from "./queries.ts"
import { quietSignal } from "./quiet-signal.ts"
import { createService } from "./service.ts"

export type WhatsappLabOptions = {
  /** Any free one when not given. */
  readonly port?: number
  /** Signs the server's key with a root other than the one that clients are told to trust. */
  readonly foreignRoot?: boolean
  readonly owner?: AccountOptions
  /** Of the media host; made when not given. */
  readonly certificate?: Certificate
  readonly now?: () => number
}

export type NewGroup = Omit<GroupOptions, "people"> & { readonly people: readonly Person[] }

export type WhatsappLab = Awaited<ReturnType<typeof startWhatsappLab>>

const OWNER: AccountOptions = { number: "15550100", name: "Olive" }

export async function startWhatsappLab({
  port = 0,
  foreignRoot = false,
  owner: ownerOptions = OWNER,
  certificate = createCertificate(),
  now = Date.now,
}: WhatsappLabOptions = {}) {
  const restoreConsole = quietSignal()
  let lastId = 0
  const nextId = () => `lab-${++lastId}`
  let knocks = 0
  let mediaServer: MediaServer | undefined
  const mediaHost = () => mediaServer?.host ?? "127.0.0.1"

  const authority = createAuthority({ foreign: foreignRoot })
  const events = createEvents()
  const directory = createDirectory()
  const ownAccount = directory.add(ownerOptions)
  const link = createLink({ events })
  const faults = createFaults({ link })
  const media = createMedia({ host: mediaHost })
  const groups = createGroups({ owner: ownAccount, link, nextId })
  const pairing = createPairing({ owner: ownAccount, link, nextId })
  const codes = createCodePairing({ owner: ownAccount, pairing, events, nextId, now })
  const inbound = createInbound({ directory, owner: ownAccount, link, now })
  const shared = { directory, owner: ownAccount, groups, link, events, faults, media, now }
  const outbound = createOutbound(shared)
  const owner = createOwner({
    account: ownAccount,
    pairing,
    codes,
    inbound,
    outbound,
    events,
    link,
  })

  const queries: QueryParts = {
    ...shared,
    mediaHost,
    endsAtOnce: () => faults.endIfHasty(),
    async onActive() {
      const device = link.require()
      if (device.greeted) return
      for (const message of toHistory(directory)) {
        await inbound.send(ownAccount, { kind: "peer" }, message)
      }
      device.greeted = true
    },
    onLogout() {
      const { connection } = link
      link.drop()
      connection?.close()
    },
  }

  const people: Person[] = []
  const service = createService({
    authority,
    owner: ownAccount,
    link,
    pairing,
    codes,
    faults,
    media,
    events,
    inbound,
    outbound,
    queries,
    now,
  })
  mediaServer = await startMediaServer(media, certificate)
  const desk = await startFrontDesk({
    port,
    admission: () => faults.admission,
    onSocket: service.accept,
    onKnock: () => {
      knocks += 1
      events.emit({ type: "change" })
    },
  })
  const url = `ws://127.0.0.1:${desk.port}/ws/chat`

  return {
    url,
    /** For `node --import`, with `environment`: points an unchanged client at this lab. */
    preload: fileURLToPath(new URL("preload.ts", import.meta.url)),
    environment: {
      LAB_WHATSAPP_URL: url,
      LAB_WHATSAPP_ROOT: authority.rootPublicKey.toString("hex"),
      LAB_WHATSAPP_CERTIFICATE: Buffer.from(certificate.cert).toString("base64"),
    },
    rootPublicKey: authority.rootPublicKey,
    certificate: certificate.cert,
    owner,
    faults,
    media,
    watch: events.watch,
    waitFor: events.waitFor,

    addPerson(options: AccountOptions): Person {
      const account = directory.add(options)
      const person = createPerson({ account, inbound, outbound, media, events, link, now })
      people.push(person)
      return person
    },

    people: people as readonly Person[],
    findGroup: groups.find,
    resend: inbound.resend,
    repeat: inbound.repeat,
    /** The last message that was sent under this id, to resend or to answer it. */
    findLetter: (id: string): Letter | undefined =>
      inbound.letters.findLast((letter) => letter.id === id),

    addGroup({ people, ...options }: NewGroup): Group {
      return groups.add({ ...options, people: people.map(({ account }) => account) })
    },

    group: {
      rename: (group: Group, by: Person, subject: string) =>
        groups.rename(group, by.account, subject),
      add: (group: Group, by: Person, person: Person) =>
        groups.join(group, by.account, person.account),
      remove: (group: Group, by: Person, person: Person) =>
        groups.leave(group, by.account, person.account),
      /** What the client sends there from now on is refused with 403. */
      removeOwner: (group: Group, by: Person) => groups.leave(group, by.account, ownAccount),
    },

    /** A post in a channel that the owner follows. */
    publish: (text: string, jid = "120363999999999999@newsletter") =>
      inbound.send(ownAccount, { kind: "newsletter", jid }, { conversation: text }),

    /** Resolves when the linked client is logged in and gets its messages. */
    untilActive: (): Promise<boolean> => events.waitFor(() => link.active),
    /** Resolves when the client has confirmed everything; at a first login this includes its history. */
    untilSettled: (): Promise<boolean> =>
      events.waitFor(() => link.device?.greeted === true && link.pending.length === 0),
    /** Resolves when a client that is not linked waits for a scan, or for its code. */
    untilPairing: (): Promise<boolean> => events.waitFor(() => pairing.waiting.length > 0),
    get codeAsked(): boolean {
      return codes.asked
    },
    untilCodeAsked: (): Promise<boolean> => events.waitFor(() => codes.asked),
    untilDisconnected: (): Promise<boolean> => events.waitFor(() => link.connection === undefined),

    /** As it is now; everything that went through. */
    get state() {
      return {
        link:
          link.device === undefined ? undefined : { jid: link.device.jid, lid: link.device.lid },
        connected: link.connection !== undefined,
        active: link.active,
        knocks,
        connections: service.visits,
        pairing: pairing.waiting.length,
        preKeys: link.device?.preKeys.size ?? 0,
        pending: link.pending.map(({ stanza: { tag, attrs }, deliveries }) => ({
          tag,
          deliveries,
          ...attrs,
        })),
        attempts: outbound.attempts,
        undecrypted: outbound.failures,
        receipts: service.receipts,
        reads: service.reads,
        typing: service.typing,
        presence: service.presence,
        unanswered: service.unanswered.map(({ query }) => query),
        faults: faults.state(),
        people: directory.accounts.map((account) => ({
          name: account.name,
          pn: account.pn,
          lid: account.lid,
          received: outbound.receivedBy(account),
        })),
      }
    },

    async stop(): Promise<void> {
      await desk.stop()
      await mediaServer?.stop()
      directory.close()
      restoreConsole()
    },
  }
}
