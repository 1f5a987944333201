// Loaded before the gateway's own modules: makes a channel's code fail where nobody waits, once beside a
// call of `getMe` and once beside one of `deleteWebhook`. SIGUSR2 makes what is nobody's fail.

import http from "node:http"

const failures = new Map<string, () => void>([
  ["getMe", () => void Promise.reject(new Error("a promise was left behind for 15550100"))],
  [
    "deleteWebhook",
    () =>
      void setTimeout(() => {
        throw new Error("a timer threw")
      }, 1),
  ],
])
const request = http.request as (...given: unknown[]) => unknown

Object.assign(http, {
  request(...given: unknown[]) {
    for (const [method, fail] of failures) {
      if (!String(given[0]).includes(method)) continue
      failures.delete(method)
      fail()
    }
    return request(...given)
  },
})

process.on("SIGUSR2", () => void Promise.reject(new Error("of nobody")))
