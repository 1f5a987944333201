// Puts the page together. The token leaves the address before anything else happens.

import { render } from "preact"
import { announce } from "./announce.ts"
import { App } from "./app.tsx"
import {
  browserClock,
  createKey,
  fetchBoot,
  onWake,
  openSocket,
  takeTokenFromAddress,
} from "./browser.ts"
import { createPage } from "./store/page.ts"
import { createStorage } from "./store/storage.ts"

const tokenFromLink = takeTokenFromAddress()
const local = createStorage(() => localStorage)
const session = createStorage(() => sessionStorage)

const page = createPage({
  clock: browserClock,
  random: Math.random,
  isVisible: () => document.visibilityState === "visible",
  openSocket,
  fetchBoot,
  version: PAGE_VERSION,
  locale: navigator.language,
  session,
  local,
  createKey,
  tokenFromLink,
  reload: () => location.reload(),
})

const root = byId("app")
root.replaceChildren()
render(<App page={page} />, root)

const status = byId("status")
const log = byId("log")
announce(page, {
  status: (line) => {
    status.textContent = line
  },
  log: (line) => {
    log.textContent = line
  },
})

onWake(page.wake)
addEventListener("hashchange", () => {
  const token = takeTokenFromAddress()
  if (token !== undefined) page.useToken(token, { remember: false })
})
page.start()

function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`index.html has no #${id}`)
  return element
}
