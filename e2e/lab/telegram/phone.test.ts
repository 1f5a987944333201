import { PassThrough } from "node:stream"
import { text } from "node:stream/consumers"
import { InputFile } from "grammy"
import { expect, test } from "vitest"
import { usePhone } from "./phone.ts"
import { startLab } from "./start-lab.ts"

test("a typed line is said, and what the bot does is printed", async () => {
  const { lab, bot, ada } = await startLab()
  const [input, output] = [new PassThrough(), new PassThrough()]
  const { signal } = new AbortController()
  const using = usePhone({ lab, person: ada, input, output, signal })
  input.write("hello\n")
  await lab.waitFor(() => lab.state().pendingUpdateIds.length === 1)
  await bot.api.sendChatAction(ada.id, "typing")
  await bot.api.sendMessageDraft(ada.id, 1, "He")
  await bot.api.sendMessage(ada.id, "Hello")
  await bot.api.sendPhoto(ada.id, new InputFile(Uint8Array.of(1, 2), "cat.png"), {
    caption: "look",
  })
  input.write(":send document /nowhere/a.txt\n")
  input.write(`:send document ${import.meta.filename} the test\n`)
  await lab.waitFor(() => lab.state().pendingUpdateIds.length === 2)
  input.write(":fault getMe flood 1 9\n")
  input.write(":quit\n")
  await using
  output.end()
  const printed = await text(output)
  expect(printed).toContain("bot … typing\nbot (draft): He\nbot: Hello\n")
  expect(printed).toContain("[photo, 2 bytes] look\n")
  expect(printed).toMatch(/ENOENT.*\nSent \d+ bytes\./)
  expect(printed).toContain("The next 1 of getMe: flood.")
})
