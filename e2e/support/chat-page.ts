// The page as a person meets it: by what things are called.

import { expect, type Locator, type Page } from "@playwright/test"
import type { GatewayProcess } from "./gateway-process.ts"

export type ChatPage = ReturnType<typeof createChatPage>

export function createChatPage(page: Page) {
  const articles = page.getByRole("list", { name: "Conversation" }).getByRole("article")
  const composer = page.getByRole("textbox", { name: "Message" })
  const button = (name: string) => page.getByRole("button", { name, exact: true })

  async function connected(): Promise<void> {
    await expect(page.getByRole("group", { name: "Connection" })).toHaveText(/ ?connected$/)
  }

  return {
    page,
    articles,
    composer,
    button,
    connected,
    send: button("Send"),
    stop: button("Stop"),

    async open({ port }: Pick<GatewayProcess, "port">, rest = ""): Promise<void> {
      await page.goto(`http://127.0.0.1:${port}/${rest}`)
      await connected()
    },

    async say(text: string): Promise<void> {
      await composer.fill(text)
      await composer.press("Enter")
    },

    /** Waits until the conversation reads so: who said it, a colon, and what the row shows. */
    async reads(...rows: readonly string[]): Promise<void> {
      await expect.poll(() => readRows(articles)).toEqual(rows)
    },

    /** Opens a panel beside the conversation. */
    async panel(name: RegExp | string): Promise<Locator> {
      const menu = button("Sessions and panels")
      if (await menu.isVisible()) await menu.click()
      await page.getByRole("navigation", { name: "View" }).getByRole("button", { name }).click()
      return page.getByRole("complementary", { name })
    },
  }
}

/** Without the line of times and actions, and without what says for how long the agent or a tool has worked. */
async function readRows(articles: Locator): Promise<readonly string[]> {
  const rows = await articles.evaluateAll((found) =>
    found.map((article) => {
      const [head, ...body] = [...article.children] as HTMLElement[]
      const said = body.filter(({ tagName }) => tagName !== "FOOTER")
      // What is far from the screen is not laid out, and shows nothing, but has its text all the same.
      // biome-ignore lint/performance/useDomNodeTextContent: what is shown is meant, and what apart.
      const wordsOf = ({ innerText, textContent }: HTMLElement) => innerText || textContent || ""
      const lines = said.map((line) => wordsOf(line).replace(/\s+/g, " ").trim())
      return { who: head?.firstElementChild?.textContent, lines: lines.filter(Boolean) }
    }),
  )
  return rows.map(({ who, lines }) => {
    const shown = lines.filter((line) => !line.startsWith("Working…"))
    return `${who}: ${shown.join(" | ").replace(/ · (?:< )?[\d.]+ s| \(\d+ s\)/g, "")}`
  })
}
