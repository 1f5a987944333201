import { GrammyError, HttpError, InputFile } from "grammy"
import { expect, test } from "vitest"
import type { FaultKind } from "./faults.ts"
import { startLab } from "./start-lab.ts"

const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index)

test("a bot waits in one long poll and hears a message at once", async () => {
  const { lab, bot, ada } = await startLab()
  bot.on("message:text", (context) => context.reply(`You said ${context.message.text}.`))
  const running = bot.start()
  await lab.waitFor(() => lab.polling)
  expect(lab.calls.filter(({ method }) => method === "getUpdates")).toHaveLength(1)

  ada.say("hello")
  expect(await lab.nextSent(ada.id)).toMatchObject({ text: "You said hello.", message_id: 2 })
  await lab.waitFor(() => lab.polling)
  expect(lab.calls.filter(({ method }) => method === "getUpdates")).toHaveLength(2)

  await bot.stop()
  await running
})

test("the offset confirms and deletes everything below it", async () => {
  const { lab, bot, ada } = await startLab()
  const ids = ["one", "two", "three"].map((text) => ada.say(text).update_id)
  const read = async (options: Parameters<typeof bot.api.getUpdates>[0]) =>
    (await bot.api.getUpdates(options)).map(({ update_id }) => update_id)

  expect(await read({})).toEqual(ids)
  expect(await read({ limit: 1 })).toEqual(ids.slice(0, 1))
  expect(await read({ offset: ids[1] ?? 0 })).toEqual(ids.slice(1))
  expect(lab.state().pendingUpdateIds).toEqual(ids.slice(1))
  expect(await read({ offset: (ids[2] ?? 0) + 1 })).toEqual([])
})

test("a negative offset keeps only the last updates", async () => {
  const { lab, bot, ada } = await startLab()
  const ids = ["one", "two", "three"].map((text) => ada.say(text).update_id)
  const batch = await bot.api.getUpdates({ offset: -1 })
  expect(batch.map(({ update_id }) => update_id)).toEqual(ids.slice(2))
  expect(lab.state().pendingUpdateIds).toEqual(ids.slice(2))
})

test("a batch holds at most 100 updates", async () => {
  const { bot, ada } = await startLab()
  for (let count = 0; count < 101; count += 1) ada.say(String(count))
  expect(await bot.api.getUpdates()).toHaveLength(100)
  expect(await bot.api.getUpdates({ limit: 1000 })).toHaveLength(100)
})

test("an update that a killed client did not confirm is delivered again", async () => {
  const { lab, bot, ada } = await startLab()
  const kill = new AbortController()
  const dying = fetch(`${lab.apiRoot}/bot${lab.token}/getUpdates?timeout=50`, {
    signal: kill.signal,
  })
  const died = expect(dying).rejects.toThrow()
  await lab.waitFor(() => lab.polling)
  kill.abort()
  await died
  await lab.waitFor(() => !lab.polling)

  ada.say("still here?")
  const first = await bot.api.getUpdates()
  expect(first).toMatchObject([{ message: { text: "still here?" } }])
  expect(await bot.api.getUpdates()).toEqual(first)
})

test("a second poller ends the first with 409", async () => {
  const { lab, bot, createBot } = await startLab()
  const running = bot.start()
  const ended = expect(running).rejects.toMatchObject({ error_code: 409 })
  await lab.waitFor(() => lab.polling)

  const second = createBot()
  const secondRunning = second.start()
  await ended
  await lab.waitFor(() => lab.polling)
  await second.stop()
  await secondRunning
})

test("a webhook answers polls with 409 until it is deleted", async () => {
  const { lab, bot, ada } = await startLab()
  const polling = bot.api.getUpdates({ timeout: 50 })
  const ended = expect(polling).rejects.toMatchObject({
    description: "Conflict: terminated by setWebhook request",
  })
  await lab.waitFor(() => lab.polling)
  await bot.api.setWebhook("https://example.test/hook")
  await ended

  ada.say("kept")
  await expect(bot.api.getUpdates()).rejects.toMatchObject({ error_code: 409 })
  expect(await bot.api.getWebhookInfo()).toMatchObject({
    url: "https://example.test/hook",
    pending_update_count: 1,
  })
  await bot.api.deleteWebhook()
  expect(await bot.api.getUpdates()).toMatchObject([{ message: { text: "kept" } }])
  await bot.api.deleteWebhook({ drop_pending_updates: true })
  expect(await bot.api.getUpdates()).toEqual([])
})

