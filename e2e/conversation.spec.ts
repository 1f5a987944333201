// The conversation on a stage: what it does with hostile, long and many messages, and with what waits.

import { expect, type Page, test } from "@playwright/test"
import type { ChatMessage } from "#protocol"
import { ago, health, helloOk, history, message, SESSIONS, UNLINKED } from "./stage/samples.ts"
import { type Answers, openStage, type StageOptions } from "./stage/stage.ts"
import { expectAccessible } from "./support/accessible.ts"

const METHODS: Answers = {
  agent: () => undefined,
  "chat.abort": { aborted: true },
  "login.start": { loginId: "l1" },
}

/** A page that shows these messages. */
function show(page: Page, messages: readonly ChatMessage[], more: StageOptions = {}) {
  const answers = { ...METHODS, "chat.history": history(messages), ...more.answers }
  return openStage(page, { ...more, answers })
}

const answered = (id: string, text: string, more: Partial<ChatMessage> = {}) =>
  message(id, ago(60_000), { role: "assistant", parts: [{ type: "text", text }], ...more })

const articles = (page: Page) =>
  page.getByRole("list", { name: "Conversation" }).getByRole("article")

/** Where a piece of text begins, from the left. */
function leftOf(page: Page, words: string): Promise<number> {
  return page.evaluate((wanted) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const at = node.nodeValue?.indexOf(wanted) ?? -1
      if (at < 0) continue
      const range = document.createRange()
      range.setStart(node, at)
      range.setEnd(node, at + wanted.length)
      return range.getBoundingClientRect().left
    }
    throw new Error(`nothing says ${wanted}`)
  }, words)
}

test("a file with a long name stays in its conversation, and a title in another direction in its place", async ({
  page,
}) => {
  const file = {
    type: "attachment" as const,
    mediaId: "m1",
    name: `${"a picture of everybody ".repeat(6)}.png`,
    mimeType: "image/png",
    bytes: 1_234_567,
    state: "ok" as const,
  }
  const parts: ChatMessage["parts"] = [{ type: "text", text: "Look" }, file]
  const titles = ["Roses", "\u05E9\u05DC\u05D5\u05DD"]
  const sessions = titles.map((title, n) => ({ ...SESSIONS[0], key: `web:${n}`, title }))
  await show(page, [message("q", ago(60_000), { parts })], {
    answers: { "media.get": () => undefined, "sessions.list": { sessions } },
  })
  const [first = 0, second] = [await leftOf(page, "Roses"), await leftOf(page, "\u05E9")]
  expect(Math.abs((second ?? 0) - first)).toBeLessThan(60)
  await page.setViewportSize({ width: 390, height: 844 })
  const bubble = await page.locator(".bubble").boundingBox()
  const right = (bubble?.x ?? 0) + (bubble?.width ?? 0)
  for (const part of [".picture", ".file-line"]) {
    const box = await page.locator(part).boundingBox()
    expect(box?.x, part).toBeGreaterThan(0)
    expect((box?.x ?? 0) + (box?.width ?? 0), part).toBeCloseTo(right, 0)
  }
})

test("[WC12] a mark of writing direction turns its own piece only, and a megabyte is shown in parts", async ({
  page,
}) => {
  const turned = "\u202E"
  const tool = {
    type: "tool" as const,
    callId: "c",
    name: "t",
    title: `${turned}toolname`,
    ok: true,
    startedAt: 0,
    endedAt: 1_000,
  }
  await show(
    page,
    [
      message("q", ago(90_000), { parts: [{ type: "text", text: `${turned}question` }] }),
      answered("a", `before \`${turned}code\` middle **${turned}bold** after`, {
        parts: [
          tool,
          { type: "text", text: `before \`${turned}code\` middle **${turned}bold** after` },
          { type: "text", text: "word ".repeat(200_000) },
          { type: "text", text: `\`\`\`js\n${"let a\\n".repeat(4_000)}\`\`\`` },
          { type: "text", text: "```js\nlet b\n```" },
        ],
      }),
    ],
    { kept: { "clawdis:tools": "full" } },
  )
  await expect(page.getByText("before")).toBeVisible()
  const places = []
  for (const words of ["before", "code", "middle", "bold", "after"]) {
    places.push(await leftOf(page, words))
  }
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(await leftOf(page, "toolname")).toBeLessThan(await leftOf(page, " · 1.0"))
  const shownLength = () =>
    articles(page)
      .last()
      .evaluate(({ textContent }) => textContent?.length ?? 0)
  const first = await shownLength()
  expect(first).toBeLessThan(80_000)
  // Code is coloured, but not as much of it as would hold up the page.
  await expect(page.locator(".code-keyword")).toHaveText(["let"])
  await page.getByRole("button", { name: "Show more" }).press("Enter")
  await expect.poll(shownLength).toBeGreaterThan(first)
})

