import fc from "fast-check"
import { expect, test } from "vitest"
import { adasMessage } from "./stub-bot-api.ts"
import { readUpdate } from "./update.ts"

const bot = { id: 99, username: "Lab_Bot" }
const group = { id: -100_777, type: "supergroup", title: "Lab" }

function read(words: Record<string, unknown>) {
  return readUpdate({ update_id: 5, message: { ...adasMessage(3), ...words } }, bot)
}

function messageOf(words: Record<string, unknown>) {
  const reading = read(words)
  if (reading.kind === "skipped") throw new Error(`skipped: ${reading.why}`)
  return reading.message
}

test("a direct message is read into the words that all channels share", () => {
  expect(messageOf({ text: "hello" })).toEqual({
    channel: "telegram",
    account: "99",
    chat: "42",
    messageId: "3",
    order: 5,
    sender: { id: "42", handle: "@ada_lab", name: "Ada Lab" },
    text: "hello",
    ts: 1_767_225_600_000,
    sessionKey: "telegram:42",
  })
})

test("a message of a group carries the group, and one of a topic is in a chat of its own", () => {
  expect(messageOf({ chat: group, text: "hello" })).toMatchObject({
    chat: "-100777",
    sessionKey: "telegram:group:-100777",
    group: { id: "-100777", title: "Lab", mentioned: false },
  })
  const topic = { is_topic_message: true, message_thread_id: 8 }
  expect(messageOf({ chat: group, text: "hello", ...topic })).toMatchObject({
    chat: "-100777:8",
    sessionKey: "telegram:group:-100777:8",
    group: { id: "-100777", topic: "8" },
  })
})

test("a thread of replies outside a forum is no topic", () => {
  expect(messageOf({ chat: group, text: "hello", message_thread_id: 8 }).chat).toBe("-100777")
})

test("the bot is mentioned by its name, by a link to it, by a command for it, or by a reply to it", () => {
  const mentioned = (words: Record<string, unknown>) =>
    messageOf({ chat: group, ...words }).group?.mentioned
  const at = (type: string, length: number, more = {}) => [{ type, offset: 3, length, ...more }]
  const user = (id: number) => ({ user: { id, first_name: "X" } })
  expect(mentioned({ text: "hi @lab_bot", entities: at("mention", 8) })).toBe(true)
  expect(mentioned({ text: "hi @lab_bot2", entities: at("mention", 9) })).toBe(false)
  expect(mentioned({ text: "hi @lab_bot" })).toBe(false)
  expect(mentioned({ text: "hi bot", entities: at("text_mention", 3, user(99)) })).toBe(true)
  expect(mentioned({ text: "hi ada", entities: at("text_mention", 3, user(42)) })).toBe(false)
  expect(mentioned({ text: "hi /x@Lab_Bot", entities: at("bot_command", 10) })).toBe(true)
  expect(mentioned({ text: "hi /x", entities: at("bot_command", 2) })).toBe(false)
  const caption = { photo: [], caption: "hi @lab_bot", caption_entities: at("mention", 8) }
  expect(mentioned(caption)).toBe(true)
  expect(mentioned({ text: "yes", reply_to_message: { from: { id: 99 }, text: "?" } })).toBe(true)
  expect(mentioned({ text: "yes", reply_to_message: { from: { id: 42 }, text: "?" } })).toBe(false)
})

test("the notice that opens a topic is neither quoted nor a mention, although we sent it", () => {
  const message = messageOf({
    chat: group,
    text: "hello",
    is_topic_message: true,
    message_thread_id: 8,
    reply_to_message: { from: { id: 99 }, forum_topic_created: { name: "T" } },
  })
  expect(message.group?.mentioned).toBe(false)
  expect(message).not.toHaveProperty("quoted")
})

test("what is answered is quoted: all of it, or the part that was picked", () => {
  const reply_to_message = { from: { id: 7, first_name: "Bob" }, text: "All of it." }
  expect(messageOf({ text: "yes", reply_to_message }).quoted).toEqual({
    sender: "Bob",
    text: "All of it.",
  })
  expect(messageOf({ text: "yes", reply_to_message, quote: { text: "it" } }).quoted?.text).toBe(
    "it",
  )
  expect(messageOf({ text: "yes", reply_to_message: { photo: [] } }).quoted).toEqual({
    text: "(photo)",
  })
})

test("media without words is named, and a caption is its words", () => {
  expect(messageOf({ photo: [{}] }).text).toBe("(photo)")
  expect(messageOf({ animation: {}, document: {} }).text).toBe("(animation)")
  expect(messageOf({ voice: {} }).text).toBe("(voice note)")
  expect(messageOf({ photo: [{}], caption: "look" }).text).toBe("look")
})

test("who writes as a group or channel is that group or channel, not the shared placeholder", () => {
  const message = messageOf({
    chat: group,
    text: "hello",
    from: { id: 1_087_968_824, is_bot: true, first_name: "Group", username: "GroupAnonymousBot" },
    sender_chat: group,
  })
  expect(message.sender).toEqual({ id: "-100777", name: "Lab" })
})

test("[TG12] what nobody wrote to us is skipped, with a reason", () => {
  const why = (words: Record<string, unknown>) => {
    const reading = read(words)
    return reading.kind === "skipped" ? reading.why : undefined
  }
  expect(why({ new_chat_members: [] })).toBe("without content")
  expect(why({ text: "" })).toBe("without content")
  expect(why({ text: "x", from: undefined })).toBe("without a sender")
  expect(why({ text: "x", from: { id: 99, first_name: "Lab" } })).toBe("our own")
  expect(why({ text: "x", chat: { id: -1, type: "channel" } })).toBe("not a chat of people")
  expect(why({ text: "x", is_automatic_forward: true })).toBe("forwarded from a channel")
  expect(why({ text: 7 })).toBe("malformed")
})

test("[TG12] no update whatever throws", () => {
  const words = fc.dictionary(
    fc.constantFrom("text", "chat", "from", "date", "message_id", "entities", "reply_to_message"),
    fc.jsonValue(),
  )
  fc.assert(
    fc.property(fc.jsonValue(), (update) => {
      expect(["message", "skipped"]).toContain(readUpdate(update, bot).kind)
    }),
  )
  fc.assert(
    fc.property(words, (message) => {
      expect(["message", "skipped"]).toContain(read(message).kind)
    }),
  )
})