test("an unknown token gets 401, an unknown method 404", async () => {
  const { lab, createBot } = await startLab()
  await expect(createBot("1:wrong").api.getMe()).rejects.toMatchObject({
    error_code: 401,
    description: "Unauthorized",
  })
  const response = await fetch(`${lab.apiRoot}/bot${lab.token}/noSuchMethod`)
  expect(await response.json()).toEqual({ ok: false, error_code: 404, description: "Not Found" })
})

test.for<[FaultKind, number, string]>([
  ["unauthorized", 401, "Unauthorized"],
  ["blocked", 403, "Forbidden: bot was blocked by the user"],
  ["kicked", 403, "Forbidden: bot was kicked from the supergroup chat"],
  ["conflict", 409, "Conflict: terminated by other getUpdates request; "],
  ["chat-not-found", 400, "Bad Request: chat not found"],
  ["bad-entities", 400, "Bad Request: can't parse entities: "],
  ["server-error", 500, "Internal Server Error"],
  ["bad-gateway", 502, "Bad Gateway"],
])("the fault %s refuses with %i and applies nothing", async ([kind, code, description]) => {
  const { lab, bot, ada } = await startLab()
  lab.fault({ method: "sendMessage", kind, times: 2 })
  for (let time = 0; time < 2; time += 1) {
    await expect(bot.api.sendMessage(ada.id, "hi")).rejects.toMatchObject({
      error_code: code,
      description: expect.stringContaining(description),
    })
  }
  expect(lab.sent(ada.id)).toEqual([])
  await bot.api.sendMessage(ada.id, "hi")
  expect(lab.sent(ada.id)).toHaveLength(1)
  expect(lab.calls.map(({ fault }) => fault)).toEqual([kind, kind, null])
})

test("a flood fault says how long to wait", async () => {
  const { lab, bot, ada } = await startLab()
  lab.fault({ method: "sendMessage", kind: "flood", retryAfter: 37 })
  const error = await bot.api.sendMessage(ada.id, "hi").catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(GrammyError)
  expect(error).toMatchObject({ error_code: 429, parameters: { retry_after: 37 } })
})

test.for<FaultKind>(["lost", "cut-chunked", "half-json"])(
  "the fault %s applies the call and hides it",
  async (kind) => {
    const { lab, bot, ada } = await startLab()
    lab.fault({ method: "sendMessage", kind })
    await expect(bot.api.sendMessage(ada.id, "hi")).rejects.toBeInstanceOf(HttpError)
    expect(lab.sent(ada.id)).toMatchObject([{ text: "hi" }])
    await bot.api.sendMessage(ada.id, "again")
    expect(lab.sent(ada.id)).toHaveLength(2)
  },
)

test("a cut body ends a plain fetch, while grammY's fetch waits for its own timeout", async () => {
  const { lab, ada, createBot } = await startLab()
  lab.fault({ method: "sendMessage", kind: "cut", times: 2 })
  const url = `${lab.apiRoot}/bot${lab.token}/sendMessage?chat_id=${ada.id}&text=hi`
  const response = await fetch(url)
  await expect(response.json()).rejects.toThrow("terminated")

  const impatient = createBot(lab.token, { timeoutSeconds: 1 })
  await expect(impatient.api.sendMessage(ada.id, "hi")).rejects.toMatchObject({
    error: { message: "Request to 'sendMessage' timed out after 1 seconds" },
  })
  expect(lab.sent(ada.id)).toHaveLength(2)
})

test.for<FaultKind>(["html", "reset", "half-close"])(
  "the fault %s gives no readable answer and applies nothing",
  async (kind) => {
    const { lab, bot, ada } = await startLab()
    lab.fault({ method: "sendMessage", kind })
    await expect(bot.api.sendMessage(ada.id, "hi")).rejects.toBeInstanceOf(HttpError)
    expect(lab.sent(ada.id)).toEqual([])
  },
)

