// One conversation in the browser, from the first letter to the last line of the answer.

import { expect, test } from "./support/fixtures.ts"

test("[A1, E6] what is typed is sent, and the answer grows as it is written", async ({
  chat,
  puppeteer,
}) => {
  await expect(chat.page.getByRole("heading", { name: "Say hello" })).toBeVisible()
  await expect(chat.send).toBeDisabled()
  await chat.composer.fill("what is on today?")
  await chat.send.click()
  await expect(chat.composer).toHaveValue("")
  await expect(chat.composer).toBeFocused()

  const turn = await puppeteer.nextTurn()
  expect(turn.prompt).toContain("what is on today?")
  await chat.reads("You: what is on today?", "Clawdis: ")
  await expect(chat.articles.last()).toHaveAttribute("aria-busy", "true")
  turn.say("Two ")
  await chat.reads("You: what is on today?", "Clawdis: Two")
  turn.say("meet")
  await chat.reads("You: what is on today?", "Clawdis: Two meet")
  turn.say("ings.")
  await chat.reads("You: what is on today?", "Clawdis: Two meetings.")
  turn.end()
  await expect(chat.send).toBeVisible()
  await expect(chat.articles.last()).toHaveAttribute("aria-busy", "false")
  await chat.reads("You: what is on today?", "Clawdis: Two meetings.")
  await expect(chat.page.getByRole("log")).toHaveText("Two meetings.")
})

test("[E6] a tool call is one line: running, then done, with its output inside", async ({
  chat,
  puppeteer,
}) => {
  await chat.say("look it up")
  const turn = await puppeteer.nextTurn()
  turn.play({ think: "Where would that be?" })
  turn.play({ tool: "1", title: "Search the web", status: "pending" })
  await chat.reads("You: look it up", "Clawdis: Thought | Running: Search the web")
  const output = "\u001B[32m3 results\u001B[0m <b>bold</b>"
  turn.play({ tool: "1", title: "Search the web", status: "completed", output })
  turn.play({ tool: "2", title: "Read a page", status: "failed", output: "404" })
  turn.answer("Found it.")
  await chat.reads("You: look it up", "Clawdis: Thought | 2 tool calls | Found it.")

  await chat.page.getByRole("button", { name: "2 tool calls" }).click()
  await expect(chat.page.getByRole("button", { name: "Read a page" })).toContainText("failed")
  await chat.page.getByRole("button", { name: "Search the web" }).click()
  await expect(chat.page.getByText("3 results <b>bold</b>", { exact: true })).toBeVisible()
  await chat.page.getByRole("button", { name: "Thought" }).click()
  await expect(chat.page.getByText("Where would that be?")).toBeVisible()
})

