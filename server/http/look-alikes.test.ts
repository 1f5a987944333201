// Names that look like ours and are not, and the few that are. Every line is judged twice: as a page and as a
// WebSocket.

import { expect, test } from "vitest"
import { type AdmissionPolicy, findRefusal } from "./admission.ts"

const PORT = 18789
const POLICY: AdmissionPolicy = {
  allowedHosts: ["box.tail1234.ts.net", "xn--bcher-kva.example", "[fd00::7]"],
  allowedOrigins: ["https://panel.example", "http://panel.example:8080"],
  trustedProxies: [],
}
const UPGRADE = ["Upgrade", "websocket", "Connection", "Upgrade"]
const KEY = ["Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="]

/** The one answer for the page and the WebSocket. */
function judge(...rawHeaders: readonly string[]): string {
  const answers = [[], [...UPGRADE, ...KEY]].map((more) => {
    const knock = {
      method: "GET",
      target: "/",
      rawHeaders: [...rawHeaders, ...more],
      remoteAddress: "127.0.0.1",
    }
    const refusal = findRefusal(knock, POLICY)
    return refusal === undefined ? "ok" : `${refusal.status} ${refusal.text.split(";")[0]}`
  })
  expect(answers[0]).toBe(answers[1])
  return answers[0] ?? ""
}

const OUR_HOSTS = [
  "127.0.0.1",
  "127.0.0.1:80",
  "127.0.0.1:0",
  "127.0.0.1:1",
  "127.0.0.1:65535",
  `127.0.0.1:${PORT}`,
  "localhost",
  "localhost:80",
  "localhost:443",
  "localhost:40000",
  `localhost:${PORT}`,
  "[::1]",
  "[::1]:80",
  "[::1]:40000",
  `[::1]:${PORT}`,
  "box.tail1234.ts.net",
  "box.tail1234.ts.net:443",
  `box.tail1234.ts.net:${PORT}`,
  "xn--bcher-kva.example",
  "[fd00::7]",
  "[fd00::7]:443",
]

