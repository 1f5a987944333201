// Files of WhatsApp in both directions, through the real gateway process: sealed, on the lab's media host.

import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises"
import { createServer as createHttpServer } from "node:http"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { startLinkedWhatsapp } from "./support/linked-whatsapp.ts"

const ID = "120363000000000007"
const GROUPS = { [`${ID}@g.us`]: { mention: false } }

/** Where the agent finds the files of its turn. */
function pathsIn(prompt: string): string[] {
  return [...prompt.matchAll(/^\[media: [^\]\n]*?: (\/[^\]\n]+)\]$/gm)].map(
    ([, path]) => path ?? "",
  )
}

test("pictures, voice notes and documents reach the agent byte for byte, also from a group", async () => {
  const program = "console.log('said ' + require('fs').statSync(process.argv.at(-1)).size)"
  const { ada, lab, puppeteer } = await startLinkedWhatsapp({
    whatsapp: { groups: GROUPS },
    settings: { media: { transcribe: [process.execPath, "-e", program] } },
  })
  const group = lab.addGroup({ id: ID, subject: "Team", people: [ada] })
  const bytes = randomBytes(300_000)
  const cases = [
    { kind: "image", options: { caption: "what is this?" } },
    { kind: "voice", options: {} },
    { kind: "document", options: { caption: "read it", fileName: "../plan.pdf" } },
    { kind: "video", options: { caption: "look", group } },
  ] as const
  for (const { kind, options } of cases) {
    await ada.sendMedia(kind, bytes, options)
    const { prompt, answer } = await puppeteer.nextTurn()
    if ("caption" in options) expect(prompt).toContain(`\n${options.caption}\n`)
    expect(prompt, kind).toContain(`[media: ${kind} `)
    const [path = ""] = pathsIn(prompt)
    expect((await readFile(path)).equals(bytes), kind).toBe(true)
    if (kind === "document") expect(prompt).toContain(`[media: document plan.pdf: ${path}]`)
    if (kind === "voice") expect(prompt).toMatch(/^\[media: transcript of .*: said 300000\]$/m)
    answer(`a ${kind}`)
    expect(await ada.waitForText(`a ${kind}`)).toMatchObject(
      "group" in options ? { chat: group.id } : {},
    )
  }
})

test("[WA19] a file that its host has forgotten is asked for again; one that is cut, gone, too large or larger than announced is missing, and the turn goes on", async () => {
  const { ada, gateway, lab, puppeteer } = await startLinkedWhatsapp({
    settings: { media: { maxMb: 1 } },
  })
  const bytes = randomBytes(200_000)
  const large = randomBytes(1_500_000)
  const { media } = lab
  const image = async (content: Buffer, changes: object) => {
    const { imageMessage } = await media.toMessage("image", content, { caption: "see" })
    return { imageMessage: { ...imageMessage, ...changes } }
  }
  // The phone still has this one, and uploads it again.
  const kept = await image(bytes, {})
  media.forget(kept.imageMessage.directPath ?? "")
  await ada.send(kept)
  const turn = await puppeteer.nextTurn()
  expect((await readFile(pathsIn(turn.prompt)[0] ?? "")).equals(bytes)).toBe(true)
  turn.answer("kept")
  await ada.waitForText("kept")
  let visits = 0
  const elsewhere = createServer(() => {
    visits += 1
  }).listen(0, "127.0.0.1")
  await once(elsewhere, "listening")
  onTestFinished(() => void elsewhere.close())
  const url = `https://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/file`
  const cases: Record<string, () => Promise<unknown>> = {
    cut() {
      media.spoil({ on: "download", as: "cut" })
      return ada.sendMedia("image", bytes, { caption: "see" })
    },
    async gone() {
      const message = await image(bytes, {})
      media.remove(message.imageMessage.directPath ?? "")
      return ada.send(message)
    },
    large: () => ada.sendMedia("document", large, { caption: "see" }),
    larger: async () => ada.send(await image(large, { fileLength: 1_000 })),
    endless: async () => ada.send(await image(large, { fileLength: undefined })),
    exchanged: async () => ada.send(await image(bytes, { fileSha256: randomBytes(32) })),
    elsewhere: async () => ada.send(await image(bytes, { directPath: "", url })),
  }
  for (const [name, cause] of Object.entries(cases)) {
    await cause()
    const { prompt, answer } = await puppeteer.nextTurn()
    expect(prompt, name).toMatch(/\nsee\n\[media: (image|document) .*\(media unavailable\)\]\n/)
    answer(name)
    await ada.waitForText(name)
  }
  expect(visits).toBe(0)
  const left = await readdir(join(gateway.stateDir, "media"), { recursive: true })
  expect(left.map((name) => join(gateway.stateDir, "media", name))).toEqual(pathsIn(turn.prompt))
})

