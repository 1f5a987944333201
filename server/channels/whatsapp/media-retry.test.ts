import { expect, test } from "vitest"
import { failure } from "../contract.ts"
import { open } from "./stub-channel.ts"

const KEY = Buffer.alloc(32, 7).toString("base64")
const MESSAGE = { id: "IN1", remoteJid: "15550111@s.whatsapp.net", fromMe: false }

/** A picture whose host answers with these, one after the other. */
async function openPicture(statuses: readonly number[], more: object = { message: MESSAGE }) {
  const asked: string[] = []
  const kit = await open({
    fetch: async (url) => {
      asked.push(String(url))
      return new Response(null, { status: statuses[asked.length - 1] ?? 500 })
    },
  })
  const url = "https://mmg.whatsapp.net/old"
  const reference = JSON.stringify({ directPath: "/old", url, key: KEY, ...more })
  const media = { kind: "image", reference, mimeType: "image/jpeg" } as const
  const fetching = kit.channel.fetchMedia?.(media, new AbortController().signal)
  return { ...kit, asked, fetching: failure(fetching ?? Promise.resolve()) }
}

test.for([403, 404, 410])(
  "[WA19] %i: the phone is asked, and the file fetched from where it is then",
  async (status) => {
    const kit = await openPicture([])
    kit.service.reuploads.set("IN1", "/new?ccb=1")
    await kit.fetching
    expect(kit.asked).toEqual(["https://mmg.whatsapp.net/old"])
    const again = await openPicture([status])
    again.service.reuploads.set("IN1", "/new?ccb=1")
    expect(await again.fetching).toMatchObject({ details: { providerCode: 500 } })
    expect(again.asked).toEqual([
      "https://mmg.whatsapp.net/old",
      "https://media.whatsapp.net/new?ccb=1",
    ])
  },
)

test("[WA19] a phone that does not have the file, or names no path, changes nothing", async () => {
  for (const place of [undefined, "", "https://evil.example/x", "/a b"]) {
    const { asked, fetching, service } = await openPicture([404])
    service.reuploads.set("IN1", place)
    expect(await fetching).toMatchObject({ retryable: false, details: { providerCode: 404 } })
    expect(asked).toHaveLength(1)
  }
  const unnamed = await openPicture([404], {})
  expect(await unnamed.fetching).toMatchObject({ details: { providerCode: 404 } })
})

test("[WA19] a phone that says nothing is waited for half a minute", async () => {
  const { asked, clock, fetching } = await openPicture([404])
  await clock.advance(29_999)
  let settled = false
  void fetching.then(() => {
    settled = true
  })
  await clock.advance(0)
  expect(settled).toBe(false)
  await clock.advance(1)
  expect(await fetching).toMatchObject({ details: { providerCode: 404 } })
  expect(asked).toHaveLength(1)
})