test("a time is part of the name of its message, and to be seen under the pointer", async ({
  page,
}) => {
  const ts = ago(60_000)
  await show(page, [
    message("q", ts - 4_000, { parts: [{ type: "text", text: "When?" }], runId: "r" }),
    answered("a", "Now.", { ts, runId: "r", replyTo: "q" }),
    message("last", ts, { parts: [{ type: "text", text: "Thanks" }] }),
  ])
  const answer = page.getByRole("article", { name: /^Clawdis \d\d:40/ })
  const foot = answer.locator("footer")
  const opacity = () =>
    foot.evaluate((row) => [...row.children].map((part) => getComputedStyle(part).opacity))
  await expect(foot).toContainText("took 4.0 s")
  expect(new Set(await opacity())).toEqual(new Set(["0"]))
  await answer.hover()
  await expect.poll(async () => new Set(await opacity())).toEqual(new Set(["1"]))
  await page.mouse.move(0, 0)
  await answer.getByRole("button", { name: "Copy message" }).focus()
  await expect.poll(async () => new Set(await opacity())).toEqual(new Set(["1"]))
})

test("[WC20] what the tools gave can be opened when the gateway is away and nothing can be fetched any more", async ({
  page,
}) => {
  const call = { type: "tool" as const, callId: "1", name: "t", title: "Look", startedAt: 0 }
  const parts: ChatMessage["parts"] = [{ ...call, output: "a pigeon", ok: true, endedAt: 1_000 }]
  const file = page.waitForResponse((response) => response.url().includes("/tool-list-"))
  const stage = await show(page, [answered("a", "", { parts })])
  // With it comes what it is made of.
  await page.evaluate((url) => import(url), (await file).url())
  await stage.cut()
  await page.route("**/assets/**", (route) => route.abort())
  await page.getByRole("button", { name: /^1 tool call/ }).press("Enter")
  await page.getByRole("button", { name: /^Look/ }).press("Enter")
  await expect(page.getByText("a pigeon")).toBeVisible()
})

test("tool calls are shown as the setting says, and of a long output the beginning first", async ({
  page,
}) => {
  const output = Array.from({ length: 70 }, (_, index) => `\u001B[32mline ${index}\u001B[0m`)
  const call = { type: "tool" as const, name: "t", title: "Look", startedAt: 0 }
  const parts: ChatMessage["parts"] = [
    { ...call, callId: "1", input: "{}", output: output.join("\n"), ok: true, endedAt: 1_000 },
    { ...call, callId: "2" },
    { type: "text", text: "Found." },
  ]
  const answer = [answered("a", "", { parts })]
  const summary = page.getByRole("button", { name: /^2 tool calls/ })
  await show(page, answer, { kept: { "clawdis:tools": "full" } })
  await expect(summary).toHaveAttribute("aria-expanded", "true")
  await expect(page.getByRole("button", { name: "Look" }).last()).toContainText("outcome unknown")
  await expect(page.getByText("line 39")).toBeAttached()
  await expect(page.getByText("line 40")).toHaveCount(0)
  await expect(articles(page)).not.toContainText("[32m")
  await page.getByRole("button", { name: "Show all 70 lines" }).press("Enter")
  await expect(page.getByText("line 69")).toBeAttached()
  await expect(page.locator("pre:focus")).toContainText("line 69")
  await page.evaluate(() => localStorage.setItem("clawdis:tools", "hidden"))
  const hidden = await page.context().newPage()
  await show(hidden, answer, { kept: { "clawdis:tools": "hidden" } })
  await expect(articles(hidden)).toContainText("Found.")
  await expect(hidden.getByRole("button", { name: /tool calls/ })).toHaveCount(0)
})

