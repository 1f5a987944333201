// TABLE: the states of the page, each as a way to bring it about. A row is a picture, a look by axe and
// a tree of names.

import { expect, type Page } from "@playwright/test"
import type { RunningTurn } from "#protocol"
import {
  ANSWER,
  ago,
  CONVERSATION,
  health,
  helloOk,
  history,
  message,
  NOW,
  SESSIONS,
  UNLINKED,
} from "./samples.ts"
import { type Answers, openStage, type Stage } from "./stage.ts"

type Kept = Readonly<Record<string, string>>

/** Brings a state about, in a window of 1280 by 800. */
export type Show = (page: Page, kept: Kept) => Promise<unknown>

const COMMANDS = [
  { name: "help", description: "What can be written here" },
  { name: "new", description: "Begin anew; what was said is kept" },
  { name: "status", description: "How the gateway is doing" },
  { name: "stop", description: "Stop what is running" },
  { name: "think", args: "off|low|medium|high", description: "How long the agent thinks" },
]

const LOG_LINES = [
  { ts: ago(90_000), level: "info", area: "gateway", text: "listening on 127.0.0.1:18789" },
  { ts: ago(80_000), level: "info", area: "whatsapp", text: "linked as +31 6 12345678" },
  { ts: ago(40_000), level: "warn", area: "telegram", text: "the service asks to wait 3 s" },
  { ts: ago(20_000), level: "error", area: "outbox", text: "a message to bob was not sent: 403" },
  { ts: ago(10_000), level: "info", area: "hub", text: "3 clients" },
]

/** A gateway on which everything works, with every method that the page knows. */
export const ANSWERS: Answers = {
  agent: () => undefined,
  "agent.decide": { ok: true },
  "chat.abort": { aborted: true },
  "chat.history": history(CONVERSATION),
  "commands.list": { commands: COMMANDS },
  health: health(),
  "login.cancel": { cancelled: true },
  "login.start": { loginId: "l1" },
  logout: { channel: "whatsapp", loggedOut: true },
  "logs.tail": ({ cursor }: { cursor?: string }) => ({
    lines: cursor === undefined ? LOG_LINES : [],
    cursor: "c",
  }),
  "media.get": () => undefined,
  "outbox.drop": { id: "d1" },
  "outbox.list": {
    deliveries: [
      {
        id: "d1",
        channel: "telegram",
        to: "@bob",
        state: "unknown",
        createdAt: ago(600_000),
        attempts: 2,
        preview: "The train at 13:10 is late.",
      },
      {
        id: "d2",
        channel: "whatsapp",
        to: "+31687654321",
        state: "failed",
        createdAt: ago(7_200_000),
        attempts: 5,
        preview: "Your table is booked for seven.",
        error: "The person is not on WhatsApp.",
      },
    ],
  },
  "outbox.retry": { id: "d1" },
  send: { messageId: "m" },
  "senders.allow": { channel: "telegram", id: "@eve" },
  "senders.list": {
    allowed: [{ channel: "telegram", id: "@bob", name: "Bob", addedAt: ago(86_400_000) }],
    configured: [{ channel: "whatsapp", id: "+31612345678" }],
  },
  "senders.remove": { channel: "telegram", id: "@bob" },
  "sessions.delete": { deleted: "x" },
  "sessions.list": { sessions: SESSIONS },
  "sessions.patch": SESSIONS[0],
  "sessions.reset": { sessionKey: "main", sessionId: "s2" },
  status: {
    dropped: [{ channel: "telegram", id: "@eve", name: "Eve", count: 3, lastAt: ago(300_000) }],
    unknown: [],
  },
  "system-presence": [],
}

const RUNNING: RunningTurn = {
  runId: "r2",
  messageId: "m2",
  startedAt: ago(12_000),
  seq: 4,
  parts: [
    {
      type: "tool",
      callId: "t1",
      name: "web_search",
      title: "Search the web",
      input: "trains from Utrecht",
      output: "12 results",
      ok: true,
      startedAt: ago(11_000),
      endedAt: ago(9_000),
    },
    {
      type: "tool",
      callId: "t2",
      name: "fetch",
      title: "Read the timetable",
      input: "https://example.com/timetable",
      startedAt: ago(5_000),
    },
    { type: "text", text: "There are trains at 12:40 and 13:10. I am looking whether the second" },
  ],
}

const ASKED = message("5", ago(12_000), {
  runId: "r2",
  parts: [{ type: "text", text: "And which train do I take to the call?" }],
})

