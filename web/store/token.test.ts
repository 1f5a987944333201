import { expect, test } from "vitest"
import { createMemoryStorage } from "../testing/memory-storage.ts"
import { createTokenStore, decodeToken } from "./token.ts"

test.each([
  ["sesame", "sesame"],
  ["  sesame\n", "sesame"],
  ["http://127.0.0.1:18788/#token=a%2Fb", "a/b"],
  ["https://box/#x=1&token=sesame", "sesame"],
  ["#token=sesame", "sesame"],
  ["#token=%", "%"],
  ["http://127.0.0.1:18788/", undefined],
  ["http://127.0.0.1:18788/#token=", undefined],
  ["", undefined],
])("a pasted %j holds the token %j", (pasted, token) => {
  expect(decodeToken(pasted)).toBe(token)
})

test("a token outlives the tab only when the person asked for that", () => {
  const local = createMemoryStorage()
  const tab = () => createTokenStore({ session: createMemoryStorage(), local })
  tab().keep("sesame", { remember: false })
  expect(tab().read()).toBeUndefined()
  tab().keep("sesame", { remember: true })
  expect(tab().read()).toBe("sesame")
  tab().forget()
  expect(tab().read()).toBeUndefined()
})
