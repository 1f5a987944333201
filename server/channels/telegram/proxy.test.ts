import { expect, test } from "vitest"
import { findRoute, isProxyUrl } from "./proxy.ts"

const TARGET = "https://api.telegram.org"

function route(environment: Record<string, string>, target = TARGET, setting?: string) {
  const found = findRoute({ target, setting, environment })
  return found.by === "proxy" ? found.name : found.by
}

test("the environment's proxy is taken for what it is for, small letters first", () => {
  expect(route({})).toBe("direct")
  expect(route({ HTTPS_PROXY: "http://a:1" })).toBe("a:1")
  expect(route({ HTTPS_PROXY: "http://a:1", https_proxy: "http://b:2" })).toBe("b:2")
  expect(route({ ALL_PROXY: "http://c:3" })).toBe("c:3")
  expect(route({ all_proxy: "c:3", HTTPS_PROXY: "http://a:1" })).toBe("a:1")
  expect(route({ HTTPS_PROXY: "", HTTP_PROXY: "http://a:1" })).toBe("direct")
  expect(route({ HTTP_PROXY: "http://a:1" }, "http://bots.example")).toBe("a:1")
})

test("what NO_PROXY names is reached directly, and so is this machine", () => {
  const without = (NO_PROXY: string) => route({ HTTPS_PROXY: "http://a:1", NO_PROXY })
  for (const list of [
    "*",
    "telegram.org",
    ".telegram.org",
    "x, API.telegram.org",
    "*.telegram.org",
  ]) {
    expect(without(list), list).toBe("direct")
  }
  expect(without("api.telegram.org:443")).toBe("direct")
  for (const list of ["", "gram.org", "org.telegram", "api.telegram.org:80", ","]) {
    expect(without(list), list).toBe("a:1")
  }
  for (const target of ["http://127.0.0.1:8081", "http://localhost:1", "http://[::1]:1"]) {
    expect(route({ all_proxy: "http://a:1" }, target)).toBe("direct")
  }
})

test("the setting counts before the environment, for every address", () => {
  const environment = { HTTPS_PROXY: "http://a:1", NO_PROXY: "*" }
  expect(route(environment, TARGET, "http://me:secret@b:2")).toBe("b:2")
  expect(route(environment, "http://127.0.0.1:8081", "https://b")).toBe("b")
})

test("[TG15] a proxy that cannot be used is never gone around", () => {
  const environment = { ALL_PROXY: "socks5://me:secret@a:1080" }
  expect(findRoute({ target: TARGET, setting: undefined, environment })).toEqual({
    by: "nothing",
    why: "the proxy a:1080 is of the kind socks5, not http or https",
  })
  expect(route({ ALL_PROXY: "http://" })).toBe("nothing")
  expect(isProxyUrl("socks5://a:1")).toBe(false)
  expect(isProxyUrl("http://a b")).toBe(false)
})
