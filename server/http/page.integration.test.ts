// The page and its files, as browsers and others ask for them.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createRawGateway, type RawGateway } from "../testing/raw-gateway.ts"
import { createRecordingLogger } from "../testing/recording-logger.ts"
import { type StartedGateway, startGateway } from "../testing/start-gateway.ts"

const PAGE = "<!doctype html><title>the page</title>"
const SCRIPT = "export const answer = 42 // a script of the page"
const SECRET = "a secret beside the page"

let folder: string
let gateway: StartedGateway
let rig: RawGateway
const lines: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clawdis-page-"))
  await mkdir(join(folder, "web", "assets"), { recursive: true })
  await writeFile(join(folder, "secret.txt"), SECRET)
  await writeFile(join(folder, "web", "index.html"), PAGE)
  await writeFile(join(folder, "web", "assets", "index-1.js"), SCRIPT)
  const options = { pageFolder: join(folder, "web"), webchatPort: 0 }
  gateway = await startGateway({ options, log: createRecordingLogger(lines) })
  rig = createRawGateway(gateway)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** Not through fetch, which tidies up what it is asked for. */
async function ask(target: string, headers: readonly string[] = [], method = "GET") {
  const lines = [`${method} ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers]
  const answer = await rig.answerTo(`${lines.join("\r\n")}\r\n\r\n`)
  const end = answer.indexOf("\r\n\r\n")
  const head = answer.slice(0, end)
  return {
    status: Number(answer.slice(9, 12)),
    head: head.toLowerCase(),
    body: answer.slice(end + 4),
  }
}

test("[FR18, T1] GET / without an upgrade is the page, on either port", async () => {
  for (const port of [gateway.port, gateway.webchatPort]) {
    const response = await fetch(`http://127.0.0.1:${port}/`)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(PAGE)
  }
})

test("[FR19] a query is ignored, and is in no log", async () => {
  expect(await ask("/?x=q-in-the-log&y")).toMatchObject({ status: 200, body: PAGE })
  expect(await ask("/evil?x=q-in-the-log")).toMatchObject({ status: 404, body: "not found\n" })
  expect(lines.join("\n")).not.toContain("q-in-the-log")
})

test("[AU20] a token in an address is refused and is in no log, answer or page", async () => {
  for (const target of [
    "/?token=t0ken-secret",
    "/x?a&token=t0ken-secret",
    "/?%74oken=t0ken-secret",
  ]) {
    const { body, head, status } = await ask(target)
    expect(status).toBe(400)
    expect(`${head}${body}`).not.toContain("t0ken-secret")
  }
  expect(lines.join("\n")).not.toContain("t0ken-secret")
})

test.for([
  "//",
  "///",
  "//evil.example/",
  "//assets/index-1.js",
  "/%zz",
  "/%",
  "/%2f",
  "/a%00b",
  "/assets/index-1.js%00",
  "/../secret.txt",
  "/..%2fsecret.txt",
  "/..%2f..%2fetc/passwd",
  "/%2e%2e/secret.txt",
  "/%2e%2e%2fsecret.txt",
  "/%252e%252e%252fsecret.txt",
  "/..%c0%af..%c0%afetc/passwd",
  "/..\\secret.txt",
  "/..%5csecret.txt",
  "/assets/../../secret.txt",
  "/assets/..%2f..%2fsecret.txt",
  "/.%2e/secret.txt",
  "/assets",
  "/assets/",
  "/assets/.",
  "/.git/config",
  "/.env",
  "/index.html.map",
  "/etc/passwd",
  "/c:/windows/win.ini",
  "/constructor",
  "/__proto__",
  `/${"x".repeat(8_000)}`,
  `/${"../".repeat(2_000)}etc/passwd`,
  `/${"%2e%2e/".repeat(1_000)}etc/passwd`,
])("[WC10] GET %s: nothing of it, and the process lives", async (target) => {
  const { body, head, status } = await ask(target)
  expect([400, 404, 414, 431]).toContain(status)
  expect(body.length).toBeLessThan(60)
  expect(`${head}${body}`).not.toContain(folder)
  expect(`${head}${body}`).not.toMatch(/secret|root:/)
  await rig.expectAlive()
})

