import fc from "fast-check"
import { expect, test } from "vitest"
import { type AdmissionPolicy, admit } from "./admission.ts"

const CLOSED: AdmissionPolicy = { allowedHosts: [], allowedOrigins: [] }
const HOST = "127.0.0.1:18789"

interface Words {
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly policy?: Partial<AdmissionPolicy>
}

function check({ headers = [["Host", HOST]], method = "GET", policy, target = "/" }: Words) {
  const admission = admit({ method, target, rawHeaders: headers.flat() }, { ...CLOSED, ...policy })
  return admission.ok ? "ok" : `${admission.status} ${admission.text.split(";")[0]}`
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
const UPGRADE = ["Upgrade", "websocket"] as const

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
  expect(check({ headers: [["Host", HOST], UPGRADE] })).toBe("ok")
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
  expect(check({ target, headers: [["Host", HOST], UPGRADE] })).toBe(answer)
})

test.for(["POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get", ""])(
  "[T7] method %j is not allowed, upgrade or not",
  (method) => {
    expect(check({ method })).toBe("405 method not allowed")
    expect(check({ method, headers: [["Host", HOST], UPGRADE] })).toBe("405 method not allowed")
  },
)

test("a token in an address is refused", () => {
  expect(check({ target: "/?token=secret" })).toMatch(/^400/)
  expect(check({ target: "/?a=1&token=" })).toMatch(/^400/)
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