test("an error says what can be done: an account that is missing can be linked from its card", async ({
  page,
}) => {
  const error = { code: "NOT_LINKED" as const, message: "WhatsApp is not linked." }
  await show(page, [answered("a", "Almost", { status: "error", error })], {
    hello: helloOk([...Object.keys(METHODS), "chat.history"], UNLINKED),
  })
  const card = page.getByRole("group", { name: "WhatsApp is not linked." })
  await card.getByRole("button", { name: "Link WhatsApp" }).press("Enter")
  await expect(page.getByRole("dialog", { name: "Link WhatsApp" })).toBeVisible()
})

test("when the account is linked the strip says that nothing is left to do, until it is dismissed", async ({
  page,
}) => {
  const stage = await show(page, [], {
    hello: helloOk([...Object.keys(METHODS), "chat.history"], UNLINKED),
  })
  const done = page.getByText("Done. Try /status, or close this page")
  await expect(page.getByRole("button", { name: "Link WhatsApp" })).toBeVisible()
  await expect(done).toHaveCount(0)
  stage.say("health", health())
  await expect(done).toBeVisible()
  await page.getByRole("button", { name: "Dismiss" }).press("Enter")
  await expect(done).toHaveCount(0)
  await expect(page.getByRole("textbox", { name: "Message" })).toBeFocused()
})

test("what waits in this browser behind a run changes its order, is edited and taken away by keys", async ({
  page,
}) => {
  const question = message("q", ago(60_000), { runId: "r" })
  const running = { runId: "r", messageId: "m", startedAt: ago(50_000), seq: 1, parts: [] }
  const stage = await show(page, [], {
    answers: { "chat.history": history([question], [running]) },
  })
  const box = page.getByRole("textbox", { name: "Message" })
  const waiting = page.getByRole("region", { name: "Next" }).getByRole("listitem")
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible()
  await stage.cut()
  for (const words of ["one", "two", "three"]) {
    await box.fill(words)
    await box.press("Enter")
    await expect(waiting.last()).toHaveText(`Next${words}`)
  }
  await expect(waiting).toHaveText(["Nextone", "Nexttwo", "Nextthree"])
  await page.getByRole("button", { name: "Move up: three" }).press("Enter")
  await expect(waiting).toHaveText(["Nextone", "Nextthree", "Nexttwo"])
  await page.getByRole("button", { name: "Move down: one" }).press("Enter")
  await expect(waiting).toHaveText(["Nextthree", "Nextone", "Nexttwo"])
  await page.getByRole("button", { name: "Remove: one" }).press("Enter")
  await expect(box).toBeFocused()
  await page.getByRole("button", { name: "Edit: two" }).press("Enter")
  await expect(box).toHaveValue("two")
  await expect(box).toBeFocused()
  await expect(waiting).toHaveText(["Nextthree"])
})

test("axe finds nothing in a busy conversation, its menus, its commands and the sheet of keys", async ({
  page,
}) => {
  const call = { type: "tool" as const, name: "t", title: "Look", startedAt: 0 }
  const error = { code: "UNAVAILABLE" as const, message: "No.", details: { runId: "r1" } }
  const running = {
    runId: "r2",
    messageId: "m",
    startedAt: ago(50_000),
    seq: 1,
    parts: [
      { type: "thought" as const, text: "Hm" },
      { ...call, callId: "1", output: "found" },
      { type: "text" as const, text: "```ts\nconst a = 1\n```\n\nmore" },
    ],
  }
  const asked = (id: string, runId: string) =>
    message(id, ago(90_000), { runId, parts: [{ type: "text", text: `Question ${id}` }] })
  const messages = [
    asked("q1", "r1"),
    answered("a1", "Almost", { runId: "r1", status: "error", error }),
    asked("q2", "r2"),
    asked("q3", "r3"),
    asked("q4", "r4"),
  ]
  await show(page, [], {
    kept: { "clawdis:tools": "full" },
    answers: {
      "chat.history": history(messages, [running]),
      "commands.list": { commands: [{ name: "think", args: "off|low", description: "How hard" }] },
    },
  })
  const { keyboard } = page
  await expect(page.getByRole("region", { name: "Next" }).getByRole("listitem")).toHaveCount(2)
  await page.getByRole("button", { name: "Details", exact: true }).press("Enter")
  await expectAccessible(page)
  await page.getByRole("button", { name: "More" }).nth(1).press("Enter")
  await expect(page.getByRole("menuitem").first()).toBeFocused()
  await expectAccessible(page)
  await keyboard.press("Escape")
  await page.getByRole("textbox", { name: "Message" }).fill("/")
  await expect(page.getByRole("option")).toHaveCount(1)
  await expectAccessible(page)
  await page.getByRole("region", { name: "Chat" }).focus()
  await keyboard.press("?")
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible()
  await expectAccessible(page)
})