test("a hanging call ends when the client gives up", async () => {
  const { lab, bot, ada } = await startLab()
  lab.fault({ method: "sendMessage", kind: "hang" })
  const giveUp = new AbortController()
  const sending = fetch(`${lab.apiRoot}/bot${lab.token}/sendMessage?chat_id=42&text=hi`, {
    signal: giveUp.signal,
  })
  const gaveUp = expect(sending).rejects.toThrow()
  expect(await lab.nextCall("sendMessage")).toMatchObject({ params: { text: "hi" } })
  giveUp.abort()
  await gaveUp
  expect(lab.sent(ada.id)).toEqual([])
  await bot.api.sendMessage(ada.id, "after")
})

test("a refusing fault for getUpdates meets the poll that already waits", async () => {
  const { lab, bot } = await startLab()
  const polling = bot.api.getUpdates({ timeout: 50 })
  const ended = expect(polling).rejects.toMatchObject({ error_code: 502 })
  await lab.waitFor(() => lab.polling)
  lab.fault({ method: "getUpdates", kind: "bad-gateway" })
  await ended
  expect(lab.state().faults).toEqual([])
})

test("a batch whose answer was lost comes again", async () => {
  const { lab, bot, ada } = await startLab()
  const polling = bot.api.getUpdates({ timeout: 50 })
  const lost = expect(polling).rejects.toBeInstanceOf(HttpError)
  await lab.waitFor(() => lab.polling)
  lab.fault({ method: "getUpdates", kind: "lost" })
  ada.say("hello")
  await lost
  expect(await bot.api.getUpdates()).toMatchObject([{ message: { text: "hello" } }])
})

test("forgotten faults do not come back", async () => {
  const { lab, bot } = await startLab()
  lab.fault({ method: "*", kind: "server-error", times: 100 })
  await expect(bot.api.getMe()).rejects.toMatchObject({ error_code: 500 })
  lab.resetFaults()
  expect(await bot.api.getMe()).toMatchObject({ username: "clawdis_lab_bot", is_bot: true })
})

test("grammY's multipart upload arrives byte for byte and can be downloaded", async () => {
  const { lab, bot, ada } = await startLab()
  const file = new InputFile(everyByte, 'odd; name="x" ü.bin')
  const sent = await bot.api.sendDocument(ada.id, file, { caption: "a\r\n--b\r\n\r\nc" })
  expect(sent.caption).toBe("a\r\n--b\r\n\r\nc")
  expect(sent.document).toMatchObject({ file_name: 'odd; name="x" ü.bin', file_size: 256 })

  const { file_path } = await bot.api.getFile(sent.document.file_id)
  const response = await fetch(`${lab.apiRoot}/file/bot${lab.token}/${file_path}`)
  expect(await response.bytes()).toEqual(everyByte)
  expect(await lab.nextSent(ada.id)).toEqual(sent)
})

test("photo, audio, video and voice come back as what they are", async () => {
  const { bot, ada } = await startLab()
  const upload = () => new InputFile(everyByte)
  const photo = await bot.api.sendPhoto(ada.id, upload())
  expect(photo.photo.map(({ file_size }) => file_size)).toEqual([256, 256])
  expect((await bot.api.sendAudio(ada.id, upload())).audio.mime_type).toBe("audio/mpeg")
  expect((await bot.api.sendVideo(ada.id, upload())).video.mime_type).toBe("video/mp4")
  const { voice } = await bot.api.sendVoice(ada.id, upload(), { duration: 7 })
  expect(voice).toMatchObject({ mime_type: "audio/ogg", duration: 7 })
  expect((await bot.api.sendVoice(ada.id, voice.file_id)).voice.file_size).toBe(256)
})

