// Puts the page together. The token leaves the address before anything else happens.

import { render } from "preact"
import { announce } from "./announce.ts"
import { App } from "./app.tsx"
import {
  browserClock,
  createKey,
  fetchBoot,
  onHide,
  onWake,
  openSocket,
  refuseDrops,
  takeTokenFromAddress,
} from "./browser.ts"
import { followLanguage } from "./language.ts"
import { notifyOfReplies, showOnDesktop } from "./notify.ts"
import { toDate } from "./panels/dates.ts"
import { writeIn } from "./panels/sessions/write-in.ts"
import { followShortcuts } from "./shortcuts.ts"
import { createDatabase } from "./store/database.ts"
import { createDraftFilesStorage } from "./store/draft-files-storage.ts"
import { createLastViews } from "./store/last-views.ts"
import { createOutboxStorage } from "./store/outbox-storage.ts"
import { createPage } from "./store/page.ts"
import { createStorage } from "./store/storage.ts"
import { showInTab, type TabIcon } from "./tab.ts"
import { createTabs } from "./tabs.ts"
import { language } from "./text/index.ts"
import { importAgain } from "./ui/import-again.ts"
import { loadMarkdown } from "./ui/rich-text.tsx"
import { StatusLine } from "./ui/status.ts"
import { followVisibleHeight } from "./visible-height.ts"

const ICONS: Readonly<Record<TabIcon, string>> = {
  ready: new URL("./icons/ready.svg", import.meta.url).href,
  running: new URL("./icons/running.svg", import.meta.url).href,
  unread: new URL("./icons/unread.svg", import.meta.url).href,
  offline: new URL("./icons/offline.svg", import.meta.url).href,
}

const loadReader = () => import("./read-file.ts")

const tokenFromLink = takeTokenFromAddress()
const local = createStorage(() => localStorage)
const session = createStorage(() => sessionStorage)

const database = createDatabase({ open: () => indexedDB, clock: browserClock })

const page = createPage({
  clock: browserClock,
  random: Math.random,
  isVisible: () => document.visibilityState === "visible",
  openSocket,
  fetchBoot,
  version: PAGE_VERSION,
  locale: () => language.peek().locale,
  session,
  local,
  outboxStorage: createOutboxStorage(database),
  draftFiles: createDraftFilesStorage(database),
  lastViews: createLastViews(database),
  tabs: createTabs({
    openChannel: (name) => new BroadcastChannel(name),
    locks: navigator.locks,
  }),
  createKey,
  toDate,
  readFile: async (file, options) => (await loadReader()).readFile(file, options),
  tokenFromLink,
  reload: () => location.reload(),
})

// Nobody needs it before the first conversation has come; what fails is tried again there.
loadMarkdown().catch(() => undefined)
loadReader().catch(() => undefined)

// Not awaited here: a catalogue that comes in a file of its own imports from this one, and would wait
// for it in turn.
void followLanguage({
  settings: page.settings,
  preferred: navigator.languages,
  clock: browserClock,
  online: page.connection.online,
  onWake,
  spoken({ direction, tag }) {
    document.documentElement.lang = tag
    document.documentElement.dir = direction
  },
}).then(begin)

addEventListener("hashchange", () => {
  const token = takeTokenFromAddress()
  if (token !== undefined) page.useToken(token, { remember: false })
})

function begin(): void {
  refuseDrops()
  const root = byId("app")
  root.replaceChildren()
  const status = speakInto("status")
  render(
    <StatusLine.Provider value={status}>
      <App page={page} />
    </StatusLine.Provider>,
    root,
  )
  announce(page, { status, log: speakInto("log") })
  showInTab(page, {
    setTitle(title) {
      document.title = title
    },
    setIcon(name) {
      document.querySelector("link[rel=icon]")?.setAttribute("href", ICONS[name])
    },
  })
  notifyOfReplies(page, {
    isHidden: () => document.hidden,
    show: showOnDesktop,
    open: (sessionKey) => writeIn(page, () => page.chats.open(sessionKey)),
  })
  onWake(page.wake)
  followShortcuts(page)
  followVisibleHeight({
    viewport: visualViewport,
    target: document,
    isWriting: () => document.activeElement?.id === "message",
    layoutHeight: () => document.documentElement.clientHeight,
    setHeight,
  })
  page.start()
  // What does not come leaves the page without a view to show in an outage.
  importAgain(() => import("./store/keep-last-views.ts")).then(
    ({ keepLastViews }) => keepLastViews({ page, clock: browserClock, onHide }),
    () => undefined,
  )
}

function setHeight(px: number | undefined): void {
  const { style } = document.documentElement
  if (px === undefined) style.removeProperty("--height")
  else style.setProperty("--height", `${px}px`)
  // What the browser moved away to show the message box comes back.
  scrollTo(0, 0)
}

function speakInto(id: string): (line: string) => void {
  const region = byId(id)
  return (line) => {
    region.textContent = line
  }
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`index.html has no #${id}`)
  return element
}