/** The page with a conversation. */
function open(more: { answers?: Answers; health?: typeof UNLINKED } = {}) {
  return (page: Page, kept: Kept): Promise<Stage> => {
    const answers = { ...ANSWERS, ...more.answers }
    const snapshot = more.health
    return openStage(page, {
      kept,
      answers,
      ...(snapshot !== undefined && { hello: helloOk(Object.keys(answers), snapshot) }),
    })
  }
}

const refused = (code: string, reason: string, more: object = {}) => ({
  type: "hello-error",
  code,
  reason,
  minProtocol: 1,
  maxProtocol: 1,
  ...more,
})

/** The page before anything was said, and before an account is linked. */
const openEmpty = open({ answers: { "chat.history": history([]) }, health: UNLINKED })

/** The dialog that links an account, opened from the empty conversation. */
async function openLinking(page: Page, kept: Kept) {
  const stage = await openEmpty(page, kept)
  await page.locator(".strip button").click()
  const dialog = page.getByRole("dialog")
  await expect(dialog).toBeVisible()
  return { dialog, stage }
}

/** Opens a panel by its place in the navigation, which is the same in every language. */
async function panel(page: Page, name: (typeof PANELS)[number]): Promise<void> {
  const views = page.locator(".views")
  if (!(await views.isVisible())) await page.locator(".header > .button").first().click()
  await views.getByRole("button").nth(PANELS.indexOf(name)).click()
  await expect(page.locator(".side")).toBeVisible()
}

const PANELS = ["channels", "clients", "health", "logs", "events", "settings"] as const

