// What a long answer costs the page: main-thread time for 20 kB in 1,000 pieces, beside a bare page
// that only shows the text, and beside one that reads the whole markdown anew for each piece.
// Usage: pnpm bench:page [rounds]   (after pnpm build)

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { type Browser, chromium, type Page } from "@playwright/test"
import { findBrowser } from "../../bin/find-browser.ts"
import { CONVERSATION, history, message, NOW } from "../stage/samples.ts"
import { openStage } from "../stage/stage.ts"
import { ANSWERS } from "../stage/states.ts"
import { median } from "./measure.ts"

const ROOT = join(import.meta.dirname, "..", "..")
const PIECES = 1_000
const LENGTH = 20_000
const rounds = Number(process.argv[2] ?? 5)

const PARAGRAPH = `## A heading\n\nSome *words* with \`code\`, a [link](https://example.com) and **more**.\n
- one\n- two\n\n\`\`\`ts\nconst a = 1\nconsole.log(a)\n\`\`\`\n
| a | b |\n|---|---|\n| 1 | 2 |\n\n`
const TEXT = PARAGRAPH.repeat(Math.ceil(LENGTH / PARAGRAPH.length)).slice(0, LENGTH)
const SIZE = LENGTH / PIECES
const DELTAS = Array.from({ length: PIECES }, (_, index) => ({
  offset: index * SIZE,
  delta: TEXT.slice(index * SIZE, (index + 1) * SIZE),
}))

const found = await findBrowser(ROOT)
if ("problem" in found) throw new Error(found.problem)
const browser = await chromium.launch({ executablePath: found.path, args: ["--no-sandbox"] })
try {
  const times = { bare: [] as number[], naive: [] as number[], page: [] as number[] }
  for (let round = 0; round < rounds; round += 1) {
    times.bare.push(await inNewPage(browser, measureBare))
    times.naive.push(await inNewPage(browser, measureNaive))
    times.page.push(await inNewPage(browser, measurePage))
  }
  const [bare, naive, page] = [median(times.bare), median(times.naive), median(times.page)]
  const line = (name: string, ms: number) =>
    `${name.padEnd(44)}${ms.toFixed(0).padStart(6)} ms  ${(ms / bare).toFixed(1)}x\n`
  process.stdout.write(
    `main thread, ${LENGTH} characters in ${PIECES} pieces, median of ${rounds}\n`,
  )
  process.stdout.write(line("a bare page that adds text", bare))
  process.stdout.write(line("the page", page))
  process.stdout.write(line("a page that reads the whole text each time", naive))
} finally {
  await browser.close()
}

async function inNewPage(from: Browser, measure: (page: Page) => Promise<number>): Promise<number> {
  const page = await from.newPage()
  try {
    return await measure(page)
  } finally {
    await page.close()
  }
}

/** Main-thread time that `action` takes, in milliseconds. */
async function mainThread(page: Page, action: () => Promise<unknown>): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" })
  const read = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics")
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0
  }
  const before = await read()
  await action()
  return ((await read()) - before) * 1_000
}

async function measurePage(page: Page): Promise<number> {
  const stage = await openStage(page, {
    clock: "running",
    answers: {
      ...ANSWERS,
      "chat.history": history([...CONVERSATION, message("5", NOW, { runId: "r" })]),
    },
  })
  const event = { runId: "r", sessionKey: "main", ts: NOW }
  stage.say("agent", { ...event, seq: 1, stream: "lifecycle", data: { phase: "started" } })
  return mainThread(page, async () => {
    await inRhythm((piece, index) => {
      const data = { messageId: "m", ...piece }
      stage.say("agent", { ...event, seq: index + 2, stream: "assistant", data })
    })
    const parts = [{ type: "text" as const, text: `${TEXT}\n\nThe end.` }]
    const answer = message("6", NOW, { role: "assistant", runId: "r", parts })
    stage.say("chat", { sessionKey: "main", message: answer })
    await page.getByText("The end.").last().waitFor()
  })
}

/** Pieces come over time, to each page in the same rhythm. */
async function inRhythm(send: (piece: (typeof DELTAS)[number], index: number) => void) {
  for (const [index, piece] of DELTAS.entries()) {
    send(piece, index)
    if (index % 10 === 0) await wait(10)
  }
}

async function measureBare(page: Page): Promise<number> {
  return measureScript(page, "const show = (text) => { pre.textContent = text }")
}

async function measureNaive(page: Page): Promise<number> {
  await page.route("**/marked.js", (route) =>
    route.fulfill({
      body: readFileSync(join(ROOT, "node_modules/marked/lib/marked.esm.js")),
      contentType: "text/javascript",
    }),
  )
  const show = `import { marked } from "/marked.js"
    const show = (text) => { pre.innerHTML = marked.parse(text) }`
  return measureScript(page, show)
}

async function measureScript(page: Page, show: string): Promise<number> {
  const body = `<!doctype html><div id="pre"></div><script type="module">${show}
    let text = ""
    const socket = new WebSocket("ws://127.0.0.1:18788/")
    socket.onmessage = ({ data }) => { text += JSON.parse(data).delta; show(text) }
    socket.onopen = () => { document.title = "open" }</script>`
  await page.route("http://127.0.0.1:18788/", (route) =>
    route.fulfill({ body, contentType: "text/html" }),
  )
  const opened = Promise.withResolvers<(text: string) => void>()
  await page.routeWebSocket(/^ws:/, (socket) => opened.resolve((text) => socket.send(text)))
  await page.goto("http://127.0.0.1:18788/")
  const send = await opened.promise
  await page.waitForFunction(() => document.title === "open")
  return mainThread(page, async () => {
    await inRhythm((piece) => send(JSON.stringify(piece)))
    send(JSON.stringify({ delta: "\n\nThe end." }))
    await page.getByText("The end.").waitFor()
  })
}