const OTHER_HOSTS = [
  // No name, or more than one.
  "",
  " ",
  "\t",
  ":",
  ":80",
  "null",
  "undefined",
  "*",
  "127.0.0.1, 127.0.0.1",
  "127.0.0.1,evil.example",
  "evil.example,127.0.0.1",
  "127.0.0.1;evil.example",
  "127.0.0.1 evil.example",
  "localhost localhost",
  // White space and control characters.
  " 127.0.0.1",
  "127.0.0.1 ",
  "127.0.0.1\t",
  "127.0.0.1\u00a0",
  "127.0.0.1\u200b",
  "\ufeff127.0.0.1",
  "127.0.0.1\0",
  "local\0host",
  "localhost\u007f",
  "127.0.0.1\n",
  "127.0.0.1\r\nX: y",
  // Other sites that begin, end or go on like us.
  "evil.example",
  `evil.example:${PORT}`,
  "127.0.0.1.evil.example",
  "127.0.0.1.nip.io",
  "localhost.evil.example",
  "localhost.localdomain",
  "localhost.local",
  "localhost6",
  "mylocalhost",
  "evil-localhost",
  "localhost-evil.example",
  "foo.localhost",
  "localhost.",
  "localhost..",
  ".localhost",
  "127.0.0.1.",
  ".127.0.0.1",
  "a127.0.0.1",
  "127.0.0.1a",
  "127.0.0.1-evil.example",
  "127.0.0.11",
  "1127.0.0.1",
  "localhostx",
  "l0calhost",
  "loca1host",
  "lvh.me",
  "localtest.me",
  "box.tail1234.ts.net.",
  "evil.box.tail1234.ts.net",
  "box.tail1234.ts.net.evil.example",
  "box.tail1234.ts.netx",
  "xbox.tail1234.ts.net",
  "box-tail1234.ts.net",
  "box.tail1235.ts.net",
  "tail1234.ts.net",
  // Other ways to write loopback.
  "127.1",
  "127.0.1",
  "127.0.0.01",
  "127.0.0.001",
  "127.000.000.001",
  "0127.0.0.1",
  "0177.0.0.1",
  "0177.0.0.01",
  "0177.1",
  "0x7f.0.0.1",
  "0x7f.1",
  "0x7f000001",
  "0X7F000001",
  "0x7f.0x0.0x0.0x1",
  "017700000001",
  "2130706433",
  "2130706434",
  "4294967295",
  "127.0.0.2",
  "127.255.255.255",
  "127.8.8.8",
  "0.0.0.0",
  "0",
  "0.0.0.0.0",
  "127.0.0.1.0",
  "127.0.0",
  "127..0.1",
  "127.0.0.256",
  "127.0.0.-1",
  "127.0.0.+1",
  "127.0.0.1/8",
  "127.0.0.1%00",
  "127.0.0.1%25",
  "%6cocalhost",
  "127%2e0%2e0%2e1",
  // IPv6.
  "::1",
  "::1:80",
  "[::1",
  "::1]",
  "[[::1]]",
  "[]",
  "[]:80",
  "[::]",
  "[::0]",
  "[::01]",
  "[::0001]",
  "[0::1]",
  "[::0:1]",
  "[0:0:0:0:0:0:0:1]",
  "[0000:0000:0000:0000:0000:0000:0000:0001]",
  "[::ffff:127.0.0.1]",
  "[::FFFF:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::127.0.0.1]",
  "[64:ff9b::7f00:1]",
  "[::1%lo]",
  "[::1%25lo]",
  "[::1%0]",
  "[::1].",
  "[::1]evil",
  "evil[::1]",
  "[::1]@evil.example",
  "[::2]",
  "[fe80::1]",
  "[fd00::8]",
  "[FD00::7]",
  "[localhost]",
  "[127.0.0.1]",
  "[v1.localhost]",
  // Ports that are none.
  "127.0.0.1:",
  "localhost:",
  "[::1]:",
  "127.0.0.1:-1",
  "127.0.0.1:+80",
  "127.0.0.1:65536",
  "127.0.0.1:99999",
  "127.0.0.1:100000",
  "127.0.0.1:0x50",
  "127.0.0.1:http",
  "127.0.0.1:80:80",
  "127.0.0.1:80.",
  "127.0.0.1: 80",
  "127.0.0.1:80 ",
  "127.0.0.1:８０",
  // Users, paths and whole addresses.
  "user@127.0.0.1",
  "user:pass@127.0.0.1",
  "@127.0.0.1",
  "127.0.0.1@evil.example",
  "127.0.0.1:80@evil.example",
  "127.0.0.1#@evil.example",
  "127.0.0.1/",
  "127.0.0.1/evil.example",
  "127.0.0.1\\",
  "127.0.0.1\\evil.example",
  "127.0.0.1?",
  "127.0.0.1#",
  "http://127.0.0.1",
  "//127.0.0.1",
  // Letters of other alphabets, dots of other kinds, names made of them.
  "LOCALHOST",
  "Localhost",
  "localHost:80",
  "ｌｏｃａｌｈｏｓｔ",
  "lоcalhost",
  "locaⅼhost",
  "ⓛocalhost",
  "localhoſt",
  "localhost\u200d",
  "loc\u00adalhost",
  "127。0。0。1",
  "127．0．0．1",
  "127｡0｡0｡1",
  "１２７.0.0.1",
  "①②⑦.0.0.1",
  "١٢٧.0.0.1",
  "xn--lcalhost-16d",
  "xn--localhost-",
  "xn--bcher-kva.example.",
  "XN--BCHER-KVA.example",
  "bücher.example",
  "xn--bcher-kva.example.evil.example",
]