test("files of a person can be fetched; unknown ones and wrong tokens cannot", async () => {
  const { lab, bot, ada } = await startLab()
  ada.voice(everyByte, { caption: "listen", durationS: 3 })
  ada.photo(everyByte)
  ada.document(everyByte, { fileName: "report.pdf", mimeType: "application/pdf" })
  const [voice, photo, document] = await bot.api.getUpdates()
  expect(voice?.message).toMatchObject({ caption: "listen", voice: { duration: 3 } })
  expect(photo?.message?.photo).toHaveLength(2)
  expect(document?.message?.document).toMatchObject({
    file_name: "report.pdf",
    mime_type: "application/pdf",
  })

  const { file_path } = await bot.api.getFile(document?.message?.document?.file_id ?? "")
  expect(file_path).toMatch(/^documents\/file_\d+\.pdf$/)
  const status = async (path: string) => (await fetch(`${lab.apiRoot}/file/${path}`)).status
  expect(await status(`bot${lab.token}/${file_path}`)).toBe(200)
  expect(await status(`bot${lab.token}/documents/nothing`)).toBe(404)
  expect(await status(`bot1:wrong/${file_path}`)).toBe(404)
  await expect(bot.api.getFile("nothing")).rejects.toMatchObject({ error_code: 400 })

  lab.fault({ method: "file", kind: "bad-gateway" })
  expect(await status(`bot${lab.token}/${file_path}`)).toBe(502)
})

test("a text holds 1 to 4,096 characters after its marks are parsed", async () => {
  const { lab, bot, ada } = await startLab()
  const refusal = (text: string) =>
    bot.api.sendMessage(ada.id, text).then(
      () => null,
      (error: unknown) => (error instanceof GrammyError ? error.description : error),
    )
  expect(await refusal("x".repeat(4096))).toBeNull()
  expect(await refusal("x".repeat(4097))).toBe("Bad Request: message is too long")
  expect(await refusal("")).toBe("Bad Request: message text is empty")
  expect(await refusal(" \n ")).toBe("Bad Request: text must be non-empty")

  const bold = `<b>${"x".repeat(4096)}</b>`
  await bot.api.sendMessage(ada.id, bold, { parse_mode: "HTML" })
  expect(lab.sent(ada.id).at(-1)?.entities).toEqual([{ type: "bold", offset: 0, length: 4096 }])
  await expect(
    bot.api.sendDocument(ada.id, new InputFile(everyByte), { caption: "x".repeat(1025) }),
  ).rejects.toMatchObject({ description: "Bad Request: message caption is too long" })
})

test("marks that do not parse are refused", async () => {
  const { lab, bot, ada } = await startLab()
  await expect(bot.api.sendMessage(ada.id, "a <b>c", { parse_mode: "HTML" })).rejects.toMatchObject(
    { description: expect.stringContaining("can't parse entities") },
  )
  await expect(
    bot.api.sendMessage(ada.id, "no.", { parse_mode: "MarkdownV2" }),
  ).rejects.toMatchObject({ description: expect.stringContaining("is reserved") })
  await expect(
    bot.api.sendMessage(ada.id, "hello", { entities: [{ type: "bold", offset: 0, length: 9 }] }),
  ).rejects.toMatchObject({
    description: expect.stringContaining("ends after the end of the text"),
  })
  expect(lab.sent(ada.id)).toEqual([])
})

test("a chat must exist, and its message ids are its own", async () => {
  const { lab, bot, ada } = await startLab()
  const team = lab.group({ id: -100_123, title: "Team" })
  await expect(bot.api.sendMessage(7, "hi")).rejects.toMatchObject({
    description: "Bad Request: chat not found",
  })
  expect((await bot.api.sendMessage(ada.id, "hi")).message_id).toBe(1)
  expect((await bot.api.sendMessage(ada.id, "hi")).message_id).toBe(2)
  expect((await bot.api.sendMessage(team.id, "hi")).message_id).toBe(1)
  expect(await bot.api.getChat(team.id)).toMatchObject({ title: "Team", type: "supergroup" })
  team.kick()
  await expect(bot.api.sendMessage(team.id, "hi")).rejects.toMatchObject({ error_code: 403 })
})