export const STATES: Readonly<Record<string, Show>> = {
  empty: openEmpty,

  conversation: open(),

  running: open({ answers: { "chat.history": history([...CONVERSATION, ASKED], [RUNNING]) } }),

  permission: open({
    answers: {
      "chat.history": history(
        [...CONVERSATION, ASKED],
        [
          {
            ...RUNNING,
            permissions: [
              {
                requestId: "q1",
                title: "Delete the old timetable",
                input: "rm timetable-2025.pdf",
                expiresAt: NOW + 240_000,
                options: [
                  { id: "a", label: "Allow", kind: "allow_once" },
                  { id: "b", label: "Always allow", kind: "allow_always" },
                  { id: "c", label: "Refuse", kind: "reject_once" },
                ],
              },
            ],
          },
        ],
      ),
    },
  }),

  failed: open({
    answers: {
      "chat.history": history([
        ...CONVERSATION,
        ASKED,
        message("6", ago(6_000), {
          role: "assistant",
          runId: "r2",
          replyTo: "5",
          status: "error",
          error: { code: "AGENT_TIMEOUT", message: "The agent gave no answer within 600 s." },
          parts: [{ type: "text", text: "There are trains at 12:40 and" }],
        }),
      ]),
    },
  }),

  async offline(page, kept) {
    const stage = await open()(page, kept)
    await page.locator("#message").fill("I will be there at two.")
    await stage.cut()
    await page.locator("#message").press("Enter")
    await page.locator("#message").fill("And bring the draft")
    await stage.wait(2_500)
    await expect(page.locator(".banner")).toContainText("Trying now")
  },

  async restarting(page, kept) {
    const stage = await open()(page, kept)
    stage.say("shutdown", { reason: "update", restartExpectedMs: 30_000 })
    await stage.cut()
    await stage.wait(1_000)
    await expect(page.locator(".banner")).toContainText("in 30 s")
  },

  async "token-missing"(page, kept) {
    const refusal = refused("UNAUTHORIZED", "unauthorized: token missing")
    await openStage(page, { kept, refusal })
    await expect(page.getByRole("textbox")).toBeFocused()
  },

  incompatible: (page, kept) =>
    openStage(page, {
      kept,
      refusal: refused("PROTOCOL_MISMATCH", "protocol mismatch", {
        minProtocol: 2,
        maxProtocol: 2,
      }),
    }),

  async "linking-qr"(page, kept) {
    const { dialog, stage } = await openLinking(page, kept)
    stage.say("login", {
      loginId: "l1",
      state: "code",
      qr: `2@${ANSWER.slice(0, 180)}`,
      expiresAt: NOW + 20_000,
    })
    await expect(dialog.getByRole("img").first()).toBeVisible()
  },

  async "linking-code"(page, kept) {
    const { dialog, stage } = await openLinking(page, kept)
    await dialog.locator(".linking-words > .button, .linking-words .button").first().click()
    await dialog.getByRole("textbox").fill("+31 6 12345678")
    await dialog.locator("button[type=submit]").click()
    stage.say("login", {
      loginId: "l1",
      state: "code",
      code: "K4TZ9QWX",
      expiresAt: NOW + 160_000,
    })
    await expect(dialog.locator(".typed-code")).toBeVisible()
  },

  async "linking-refused"(page, kept) {
    const { dialog, stage } = await openLinking(page, kept)
    stage.say("login", {
      loginId: "l1",
      state: "refused",
      error: { code: "UNAVAILABLE", message: "The phone refused this device." },
    })
    await expect(dialog.locator(".icon-alert")).toBeVisible()
  },

  async channels(page, kept) {
    await open()(page, kept)
    await panel(page, "channels")
    await expect(page.locator(".side .card").first()).toBeVisible()
  },

  async clients(page, kept) {
    await open()(page, kept)
    await panel(page, "clients")
    await expect(page.locator(".side .side-body").getByText("air.local").first()).toBeVisible()
  },

  async health(page, kept) {
    await open()(page, kept)
    await panel(page, "health")
    await expect(page.locator(".side .facts")).toBeVisible()
  },

  async logs(page, kept) {
    await open()(page, kept)
    await panel(page, "logs")
    await expect(page.locator(".side").getByText("3 clients")).toBeVisible()
  },

  async events(page, kept) {
    const stage = await open()(page, kept)
    await panel(page, "events")
    await expect(page.locator(".side .side-body button").first()).toBeVisible()
    stage.say("tick", { ts: NOW })
    stage.say("health", health())
    stage.say("sessions", { session: SESSIONS[2] })
    await expect(page.locator(".side").getByText("sessions").last()).toBeVisible()
  },

  async settings(page, kept) {
    await open()(page, kept)
    await panel(page, "settings")
    await expect(page.locator(".side select").first()).toBeVisible()
    // The page can be built from any commit.
    await page
      .locator(".side dd")
      .first()
      .evaluate((version) => {
        version.textContent = "0.1.0 (0123abc)"
      })
  },

  async "slash-commands"(page, kept) {
    await open()(page, kept)
    await page.locator("#message").pressSequentially("/st")
    await expect(page.getByRole("listbox")).toBeVisible()
  },

  async keys(page, kept) {
    await open()(page, kept)
    await page.getByRole("region").first().press("?")
    await expect(page.getByRole("dialog")).toBeVisible()
  },

  async files(page, kept) {
    await open()(page, kept)
    const choosing = page.waitForEvent("filechooser")
    await page.locator(".composer-box .button").first().click()
    await (await choosing).setFiles([
      { name: "garden.svg", mimeType: "image/svg+xml", buffer: Buffer.from(GARDEN) },
      { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("buy seeds") },
      { name: "film.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(6 * 1024 * 1024) },
    ])
    await expect(page.locator(".file-refused")).toBeVisible()
  },
}

/** The list of sessions, which on a narrow window is a drawer. */
async function openList(page: Page, kept: Kept): Promise<void> {
  await open()(page, kept)
  const list = page.locator(".session-list")
  if (!(await list.isVisible())) await page.locator(".header > .button").first().click()
  await expect(list).toBeVisible()
  await takeMouseAway(page)
}

/** What lies under the mouse looks as if it were meant. */
async function takeMouseAway(page: Page): Promise<void> {
  const { height, width } = page.viewportSize() ?? { height: 1, width: 1 }
  await page.mouse.move(width - 1, height - 1)
}

async function openMenu(page: Page, kept: Kept): Promise<void> {
  await openList(page, kept)
  await page.locator(".rail [aria-haspopup]").first().click()
  await expect(page.getByRole("menu")).toBeVisible()
}

/**
 * TABLE: the states that another size of the window would end or hide, each brought about in the window
 * as it is: a drawer stays open over its own button, and a menu stays where its button was.
 */
export const STATES_OF_SIZE: Readonly<Record<string, Show>> = {
  sessions: openList,

  "session-menu": openMenu,

  async "session-delete"(page, kept) {
    await openMenu(page, { ...kept, "clawdis:g:draft:main": "I will be there at two." })
    await page.getByRole("menuitem").last().click()
    await expect(page.locator(".session-form .button-danger")).toBeVisible()
    await takeMouseAway(page)
  },
}

const GARDEN = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"><rect width="60" height="60" fill="#7ab87a"/><circle cx="44" cy="16" r="8" fill="#f2c14e"/></svg>`