describe("[WC11] other ways to ask", () => {
  test("[WC11] HEAD has the head of GET and nothing else", async () => {
    for (const target of ["/", "/assets/index-1.js", "/boot.json"]) {
      const get = await ask(target)
      const head = await ask(target, [], "HEAD")
      expect(head).toMatchObject({ status: 200, body: "" })
      const typeOf = (text: string) => /content-type: .*/.exec(text)?.[0]
      expect(typeOf(head.head)).toBe(typeOf(get.head))
    }
  })

  test.for([
    ["bytes=0-4", 206, SCRIPT.slice(0, 5)],
    ["bytes=7-", 206, SCRIPT.slice(7)],
    ["bytes=-4", 206, SCRIPT.slice(-4)],
    ["bytes=0-0", 206, SCRIPT.slice(0, 1)],
    ["bytes=0-99999", 206, SCRIPT],
    ["bytes=99999-", 416, "0\r\n\r\n"],
    ["bytes=-0", 416, "0\r\n\r\n"],
    ["bytes=5-1", 416, "0\r\n\r\n"],
  ] as const)("[WC11] Range: %s is %i", async ([range, status, body]) => {
    expect(await ask("/assets/index-1.js", [`Range: ${range}`])).toMatchObject({ status, body })
  })

  test.for([
    "bytes=0-1,3-4",
    "bytes=-",
    "bytes=a-b",
    "bytes=99999999999999999999-",
    "lines=1-2",
    `bytes=${"0-1,".repeat(2_000)}`,
  ])("[WC11] a Range of %s does no harm", async (range) => {
    const { status } = await ask("/assets/index-1.js", [`Range: ${range}`])
    expect([200, 206, 400, 416, 431]).toContain(status)
    await rig.expectAlive()
  })

  test("[WC11] If-None-Match and If-Modified-Since are 200 or 304", async () => {
    for (const header of [
      'If-None-Match: "x", *',
      "If-Modified-Since: Mon, 01 Jan 2035 00:00:00 GMT",
    ]) {
      expect([200, 304]).toContain((await ask("/", [header])).status)
    }
  })

  test.for(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])(
    "[WC11, AU18] %s is 405, and says what is allowed",
    async (method) => {
      const { head, status } = await ask("/", ["Content-Length: 0"], method)
      expect(status).toBe(405)
      expect(head).toContain("allow: get, head")
    },
  )
})

describe("other sites", () => {
  test("[AU19] no other site can frame any answer", async () => {
    for (const target of ["/", "/assets/index-1.js", "/boot.json", "/nothing"]) {
      const { head } = await ask(target)
      expect(head).toContain("frame-ancestors 'none'")
      expect(head).toContain("x-frame-options: deny")
    }
  })

  const CROSS = "Sec-Fetch-Site: cross-site"
  test.for([
    ["a picture", "/assets/index-1.js", ["Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"]],
    ["a script", "/assets/index-1.js", ["Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"]],
    ["a frame", "/", ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"]],
    ["a fetch", "/boot.json", ["Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: empty"]],
  ] as const)("[AU18] %s of another site's page gets 403", async ([, target, headers]) => {
    const answer = await ask(target, [CROSS, ...headers])
    expect(answer).toMatchObject({ status: 403, body: "cross-site request refused\n" })
  })

  test("[AU18] a form of another site gets 405 or 403, and a link works", async () => {
    const form = ["Content-Type: text/plain", "Content-Length: 4", "Origin: https://evil.example"]
    expect((await ask("/", form, "POST")).status).toBe(403)
    expect((await ask("/", ["Content-Length: 0"], "POST")).status).toBe(405)
    const link = [CROSS, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]
    expect(await ask("/", link)).toMatchObject({ status: 200, body: PAGE })
  })

  test("[AU15] what a proxy passes on is refused, and says what to do", async () => {
    const { body, status } = await ask("/", ["X-Forwarded-For: 10.0.0.9"])
    expect(status).toBe(403)
    expect(body).toBe(
      "proxied request refused; the operator can add the proxy to gateway.trustedProxies\n",
    )
  })
})