test("an edit changes the message once and must change something", async () => {
  const { lab, bot, ada } = await startLab()
  const { message_id } = await bot.api.sendMessage(ada.id, "<b>one</b>", { parse_mode: "HTML" })
  await bot.api.editMessageText(ada.id, message_id, "two")
  expect(lab.sent(ada.id)).toMatchObject([{ text: "two", edit_date: expect.any(Number) }])
  expect(lab.sent(ada.id)[0]).not.toHaveProperty("entities")
  await expect(bot.api.editMessageText(ada.id, message_id, "two")).rejects.toMatchObject({
    description: expect.stringContaining("message is not modified"),
  })
  const { message } = ada.say("mine")
  await expect(bot.api.editMessageText(ada.id, message.message_id, "x")).rejects.toMatchObject({
    description: "Bad Request: message can't be edited",
  })
})

test("typing, drafts and commands are kept apart from messages", async () => {
  const { lab, bot, ada } = await startLab()
  await bot.api.sendChatAction(ada.id, "typing")
  await bot.api.sendMessageDraft(ada.id, 5, "Hel")
  await bot.api.sendMessageDraft(ada.id, 5, "Hello")
  await bot.api.setMyCommands([{ command: "new", description: "Start over" }])
  expect(lab.actions(ada.id)).toEqual([{ chatId: ada.id, action: "typing" }])
  expect(lab.drafts(ada.id).map(({ text }) => text)).toEqual(["Hel", "Hello"])
  expect(await bot.api.getMyCommands()).toEqual([{ command: "new", description: "Start over" }])
  expect(lab.sent(ada.id)).toEqual([])

  const team = lab.group({ id: -100_123, title: "Team" })
  await expect(bot.api.sendMessageDraft(team.id, 5, "Hel")).rejects.toBeInstanceOf(GrammyError)
  await expect(bot.api.sendMessageDraft(ada.id, 0, "Hel")).rejects.toBeInstanceOf(GrammyError)
})

test("replies quote the message, in both directions", async () => {
  const { lab, bot, ada } = await startLab()
  const { message_id } = await bot.api.sendMessage(ada.id, "question?")
  ada.say("answer!", { replyTo: message_id })
  const [update] = await bot.api.getUpdates()
  expect(update?.message?.reply_to_message).toMatchObject({ text: "question?", from: lab.bot })

  const reply_parameters = { message_id: update?.message?.message_id ?? 0 }
  const reply = await bot.api.sendMessage(ada.id, "thanks", { reply_parameters })
  expect(reply.reply_to_message).toMatchObject({ text: "answer!" })
  expect(reply.reply_to_message).not.toHaveProperty("reply_to_message")
  await expect(
    bot.api.sendMessage(ada.id, "thanks", { reply_parameters: { message_id: 999 } }),
  ).rejects.toMatchObject({ description: "Bad Request: message to be replied not found" })
})

test("a person writes in groups, mentions, edits and blocks", async () => {
  const { lab, bot, ada } = await startLab()
  const team = lab.group({ id: -100_123, title: "Team" })
  const { message } = ada.say("/start@clawdis_lab_bot hey @clawdis_lab_bot", { chat: team })
  ada.edit(message, "hey", { chat: team })
  ada.block()
  const [said, edited, blocked] = await bot.api.getUpdates()
  expect(said?.message).toMatchObject({ chat: { id: team.id, title: "Team" }, from: ada.user })
  expect(said?.message?.entities).toEqual([
    { type: "bot_command", offset: 0, length: 22 },
    { type: "mention", offset: 27, length: 16 },
  ])
  expect(edited?.edited_message).toMatchObject({ message_id: message.message_id, text: "hey" })
  expect(blocked?.my_chat_member?.new_chat_member.status).toBe("kicked")
  await expect(bot.api.sendMessage(ada.id, "hi")).rejects.toMatchObject({ error_code: 403 })
  ada.unblock()
  await bot.api.sendMessage(ada.id, "hi")
})

test("reactions are heard only by a bot that asked for them", async () => {
  const { bot, ada } = await startLab()
  const { message } = ada.say("one")
  ada.react(message, "👍")
  expect(await bot.api.getUpdates({ allowed_updates: ["message_reaction"] })).toHaveLength(1)
  ada.react(message, "👎")
  expect(await bot.api.getUpdates({ offset: -1 })).toMatchObject([
    { message_reaction: { message_id: 1, new_reaction: [{ emoji: "👎" }] } },
  ])
})

