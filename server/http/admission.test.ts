import fc from "fast-check"
import { expect, test } from "vitest"
import { type AdmissionPolicy, findRefusal, findRemoteAddress } from "./admission.ts"

const CLOSED: AdmissionPolicy = { allowedHosts: [], allowedOrigins: [], trustedProxies: [] }
const HOST = "127.0.0.1:18789"

interface Words {
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly policy?: Partial<AdmissionPolicy>
  readonly remoteAddress?: string
}

function check(words: Words) {
  const { headers = [["Host", HOST]], method = "GET", policy, target = "/" } = words
  const { remoteAddress = "127.0.0.1" } = words
  const knock = { method, target, remoteAddress, rawHeaders: headers.flat() }
  const refusal = findRefusal(knock, { ...CLOSED, ...policy })
  return refusal === undefined ? "ok" : `${refusal.status} ${refusal.text.split(";")[0]}`
}

const withHost = (host: string, policy: Partial<AdmissionPolicy> = {}) =>
  check({ headers: [["Host", host]], policy })
const withOrigin = (origin: string, host = HOST, policy: Partial<AdmissionPolicy> = {}) =>
  check({
    headers: [
      ["Host", host],
      ["Origin", origin],
    ],
    policy,
  })
const UPGRADE = [
  ["Upgrade", "websocket"],
  ["Connection", "keep-alive, Upgrade"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
] as const
/** An upgrade with one header of another value, or without it. */
const upgradeWith = (name: string, ...values: readonly string[]) =>
  check({
    headers: [
      ["Host", HOST],
      ...UPGRADE.filter(([each]) => each !== name),
      ...values.map((value) => [name, value] as const),
    ],
  })

test.for([
  "127.0.0.1",
  "127.0.0.1:1",
  "127.0.0.1:18789",
  "localhost",
  "localhost:40000",
  "[::1]",
  "[::1]:65535",
])("[T7, AU12] Host %s is allowed", (host) => {
  expect(withHost(host)).toBe("ok")
})

test.for([
  "",
  "evil.example",
  "evil.example:18789",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0.0.0.0",
  "localhost.",
  "foo.localhost",
  "127.evil.com",
  "127.0.0.1.evil.com",
  "127.0.0.1, evil.example",
  "127.0.0.1 ",
  " 127.0.0.1",
  "127.0.0.1:",
  "127.0.0.1:abc",
  "127.0.0.1:18789:1",
  "user@127.0.0.1",
  "127.0.0.1@evil.example",
  "127.0.0.1/",
  "127.0.0.1#",
  "::1",
  "[::1",
  "[::ffff:127.0.0.1]",
  "[0:0:0:0:0:0:0:1]",
  "lOcAlHoSt\u212a",
  "127。0。0。1",
])("[T7, AU13] Host %j is refused", (host) => {
  expect(withHost(host)).toBe("403 host not allowed")
})

test("[T7, AU13] no Host header and two of them are a bad request", () => {
  expect(check({ headers: [] })).toMatch(/^400/)
  expect(
    check({
      headers: [
        ["Host", HOST],
        ["host", HOST],
      ],
    }),
  ).toMatch(/^400/)
})

test("[T7] a name from the operator's list is allowed, exactly", () => {
  const policy = { allowedHosts: ["box.tailnet.ts.net"] }
  expect(withHost("box.tailnet.ts.net:443", policy)).toBe("ok")
  expect(withHost("evil.box.tailnet.ts.net", policy)).toBe("403 host not allowed")
  expect(withHost("box.tailnet.ts.net.evil.example", policy)).toBe("403 host not allowed")
})

test("[T7, AU9] without an Origin a native client may pass", () => {
  expect(check({ headers: [["Host", HOST], ...UPGRADE] })).toBe("ok")
})

test.for([
  ["http://127.0.0.1:18789", "127.0.0.1:18789"],
  ["http://localhost:40000", "localhost:40000"],
  ["https://localhost:40000", "localhost:40000"],
  ["http://[::1]:18788", "[::1]:18788"],
  ["http://localhost", "localhost:80"],
  ["http://localhost:80", "localhost"],
  ["https://localhost", "localhost:443"],
] as const)("[T7, AU10] Origin %s at Host %s is the same origin", ([origin, host]) => {
  expect(withOrigin(origin, host)).toBe("ok")
})

test.for([
  "https://evil.example",
  "null",
  "",
  "file://",
  "file:///etc/passwd",
  "http://127.0.0.1:3000",
  "http://127.0.0.1",
  "https://127.0.0.1",
  "http://localhost:18789",
  "http://localhost.evil.com:18789",
  "http://127.0.0.1.evil.com:18789",
  "http://evil127.0.0.1:18789",
  "http://127.0.0.1:18789@evil.example",
  "http://evil@127.0.0.1:18789",
  "http://127.0.0.1:18789.evil.example",
  "HTTP://127.0.0.1:18789",
  "http://127.0.0.1.:18789",
  "http://127.0.0.1:18789.",
  "http://127.0.0.1:18789/",
  "http://127.0.0.1:18789/x",
  "http://127.0.0.1:18789?",
  "http://127.0.0.1:18789#",
  "http://127.0.0.1:18789, https://evil.example",
  "ws://127.0.0.1:18789",
  "chrome-extension://127.0.0.1:18789",
  "//127.0.0.1:18789",
  "127.0.0.1:18789",
])("[T7, AU11] Origin %j is refused", (origin) => {
  expect(withOrigin(origin)).toBe("403 origin not allowed")
})

test("[T7, AU11] two Origin headers are refused, even when both are ours", () => {
  const origin = ["Origin", `http://${HOST}`] as const
  expect(check({ headers: [["Host", HOST], origin, origin] })).toBe("403 origin not allowed")
})

test("[T7, AU17] a name that was pointed at this machine is refused though Host and Origin agree", () => {
  expect(withOrigin("http://evil.example:18789", "evil.example:18789")).toBe("403 host not allowed")
})

test("[T7] an origin from the operator's list is allowed, exactly", () => {
  const policy = { allowedOrigins: ["https://chat.example"] }
  expect(withOrigin("https://chat.example", HOST, policy)).toBe("ok")
  expect(withOrigin("https://chat.example.evil.com", HOST, policy)).toBe("403 origin not allowed")
  expect(withOrigin("http://chat.example", HOST, policy)).toBe("403 origin not allowed")
})

test.for([
  ["/", "ok"],
  ["/?x=1", "ok"],
  ["/evil", "404 not found"],
  ["//", "404 not found"],
  ["/.", "404 not found"],
  ["/%2f", "404 not found"],
  ["*", "400 bad request target"],
  ["http://127.0.0.1:18789/", "400 bad request target"],
] as const)("[T7] an upgrade at %s: %s", ([target, answer]) => {
  expect(check({ target, headers: [["Host", HOST], ...UPGRADE] })).toBe(answer)
})

test.for(["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get", ""])(
  "[T7] method %j is not allowed, upgrade or not",
  (method) => {
    expect(check({ method })).toBe("405 method not allowed")
    expect(check({ method, headers: [["Host", HOST], ...UPGRADE] })).toBe("405 method not allowed")
  },
)

test("[T7, AU20] a token in an address is refused", () => {
  expect(check({ target: "/?token=secret" })).toMatch(/^400/)
  expect(check({ target: "/?a=1&token=" })).toMatch(/^400/)
  expect(check({ target: "/?%74oken=x" })).toMatch(/^400/)
})

test.for([
  ["Upgrade", ["websocket"], "ok"],
  ["Upgrade", ["WebSocket"], "ok"],
  ["Connection", ["upgrade"], "ok"],
  ["Connection", ["keep-alive", "Upgrade"], "ok"],
  ["Connection", [], "400 an upgrade needs the header Connection: Upgrade"],
  ["Connection", ["keep-alive, upgraded"], "400 an upgrade needs the header Connection: Upgrade"],
  ["Sec-WebSocket-Version", [], "400 Sec-WebSocket-Version must be 13"],
  ["Sec-WebSocket-Version", ["12"], "400 Sec-WebSocket-Version must be 13"],
  ["Sec-WebSocket-Version", ["8"], "400 Sec-WebSocket-Version must be 13"],
  ["Sec-WebSocket-Version", ["013"], "400 Sec-WebSocket-Version must be 13"],
  ["Sec-WebSocket-Version", ["13", "13"], "400 Sec-WebSocket-Version must be 13"],
  ["Sec-WebSocket-Key", [], "400 Sec-WebSocket-Key is missing or wrong"],
  ["Sec-WebSocket-Key", ["short"], "400 Sec-WebSocket-Key is missing or wrong"],
  ["Sec-WebSocket-Key", ["x".repeat(24)], "400 Sec-WebSocket-Key is missing or wrong"],
] as const)("[FR16] an upgrade with %s: %j is %s", ([name, values, answer]) => {
  expect(upgradeWith(name, ...values)).toBe(answer)
})

test.for([
  "Forwarded",
  "Via",
  "X-Forwarded-For",
  "x-forwarded-host",
  "X-FORWARDED-PROTO",
  "X-Forwarded",
  "X-Real-IP",
])("[AU15] %s is refused, but from a proxy that is trusted", (name) => {
  const headers = [
    ["Host", HOST],
    [name, "10.0.0.9"],
  ] as const
  const policy = { trustedProxies: ["127.0.0.1", "::1"] }
  expect(check({ headers })).toBe("403 proxied request refused")
  expect(check({ headers, policy })).toBe("ok")
  expect(check({ headers, policy, remoteAddress: "::ffff:127.0.0.1" })).toBe("ok")
  expect(check({ headers, policy, remoteAddress: "10.0.0.1" })).toBe("403 proxied request refused")
})

test("[AU15] behind a trusted proxy the rules of Host and Origin stay as they are", () => {
  const policy = { trustedProxies: ["127.0.0.1"] }
  const forwarded = ["X-Forwarded-Host", "localhost"] as const
  const headers = [["Host", "evil.example"], forwarded] as const
  expect(check({ headers, policy })).toBe("403 host not allowed")
  const origin = ["Origin", "https://evil.example"] as const
  expect(check({ headers: [["Host", HOST], origin, forwarded], policy })).toBe(
    "403 origin not allowed",
  )
})

test.for([
  [[], "127.0.0.1", "127.0.0.1"],
  [["100.64.0.7"], "127.0.0.1", "100.64.0.7"],
  [["6.6.6.6, 100.64.0.7"], "127.0.0.1", "100.64.0.7"],
  [["6.6.6.6", "fd00::7"], "::ffff:127.0.0.1", "fd00::7"],
  [["<script>"], "127.0.0.1", "127.0.0.1"],
  [["100.64.0.7,"], "127.0.0.1", "127.0.0.1"],
  [["100.64.0.7"], "10.0.0.1", "10.0.0.1"],
] as const)("[AU15, P2] X-Forwarded-For %j from %s shows %s", ([values, remoteAddress, shown]) => {
  const rawHeaders = values.flatMap((value) => ["X-Forwarded-For", value])
  const policy = { ...CLOSED, trustedProxies: ["127.0.0.1"] }
  expect(findRemoteAddress({ rawHeaders, remoteAddress }, policy)).toBe(shown)
})

test.for([
  ["cross-site", "navigate", "document", "ok"],
  ["same-origin", "cors", "empty", "ok"],
  ["same-site", "no-cors", "image", "ok"],
  ["none", "navigate", "document", "ok"],
  ["cross-site", "no-cors", "image", "403 cross-site request refused"],
  ["cross-site", "cors", "empty", "403 cross-site request refused"],
  ["cross-site", "no-cors", "script", "403 cross-site request refused"],
  ["cross-site", "navigate", "iframe", "403 cross-site request refused"],
  ["cross-site", "navigate", "object", "403 cross-site request refused"],
  ["cross-site", "websocket", "websocket", "403 cross-site request refused"],
] as const)("[AU18] Sec-Fetch-Site %s, mode %s, destination %s: %s", ([site, mode, to, answer]) => {
  const headers = [
    ["Host", HOST],
    ["Sec-Fetch-Site", site],
    ["Sec-Fetch-Mode", mode],
    ["Sec-Fetch-Dest", to],
  ] as const
  expect(check({ headers })).toBe(answer)
  if (site !== "cross-site" || answer !== "ok") return
  expect(check({ headers, method: "POST" })).toBe("403 cross-site request refused")
  expect(check({ headers: [...headers, ...UPGRADE] })).toBe("403 cross-site request refused")
})

test("[T7] whatever Host somebody sends, only the known names pass", () => {
  const host = fc.oneof(
    fc.string(),
    fc.webAuthority(),
    fc
      .tuple(fc.constantFrom("127.0.0.1", "localhost", "[::1]"), fc.string({ maxLength: 8 }))
      .map((parts) => parts.join("")),
  )
  fc.assert(
    fc.property(host, (each) => {
      if (withHost(each) !== "ok") return
      expect(each).toMatch(/^(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?$/)
    }),
  )
})

test("[T7] whatever Origin somebody sends, it passes only as the origin that a browser would call Host's", () => {
  const host = fc.constantFrom("127.0.0.1:18789", "localhost", "localhost:80", "[::1]:443", "[::1]")
  const tail = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("", ":80", ":443", "/", "."))
  const scheme = fc.constantFrom("http://", "https://", "ws://", "HTTP://", "")
  const origin = fc.oneof(
    fc.webUrl(),
    fc.string(),
    fc.tuple(scheme, host, tail).map((parts) => parts.join("")),
  )
  fc.assert(
    fc.property(origin, host, (each, called) => {
      if (withOrigin(each, called) !== "ok") return
      const { origin: normal, protocol } = new URL(each)
      expect(["http:", "https:"]).toContain(protocol)
      expect(new URL(`${protocol}//${called}`).origin).toBe(normal)
      expect(each).toMatch(/^https?:\/\/[a-z0-9.:[\]]+$/)
    }),
    { numRuns: 2_000 },
  )
})

test("[T7] no request at all makes the judge throw, and none but the known methods pass", () => {
  const name = fc.oneof(
    fc.constantFrom("Host", "Origin", "Upgrade", "Connection", "Via", "Sec-Fetch-Site"),
    fc.string(),
  )
  const headers = fc.array(fc.tuple(name, fc.string()), { maxLength: 6 })
  const knock = fc.record({
    method: fc.oneof(fc.constantFrom("GET", "HEAD", "POST"), fc.string()),
    target: fc.oneof(fc.webPath(), fc.string()),
    headers: fc
      .tuple(fc.boolean(), headers)
      .map(([ours, rest]) => [...(ours ? ([["Host", HOST]] as [string, string][]) : []), ...rest]),
  })
  fc.assert(
    fc.property(knock, (each) => {
      const answer = check(each)
      expect(answer).toMatch(/^(?:ok$|40[0345] [a-z])/i)
      if (answer !== "ok") return
      expect(["GET", "HEAD"]).toContain(each.method)
      expect(each.target).toMatch(/^\//)
    }),
  )
})
