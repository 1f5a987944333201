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

test("[A8] in a group the files of what is answered come along, but not those of the bot", () => {
  const quoted = (words: object, from: object = { id: 7, first_name: "Bob" }) =>
    messageOf({
      ...{ text: "what is this?", chat: group, reply_to_message: { from, ...picture } },
      ...words,
    }).quoted
  const picture = { photo: [{ file_id: "f" }], caption: "look" }
  const media = [{ kind: "image", mimeType: "image/jpeg", reference: '{"fileId":"f"}' }]
  expect(quoted({})).toEqual({ sender: "Bob", text: "look", media })
  expect(quoted({ chat: { id: 42, type: "private" } })).toEqual({ sender: "Bob", text: "look" })
  expect(quoted({}, { id: 99, first_name: "Lab" })).toEqual({ sender: "Lab", text: "look" })
})

test("media without words is named, and a caption is its words", () => {
  expect(messageOf({ photo: [{}] }).text).toBe("(photo)")
  expect(messageOf({ animation: {}, document: {} }).text).toBe("(animation)")
  expect(messageOf({ voice: {} }).text).toBe("(voice note)")
  expect(messageOf({ photo: [{}], caption: "look" }).text).toBe("look")
})

test.each([
  [{ location: { latitude: 52.52, longitude: 13.405 } }, "(location: 52.52, 13.405)"],
  [
    {
      venue: { location: { latitude: 1, longitude: 2 }, title: "Bar", address: "Main St 1" },
      location: { latitude: 1, longitude: 2 },
    },
    "(venue: 1, 2; Bar; Main St 1)",
  ],
  [
    { contact: { first_name: "Bo", last_name: "Lab", phone_number: "+15550122" } },
    "(contact: Bo Lab; +15550122)",
  ],
  [
    { poll: { question: "When?", options: [{ text: "now" }, { text: "la\nter" }] } },
    "(poll: When?; now; la ter)",
  ],
  [{ checklist: { title: "Buy", tasks: [{ text: "milk" }] } }, "(checklist: Buy; milk)"],
  [{ dice: { emoji: "🎲", value: 4 } }, "(dice: 🎲 4)"],
  [{ sticker: { emoji: "😀" } }, "(sticker: 😀)"],
  [{ sticker: { file_id: "f", emoji: "😀" } }, "(sticker: 😀)"],
  [{ game: { title: "Snake" } }, "(game: Snake)"],
  [{ story: {} }, "(story)"],
  [{ location: "here", poll: 7 }, "(location)"],
])("%j says %j", (words, text) => {
  expect(messageOf(words).text).toBe(text)
})

test("words that lead somewhere carry their address, also in a caption and beside marks", () => {
  const link = (offset: number, length: number, url: string) => ({
    ...{ type: "text_link", offset, length, url },
  })
  const entities = [
    { type: "bold", offset: 0, length: 3 },
    link(4, 4, "https://x.y/a"),
    link(13, 11, "https://x.y"),
    link(9, 3, "https://x.y/b"),
  ]
  expect(messageOf({ text: "see here and https://x.y", entities }).text).toBe(
    "see here (https://x.y/a) and (https://x.y/b) https://x.y",
  )
  const caption_entities = [link(0, 4, "https://x.y/a")]
  expect(messageOf({ photo: [{ file_id: "f" }], caption: "this", caption_entities }).text).toBe(
    "this (https://x.y/a)",
  )
  const odd = [link(-9, 1e9, "https://x.y/a"), link(0.5, Number.NaN, "u"), link(900, 1, "u")]
  expect(messageOf({ text: "hello", entities: odd }).text).toBe("hello")
  expect(messageOf({ text: "hello", entities: odd.slice(0, 1) }).text).toContain("hello")
  expect(messageOf({ text: "hello", reply_to_message: 7, quote: 7 }).text).toBe("hello")
})

test("[AU29] what was passed on says so, and whose words it is where the service does", () => {
  const forwarded = (forward_origin: unknown) => messageOf({ text: "x", forward_origin }).forwarded
  const user = { id: 7, first_name: "Bo", last_name: "Lab" }
  const channel = { id: -1, type: "channel", title: "News" }
  expect(forwarded({ type: "user", sender_user: user })).toEqual({ from: "Bo Lab" })
  expect(forwarded({ type: "hidden_user", sender_user_name: "Eve" })).toEqual({ from: "Eve" })
  expect(forwarded({ type: "chat", sender_chat: { ...channel, title: "Team" } })).toEqual({
    from: "Team",
  })
  expect(forwarded({ type: "channel", chat: channel, message_id: 3 })).toEqual({ from: "News" })
  for (const odd of [{}, 7, { sender_user: 7 }]) expect(forwarded(odd)).toEqual({})
  expect(messageOf({ text: "x" })).not.toHaveProperty("forwarded")
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