const COUNT = 2_000

/** Among so many elements each look takes its time. */
const patiently = expect.configure({ timeout: 60_000 })

test("two thousand messages: what is read stays still, and a delta touches its answer only", async ({
  page,
}) => {
  const said = (index: number) =>
    message(`m${index}`, ago(86_400_000) + index, {
      role: index % 2 === 0 ? "user" : "assistant",
      parts: [{ type: "text", text: `Number ${index}\n\n- with\n- a list` }],
    })
  const all = Array.from({ length: COUNT }, (_, index) => said(index))
  const stage = await show(page, [], {
    answers: {
      "chat.history": ({ before }: { before?: string }) =>
        before === undefined
          ? { ...history(all.slice(50)), cursor: "older" }
          : history(all.slice(0, 50)),
    },
  })
  // By classes: to look for roles takes seconds among so many elements.
  const region = page.locator(".transcript")
  await patiently(page.getByText(`Number ${COUNT - 1}`, { exact: true })).toBeInViewport()

  // What is out of view is neither laid out nor painted.
  await patiently(page.locator(".row").first()).toHaveCSS("content-visibility", "auto")

  // Older messages come above what is read, which stays where it is.
  await region.evaluate((box) => box.scrollTo(0, 100))
  await patiently(page.getByText("Number 51", { exact: true })).toBeInViewport()
  const topOf = async (words: string) =>
    Math.round((await page.getByText(words, { exact: true }).boundingBox())?.y ?? Number.NaN)
  await patiently(page.getByText("Number 1", { exact: true })).toBeAttached()
  await patiently(page.locator(".older")).toHaveCount(0)
  await patiently(page.getByText("Number 51", { exact: true })).toBeInViewport()

  // Away from the end nothing moves while an answer grows, and only its own nodes change.
  const before = await topOf("Number 51")
  const event = (seq: number, data: object, stream: string) => ({
    runId: "live",
    sessionKey: "main",
    seq,
    ts: ago(0),
    stream,
    data,
  })
  const say = (seq: number, offset: number, delta: string) =>
    stage.say("agent", event(seq, { messageId: "m", offset, delta }, "assistant") as never)
  say(1, 0, "First.\n\nSecond.\n\nThird")
  await stage.wait(100)
  await patiently(page.getByText("Third", { exact: true })).toBeAttached()
  await page.evaluate(() => {
    const list = document.querySelector("ol.rows")
    const last = list?.lastElementChild
    const touched: string[] = []
    new MutationObserver((records) => {
      for (const { target } of records) {
        const isOwn = last?.contains(target) === true
        const block = target.parentElement?.closest(".markdown > *")
        touched.push(isOwn ? (block?.textContent ?? "its frame") : "elsewhere")
      }
    }).observe(document.querySelector("main") ?? document, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    })
    Object.assign(window, { touched })
  })
  let offset = "First.\n\nSecond.\n\nThird".length
  for (let seq = 2; seq < 12; seq += 1) {
    say(seq, offset, " word")
    offset += " word".length
    await stage.wait(40)
  }
  await patiently(page.getByText(`Third${" word".repeat(10)}`, { exact: true })).toBeAttached()
  const touched = await page.evaluate(() => (window as unknown as { touched: string[] }).touched)
  const blocks = touched.filter((where) => where !== "its frame")
  expect(blocks.length).toBeGreaterThan(0)
  expect(blocks.length).toBeLessThanOrEqual(10)
  expect(blocks.every((block) => block.startsWith("Third"))).toBe(true)
  expect(touched.length - blocks.length).toBeLessThan(10)
  expect(await topOf("Number 51")).toBe(before)
  await page.locator(".jump button").click()
  await patiently(page.getByText(`Third${" word".repeat(10)}`, { exact: true })).toBeInViewport()
})