const OUR_ORIGINS = [
  [`http://127.0.0.1:${PORT}`, `127.0.0.1:${PORT}`],
  [`http://localhost:${PORT}`, `localhost:${PORT}`],
  [`http://[::1]:${PORT}`, `[::1]:${PORT}`],
  ["http://localhost:40000", "localhost:40000"],
  ["https://localhost:40000", "localhost:40000"],
  ["http://localhost", "localhost"],
  ["https://localhost", "localhost"],
  ["http://localhost", "localhost:80"],
  ["http://localhost:80", "localhost"],
  ["https://localhost", "localhost:443"],
  ["https://localhost:443", "localhost"],
  ["https://box.tail1234.ts.net", "box.tail1234.ts.net"],
  ["https://box.tail1234.ts.net", "box.tail1234.ts.net:443"],
  ["http://box.tail1234.ts.net:8080", "box.tail1234.ts.net:8080"],
  ["https://xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["https://[fd00::7]", "[fd00::7]"],
  ["https://panel.example", `127.0.0.1:${PORT}`],
  ["https://panel.example", "localhost"],
  ["http://panel.example:8080", "[::1]"],
] as const

const HOST = `127.0.0.1:${PORT}`
const OTHER_ORIGINS = [
  "",
  " ",
  "null",
  "NULL",
  "undefined",
  "*",
  "about:blank",
  "file://",
  "file:///",
  "file:///etc/passwd",
  "data:text/html,x",
  "blob:http://127.0.0.1:18789/1",
  "javascript:alert(1)",
  "https://evil.example",
  `https://evil.example:${PORT}`,
  // Another port or scheme.
  "http://127.0.0.1",
  "http://127.0.0.1:80",
  "http://127.0.0.1:3000",
  "http://127.0.0.1:18788",
  "http://127.0.0.1:1878",
  "http://127.0.0.1:187890",
  "http://127.0.0.1:018789",
  "http://127.0.0.1:+18789",
  "http://127.0.0.1:",
  "http://127.0.0.1:18789:18789",
  "https://127.0.0.1",
  "ws://127.0.0.1:18789",
  "wss://127.0.0.1:18789",
  "ftp://127.0.0.1:18789",
  "chrome-extension://127.0.0.1:18789",
  "moz-extension://127.0.0.1:18789",
  "HTTP://127.0.0.1:18789",
  "Http://127.0.0.1:18789",
  "httpx://127.0.0.1:18789",
  "xhttp://127.0.0.1:18789",
  // Our other names, which are not the one that was called.
  "http://localhost:18789",
  "http://[::1]:18789",
  "http://box.tail1234.ts.net:18789",
  // Other sites that begin, end or go on like us.
  "http://127.0.0.1.evil.example:18789",
  "http://127.0.0.1:18789.evil.example",
  "http://127.0.0.1:18789@evil.example",
  "http://evil@127.0.0.1:18789",
  "http://evil:pw@127.0.0.1:18789",
  "http://@127.0.0.1:18789",
  "http://evil127.0.0.1:18789",
  "http://127.0.0.1evil:18789",
  "http://127.0.0.1.:18789",
  "http://127.0.0.1:18789.",
  "http://.127.0.0.1:18789",
  "http://localhost.evil.example:18789",
  "http://evil.localhost:18789",
  // More than an origin.
  "http://127.0.0.1:18789/",
  "http://127.0.0.1:18789/x",
  "http://127.0.0.1:18789//",
  "http://127.0.0.1:18789?",
  "http://127.0.0.1:18789?x",
  "http://127.0.0.1:18789#",
  "http://127.0.0.1:18789#x",
  "http://127.0.0.1:18789\\",
  "http://127.0.0.1:18789\\@evil.example",
  "http://127.0.0.1:18789 ",
  " http://127.0.0.1:18789",
  "http://127.0.0.1:18789\t",
  "http://127.0.0.1:18789\0",
  "http://127.0.0.1:18789\n",
  "http://127.0.0.1:18789, https://evil.example",
  "https://evil.example, http://127.0.0.1:18789",
  "http://127.0.0.1:18789 https://evil.example",
  "http://127.0.0.1:18789;",
  // Less than an origin.
  "127.0.0.1:18789",
  "//127.0.0.1:18789",
  "http:127.0.0.1:18789",
  "http:/127.0.0.1:18789",
  "http:///127.0.0.1:18789",
  "http:\\\\127.0.0.1:18789",
  "http://",
  "http",
  // Other ways to write the same address.
  "http://127.1:18789",
  "http://2130706433:18789",
  "http://0x7f000001:18789",
  "http://0177.0.0.1:18789",
  "http://127.0.0.01:18789",
  "http://[::ffff:127.0.0.1]:18789",
  "http://127。0。0。1:18789",
  "http://１２７.0.0.1:18789",
  "http://127.0.0.1:１８７８９",
  "http://127.0.0.1%00:18789",
  "http://127%2e0.0.1:18789",
  // Of the listed origin.
  "http://panel.example",
  "https://panel.example:443",
  "https://panel.example.",
  "https://panel.example/",
  "https://PANEL.example",
  "https://evil.panel.example",
  "https://panel.example.evil.example",
  "https://panel.example@evil.example",
  "https://panel.example:8080",
  "http://panel.example:8081",
  "https://xpanel.example",
]

test("there are some hundreds of them, none twice", () => {
  expect(new Set(OTHER_HOSTS).size).toBe(OTHER_HOSTS.length)
  expect(new Set(OTHER_ORIGINS).size).toBe(OTHER_ORIGINS.length)
  const all = [OUR_HOSTS, OTHER_HOSTS, OUR_ORIGINS, OTHER_ORIGINS].map((each) => each.length)
  expect(all.reduce((sum, count) => sum + count)).toBeGreaterThan(300)
})

test("[T7, AU12] every Host of ours is allowed", () => {
  expect(OUR_HOSTS.filter((host) => judge("Host", host) !== "ok")).toEqual([])
})

test("[T7, AU13] every Host that only looks like ours is refused, in whatever case its header is written", () => {
  for (const name of ["Host", "host", "HOST"]) {
    const allowed = OTHER_HOSTS.filter((host) => judge(name, host) !== "403 host not allowed")
    expect(allowed).toEqual([])
  }
})

test("[T7, AU10] every Origin of ours is allowed", () => {
  const refused = OUR_ORIGINS.filter(
    ([origin, host]) => judge("Host", host, "Origin", origin) !== "ok",
  )
  expect(refused).toEqual([])
})

test("[T7, AU11] every Origin that only looks like ours is refused", () => {
  const allowed = OTHER_ORIGINS.filter(
    (origin) => judge("Host", HOST, "origin", origin) !== "403 origin not allowed",
  )
  expect(allowed).toEqual([])
})

test("[T7, AU17] no Host is let in for its Origin, and no Origin for another's Host", () => {
  for (const host of OTHER_HOSTS) {
    expect(judge("Host", host, "Origin", `http://${host}`)).toBe("403 host not allowed")
    expect(judge("Origin", "https://panel.example", "Host", host)).toBe("403 host not allowed")
  }
  for (const [origin, host] of OUR_ORIGINS) {
    if (POLICY.allowedOrigins.includes(origin)) continue
    for (const other of OUR_HOSTS.filter((each) => each !== host)) {
      const called = new URL(`${new URL(origin).protocol}//${other}`)
      const same = called.origin === new URL(origin).origin
      expect(judge("Host", other, "Origin", origin)).toBe(same ? "ok" : "403 origin not allowed")
    }
  }
})

test("[T7, AU11, AU13] several headers are never one", () => {
  for (const host of [HOST, "evil.example", ""]) {
    expect(judge("Host", HOST, "host", host)).toMatch(/^400/)
    expect(judge("HOST", host, "Host", HOST)).toMatch(/^400/)
  }
  for (const origin of [`http://${HOST}`, "https://evil.example", "null", ""]) {
    expect(judge("Host", HOST, "Origin", `http://${HOST}`, "ORIGIN", origin)).toBe(
      "403 origin not allowed",
    )
  }
})