/** A proxy on loopback, and what it was asked to lead to. */
async function startProxy() {
  const asked: string[] = []
  const proxy = createHttpServer().listen(0, "127.0.0.1")
  proxy.on("connect", (request, client: Socket) => {
    asked.push(request.url ?? "")
    const { hostname, port } = new URL(`tcp://${request.url}`)
    const service = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n")
      client.pipe(service).pipe(client)
    })
    for (const socket of [client, service]) {
      socket.on("error", () => undefined)
      socket.on("close", () => [client, service].map((each) => each.destroy()))
    }
  })
  await once(proxy, "listening")
  onTestFinished(() => void proxy.close())
  return { asked, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
}

test("files go through the proxy that the environment names, to WhatsApp and from it", async () => {
  const proxy = await startProxy()
  const { ada, gateway, puppeteer } = await startLinkedWhatsapp({
    environment: { HTTPS_PROXY: proxy.url },
  })
  const bytes = randomBytes(100_000)
  await ada.sendMedia("image", bytes, { caption: "again?" })
  const { prompt, answer } = await puppeteer.nextTurn()
  expect((await readFile(pathsIn(prompt)[0] ?? "")).equals(bytes)).toBe(true)
  expect(proxy.asked).toHaveLength(1)
  const folder = join(gateway.stateDir, "workspace")
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, "plan.pdf"), bytes)
  answer(`MEDIA:${join(folder, "plan.pdf")}`)
  const { media } = await ada.waitFor((message) => message.media?.fileName === "plan.pdf")
  expect(media?.bytes.equals(bytes)).toBe(true)
  const [host] = proxy.asked
  expect(host).toMatch(/^127\.0\.0\.1:\d+$/)
  expect(proxy.asked).toEqual([host, host])
})

test("[M5, AU26] files of the agent's folder go out as what they are, and no others", async () => {
  const { ada, gateway, lab, puppeteer, send } = await startLinkedWhatsapp({
    whatsapp: { groups: GROUPS },
  })
  const group = lab.addGroup({ id: ID, subject: "Team", people: [ada] })
  const bytes = randomBytes(300_000)
  const folder = join(gateway.stateDir, "workspace")
  await mkdir(folder, { recursive: true })
  const put = async (name: string) => {
    const path = join(folder, name)
    await writeFile(path, bytes)
    return path
  }
  const picture = await put("plan.png")
  // A failed upload has not used up the key.
  lab.media.spoil({ on: "upload", as: "error" })
  const words = { mediaUrl: picture }
  expect(await send("**The** plan", words)).toMatchObject({ code: "UNAVAILABLE", retryable: true })
  expect(await send("**The** plan", words)).toMatchObject({ status: "sent" })
  const shown = await ada.waitForText("*The* plan")
  expect(shown.media).toMatchObject({ kind: "image", mimetype: "image/png" })
  expect(await send("", { mediaUrl: await put("a note.ogg") })).toMatchObject({ status: "sent" })
  await ada.waitFor(({ media }) => media?.kind === "voice")

  await ada.sendText("send me all", { group })
  const { answer } = await puppeteer.nextTurn()
  const files = [join(folder, "a note.ogg"), await put("plan.pdf"), "/etc/passwd"]
  answer(["Here:", ...files.map((path) => `MEDIA:${path}`)].join("\n"))
  await ada.waitFor(({ media }) => media?.fileName === "plan.pdf")
  const sent = ada.received.filter(({ chat }) => chat === group.id)
  expect(sent.map(({ text, media }) => [text, media?.kind, media?.fileName])).toEqual([
    ["Here:\n(attachment blocked)", "document", "a note.ogg"],
    [undefined, "document", "plan.pdf"],
  ])
  expect(ada.received.map(({ media }) => media?.bytes.equals(bytes))).toEqual([
    true,
    true,
    true,
    true,
  ])

  await symlink("/etc/passwd", join(folder, "link.txt"))
  const config = join(gateway.stateDir, "clawdis.json")
  for (const mediaUrl of ["/etc/passwd", join(folder, "link.txt"), config]) {
    expect(await send(`not ${mediaUrl}`, { mediaUrl }), mediaUrl).toMatchObject({
      code: "INVALID_REQUEST",
      details: { reason: "blocked_path" },
    })
  }
  await send("last")
  await ada.waitForText("last")
  expect(ada.received).toHaveLength(5)
})