test("the bot hears only the kinds of update it asked for", async () => {
  const { bot, ada } = await startLab()
  await bot.api.getUpdates({ allowed_updates: ["message"] })
  const { message } = ada.say("one")
  ada.edit(message, "two")
  expect(await bot.api.getUpdates()).toMatchObject([{ message: { text: "one" } }])
})

test("pushed updates arrive as they are: duplicate, out of order, unknown, huge", async () => {
  const { lab, ada } = await startLab()
  const { update_id } = ada.say("one")
  const poll = async (offset: number) =>
    (await fetch(`${lab.apiRoot}/bot${lab.token}/getUpdates?offset=${offset}`)).text()
  expect(await poll(0)).toContain('"one"')

  lab.pushUpdate({ update_id, message: { text: "duplicate" } })
  lab.pushUpdate({ update_id: 5, unheard_of: true })
  lab.pushUpdate('{"update_id":6,"message":{"chat":{"id":-9223372036854775808}}}')
  lab.pushUpdate({ without_an_id: true })
  const answer = await poll(update_id + 1)
  expect(answer).not.toContain('"one"')
  expect(answer).toContain('"duplicate"')
  expect(answer).toContain('"unheard_of"')
  expect(answer).toContain("-9223372036854775808")
  expect(answer).toContain(`{"update_id":${update_id + 1},"without_an_id":true}`)
  expect(await poll(update_id + 2)).toBe('{"ok":true,"result":[]}')
})

test("bodies may be urlencoded, and broken ones are refused", async () => {
  const { lab, ada } = await startLab()
  const url = `${lab.apiRoot}/bot${lab.token}/SENDMESSAGE`
  const entities = JSON.stringify([{ type: "bold", offset: 0, length: 2 }])
  const body = new URLSearchParams({ chat_id: "42", text: "hi", entities })
  await fetch(url, { method: "POST", body })
  expect(lab.sent(ada.id)).toMatchObject([{ text: "hi", entities: [{ type: "bold" }] }])

  const headers = { "content-type": "application/json" }
  const broken = await fetch(url, { method: "POST", headers, body: "{" })
  expect(broken.status).toBe(400)
})

test("the state outlives a stop and a start on the same port", async () => {
  const { lab, bot, ada } = await startLab()
  await bot.api.sendMessage(ada.id, "before")
  const { apiRoot } = lab
  await lab.stop()
  await expect(bot.api.getMe()).rejects.toBeInstanceOf(HttpError)
  ada.say("while away")
  await lab.start()
  expect(lab.apiRoot).toBe(apiRoot)
  expect(await bot.api.getUpdates()).toMatchObject([{ message: { text: "while away" } }])
  expect(lab.sent(ada.id)).toHaveLength(1)
})

test("nextSent gives each message once and ends at its deadline or with its signal", async () => {
  const { lab, bot, ada } = await startLab()
  const both = Promise.all([lab.nextSent(ada.id), lab.nextSent(ada.id)])
  await bot.api.sendMessage(ada.id, "one")
  await bot.api.sendMessage(ada.id, "two")
  expect((await both).map(({ text }) => text)).toEqual(["one", "two"])

  await expect(lab.nextSent(ada.id, { timeoutMs: 1 })).rejects.toThrow("Nothing came within 1 ms.")
  const leave = new AbortController()
  const waiting = expect(lab.nextSent(ada.id, { signal: leave.signal })).rejects.toThrow("enough")
  leave.abort(new Error("enough"))
  await waiting
})

test("a request that is not HTTP as we know it does not end the lab", async () => {
  const { lab, bot } = await startLab()
  expect((await fetch(`${lab.apiRoot}//`)).ok).toBe(false)
  expect((await fetch(`${lab.apiRoot}/bot${lab.token}/%E0%A4%A`)).ok).toBe(false)
  expect((await fetch(`${lab.apiRoot}/file/bot${lab.token}/%E0%A4%A`)).ok).toBe(false)
  expect(await bot.api.getMe()).toMatchObject({ is_bot: true })
})
