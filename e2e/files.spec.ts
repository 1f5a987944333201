// Files that go with a message: picked, pasted, dropped, refused, sent, and shown again.

import type { Page } from "@playwright/test"
import { expect, test } from "./support/fixtures.ts"

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
)

/** As the browser hands over what comes from the clipboard or from another window. */
async function give(page: Page, how: "drop" | "paste", name: string, pixels = 1): Promise<void> {
  await page.evaluate(
    async ({ how, name, pixels }) => {
      const canvas = new OffscreenCanvas(pixels, pixels)
      const context = canvas.getContext("2d")
      const noise = context?.createImageData(pixels, pixels)
      // Noise is what a picture cannot be packed well with.
      for (let at = 0; noise !== undefined && at < noise.data.length; at += 65_536) {
        crypto.getRandomValues(noise.data.subarray(at, at + 65_536))
      }
      if (noise !== undefined) context?.putImageData(noise, 0, 0)
      const blob = await canvas.convertToBlob({ type: "image/png" })
      const transfer = new DataTransfer()
      transfer.items.add(new File([blob], name, { type: blob.type }))
      const target = document.getElementById("message")
      if (how === "paste") {
        target?.dispatchEvent(
          new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }),
        )
        return
      }
      for (const type of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(type, {
          dataTransfer: transfer,
          bubbles: true,
          cancelable: true,
        })
        target?.dispatchEvent(event)
        if (type !== "dragenter" && !event.defaultPrevented)
          throw new Error("the page would be left")
      }
    },
    { how, name, pixels },
  )
}

async function chooseFiles(
  page: Page,
  files: readonly { name: string; mimeType: string; buffer: Buffer }[],
): Promise<void> {
  const choosing = page.waitForEvent("filechooser")
  await page.getByRole("button", { name: "Attach files", exact: true }).click()
  await (await choosing).setFiles([...files])
}

test("[M6, M13, WC19] files are picked, pasted and dropped, outlive a reload, go with the message and are shown", async ({
  chat,
  puppeteer,
}) => {
  const { page } = chat
  const chips = page.getByRole("list", { name: "Files to send" }).getByRole("listitem")
  await chooseFiles(page, [
    { name: "cat.png", mimeType: "image/png", buffer: PNG },
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("buy milk") },
    { name: "empty.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) },
    { name: "film.bin", mimeType: "video/mp4", buffer: Buffer.alloc(6 * 1024 * 1024) },
  ])
  await expect(chips).toHaveCount(4)
  await expect(chips.filter({ hasText: "empty.txt" })).toContainText("The file is empty")
  await expect(chips.filter({ hasText: "film.bin" })).toContainText("at most 5 MB together")
  await give(page, "paste", "pasted.png")
  await give(page, "drop", "dropped.png")
  await expect(chips).toHaveCount(6)
  for (const name of ["empty.txt", "film.bin", "pasted.png"]) {
    await chat.button(`Remove ${name}`).click()
  }
  await expect(chips).toHaveCount(3)
  await page.reload()
  await expect(chips).toContainText(["cat.png", "notes.txt", "dropped.png"])
  await chooseFiles(page, [{ name: "empty.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) }])
  await expect(chips).toHaveCount(4)
  await chat.connected()
  await chat.say("look at these")
  const turn = await puppeteer.nextTurn()
  for (const name of ["cat.png", "notes.txt", "dropped.png"]) {
    expect(turn.prompt).toContain(`[${name}]`)
  }
  expect(turn.prompt).toContain("buy milk")
  await expect(chips).toHaveCount(0)
  turn.answer("I see a cat.")
  for (const reload of [false, true]) {
    if (reload) await page.reload()
    const question = chat.articles.first()
    for (const name of ["cat.png", "dropped.png"]) {
      const picture = question.getByRole("img", { name: `Picture: ${name}` })
      await expect(picture).toBeVisible()
      expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1)
    }
    await expect(question).toContainText("notes.txt")
  }
  const saving = page.waitForEvent("download")
  await chat.button("Save notes.txt").click()
  expect((await saving).suggestedFilename()).toBe("notes.txt")
})

test("[M6, WC19] a picture that is too large is made smaller, and a file alone can be sent, also where nothing is kept", async ({
  chat,
  puppeteer,
}) => {
  const { page } = chat
  const chips = page.getByRole("list", { name: "Files to send" }).getByRole("listitem")
  await page.addInitScript(() => {
    Object.defineProperty(globalThis, "indexedDB", { get: () => undefined })
  })
  await page.reload()
  await chat.connected()
  await give(page, "drop", "huge.png", 1_400)
  await expect(chips).toContainText("huge.jpg")
  await expect(page.getByText("a reload loses them").last()).toBeVisible()
  await expect(chat.send).toBeEnabled()
  await chat.send.click()
  const turn = await puppeteer.nextTurn()
  expect(turn.prompt).toContain("(huge.jpg)")
  await expect(chips).toHaveCount(0)
  // One more, while the first is answered, waits under the name of its file, which editing would lose.
  await give(page, "drop", "next.png")
  await expect(chips).toContainText("next.png")
  await chat.composer.press("Enter")
  const waiting = page.getByRole("region", { name: "Next" }).getByRole("listitem")
  await expect(waiting).toContainText("next.png")
  await expect(chat.button("Edit: next.png")).toHaveCount(0)
  await chat.button("Remove: next.png").click()
  await expect(waiting).toHaveCount(0)
  // What failed is asked again with its file, which also comes back into the box.
  turn.crash("the model is out of tea")
  const card = page.getByRole("group", { name: "The agent failed." })
  await card.getByRole("button", { name: "Edit" }).click()
  await expect(chips).toContainText("huge.jpg")
  await chat.button("Remove huge.jpg").click()
  await card.getByRole("button", { name: "Retry" }).click()
  const again = await puppeteer.nextTurn()
  expect(again.prompt).toContain("(huge.jpg)")
  again.answer("I see noise.")
  await expect(chat.articles.last()).toContainText("I see noise.")
  await expect(page.getByRole("img", { name: "Picture: huge.jpg" })).toHaveCount(2)
})