test("markdown is drawn: headings, lists, a table, code that can be copied", async ({
  chat,
  context,
  puppeteer,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"])
  puppeteer.answerAll(() =>
    [
      "# Plan",
      "1. **first**\n2. second\n   - [x] done",
      "| day | what |\n|---|---:|\n| Mon | rest |",
      "```ts\nconst a = 1 < 2\n```",
      "See [the site](https://example.com/a?b=c) and `x`.",
    ].join("\n\n"),
  )
  await chat.say("make a plan")
  const answer = chat.articles.last()
  await expect(answer).toMatchAriaSnapshot(`
    - article:
      - heading "Plan" [level=3]
      - list:
        - listitem:
          - strong: first
        - listitem:
          - text: second
          - list:
            - listitem:
              - checkbox [checked] [disabled]
              - text: done
      - table:
        - rowgroup:
          - row "day what":
            - columnheader "day"
            - columnheader "what"
        - rowgroup:
          - row "Mon rest":
            - cell "Mon"
            - cell "rest"
      - figure:
        - text: ts
        - button "Wrap lines"
        - button "Copy code"
        - code: const a = 1 < 2
      - paragraph:
        - link "the site":
          - /url: https://example.com/a?b=c
        - code: x
  `)
  await expect(answer.getByRole("link")).toHaveAttribute("rel", /noopener/)
  await answer.getByRole("button", { name: "Copy code" }).click()
  await expect(chat.page.getByRole("status")).toHaveText("Copied")
  const copied = () => chat.page.evaluate(() => navigator.clipboard.readText())
  expect(await copied()).toBe("const a = 1 < 2")
  await expect(answer.locator("pre .code-keyword")).toHaveText("const")
  await answer.getByRole("button", { name: "Wrap lines" }).press("Enter")
  await expect(answer.getByRole("button", { name: "Wrap lines", pressed: true })).toBeFocused()
  await expect(answer.locator("pre")).toHaveCSS("white-space", "pre-wrap")

  // The menu of the message, by keys alone.
  const menu = answer.getByRole("button", { name: "More" })
  const { keyboard } = chat.page
  await menu.focus()
  await keyboard.press("Enter")
  const item = (name: string) => chat.page.getByRole("menuitem", { name })
  await expect(item("Copy as Markdown")).toBeFocused()
  await keyboard.press("ArrowDown")
  await keyboard.press("Enter")
  await expect.poll(copied).toMatch(/^Plan\n\n1\. first\n2\. second\n {3}- \[x\] done\n\nday\twhat/)
  await expect(menu).toBeFocused()
  await keyboard.press("Enter")
  await expect(item("Copy as Markdown")).toBeFocused()
  await keyboard.press("Escape")
  await expect(menu).toBeFocused()
  // The focus stays where a press beside the menu, or what was chosen, took it.
  const list = chat.page.locator(".menu")
  await menu.click()
  await chat.composer.click()
  await expect(list).toHaveCount(0)
  await expect(chat.composer).toBeFocused()
  await chat.articles.first().getByRole("button", { name: "More" }).click()
  await item("Edit and send again").click()
  await expect(list).toHaveCount(0)
  await expect(chat.composer).toBeFocused()
  await chat.composer.fill("")
  await menu.focus()
  await keyboard.press("ArrowDown")
  await keyboard.press("End")
  await expect(item("Answer again")).toBeFocused()
  await keyboard.press("Enter")
  // The first answer stays.
  await expect(chat.articles).toHaveCount(4)
  await expect(chat.articles.getByRole("heading", { name: "Plan" })).toHaveCount(2)
  expect(puppeteer.prompts).toHaveLength(2)
})

const HOSTILE = [
  "<img src=x onerror=\"document.title='run'\">",
  "<script>document.title='run'</script>",
  "a <b onclick=\"document.title='run'\">b</b>",
  "[click](javascript:document.title='run') [data](data:text/html,run) [file](file:///etc/passwd)",
  "![remote](https://example.com/pixel.png)",
  "<https://example.com> <javascript:document.title='run'>",
  "\u202Etfel ot thgir\u202C",
  "[".repeat(10_000),
].join("\n\n")

test("[WC12, WC16] nothing in a message runs or is fetched: HTML is text, bad links are dead, images are links", async ({
  chat,
  puppeteer,
}) => {
  await chat.say(HOSTILE)
  const turn = await puppeteer.nextTurn()
  for (const piece of HOSTILE.match(/[\s\S]{1,700}/g) ?? []) turn.say(piece)
  turn.end()
  await expect(chat.send).toBeVisible()
  const answer = chat.articles.last()
  await expect(answer).toContainText("<img src=x onerror=\"document.title='run'\">")
  await expect(answer).toContainText("<script>document.title='run'</script>")
  await expect(answer).toContainText("[[[[")
  await expect(chat.articles.locator("img, script, b, iframe, [onerror], [onclick]")).toHaveCount(0)
  const links = answer.getByRole("link")
  await expect(links).toHaveText(["Image: remote", "https://example.com"])
  await answer.getByText("click", { exact: true }).click()
  await expect(chat.page).toHaveTitle(/Clawdis$/)
  await expect(chat.articles.first()).toContainText("<script>document.title='run'</script>")
})

test("[M8, AG16] Stop ends the run, and what was said so far stays", async ({
  chat,
  puppeteer,
}) => {
  await chat.say("count to a million")
  const turn = await puppeteer.nextTurn()
  turn.say("one, two, ")
  await chat.reads("You: count to a million", "Clawdis: one, two,")
  await chat.stop.click()
  await expect(chat.composer).toBeFocused()
  await turn.dropped
  await chat.reads("You: count to a million", "Clawdis: one, two, | Stopped by you")
  await expect(chat.send).toBeVisible()
  await chat.page.reload()
  await chat.reads("You: count to a million", "Clawdis: one, two, | Stopped by you")
})

test("[AG2] an example keeps what is written, and an answer that fails says why and can be asked for again", async ({
  chat,
  puppeteer,
}) => {
  // An example goes before what is written already.
  await chat.composer.fill("and briefly")
  await chat.button("What can you do?").click()
  await expect(chat.composer).toHaveValue("What can you do?\nand briefly")
  await expect(chat.composer).toBeFocused()
  await chat.say("try this")
  const turn = await puppeteer.nextTurn()
  turn.say("Almost")
  await chat.reads("You: try this", "Clawdis: Almost")
  turn.crash("the model is out of tea")
  const card = chat.page.getByRole("group", { name: "The agent failed." })
  await expect(card).toContainText("the model is out of tea")
  await card.getByRole("button", { name: "Edit" }).click()
  await expect(chat.composer).toBeFocused()
  await expect(chat.composer).toHaveValue("try this")
  await card.getByRole("button", { name: "Details", exact: true }).click()
  await expect(card).toContainText("UNAVAILABLE (agent_failed)")
  await card.getByRole("button", { name: "Retry" }).click()
  ;(await puppeteer.nextTurn()).answer("Done now.")
  await expect(chat.articles.last()).toContainText("Done now.")
  expect(puppeteer.prompts.at(-1)).toContain("try this")
})

test("[A4, M8] what is sent during a run waits as Next: taken away, taken up again, else in order", async ({
  chat,
  puppeteer,
}) => {
  const { page } = chat
  const waiting = page.getByRole("region", { name: "Next" }).getByRole("listitem")
  await chat.say("first")
  const first = await puppeteer.nextTurn()
  first.say("one")
  for (const word of ["second", "third", "fourth"]) await chat.say(word)
  await expect(waiting).toHaveText(["Nextsecond", "Nextthird", "Nextfourth"])
  await chat.reads("You: first", "Clawdis: one")
  await chat.button("Remove: third").click()
  await expect(waiting).toHaveText(["Nextsecond", "Nextfourth"])
  await expect(chat.composer).toBeFocused()
  await page.reload()
  await expect(waiting).toHaveText(["Nextsecond", "Nextfourth"])
  await chat.button("Edit: fourth").click()
  await expect(chat.composer).toHaveValue("fourth")
  await expect(chat.composer).toBeFocused()
  await expect(waiting).toHaveText(["Nextsecond"])
  first.end()
  ;(await puppeteer.nextTurn()).answer("two")
  await chat.reads(
    ...["You: first", "Clawdis: one", "You: second", "Clawdis: two"],
    ...["You: third", "Clawdis: Stopped by you", "You: fourth", "Clawdis: Stopped by you"],
  )
  await expect(waiting).toHaveCount(0)
  expect(puppeteer.prompts).toHaveLength(2)
})

test("[WC5] Send pressed again and again sends one message", async ({ chat, puppeteer }) => {
  puppeteer.answerAll(() => "once")
  await chat.composer.fill("hello")
  await chat.send.evaluate((send: HTMLButtonElement) => {
    for (let press = 0; press < 5; press += 1) send.click()
  })
  await chat.reads("You: hello", "Clawdis: once")
  expect(puppeteer.prompts).toHaveLength(1)
})
