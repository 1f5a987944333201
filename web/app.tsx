// The page: the conversations on one side, the open one in the middle, at most one panel on the other.

import { useSignalEffect } from "@preact/signals"
import { useEffect, useLayoutEffect, useRef } from "preact/hooks"
import {
  Banner,
  ChannelChips,
  ChatPanel,
  GoneNotice,
  Help,
  IncompatibleCard,
  Linking,
  LinkStatus,
  PANELS,
  PARTS_AHEAD,
  PARTS_OF_CHAT,
  Rail,
  TokenGate,
  titleOf,
  useDrawer,
  useReading,
} from "./panels/index.ts"
import { LaterPart } from "./panels/later-part.tsx"
import type { Panel, PanelProps } from "./panels/panel.ts"
import { SETTINGS } from "./store/settings.ts"
import { text } from "./text/index.ts"
import { Button } from "./ui/button.tsx"
import { Icon } from "./ui/icon.tsx"
import { useNarrow } from "./ui/use-narrow.ts"

/** By then the conversation is on the screen. */
const PARTS_AHEAD_MS = 2_000

export function App({ page }: PanelProps) {
  const state = page.connection.state.value
  const refused = page.connection.refused.value
  const isLocked = refused !== undefined
  const panel = isLocked ? undefined : openPanelOf(page)
  const isDrawer = useDrawer(page.view) && !isLocked
  const isNarrow = useNarrow()
  const isCovered = isNarrow && panel !== undefined
  useReading(page)
  usePartsAhead(page)

  useSignalEffect(() => {
    document.documentElement.dataset["theme"] = page.settings.of("theme").value
  })

  return (
    <div class={isDrawer ? "app drawer-open" : "app"}>
      {!isLocked && !isDrawer && <SkipLink />}
      {!isLocked && (
        <Rail page={page} away={isNarrow && !isDrawer}>
          <Views page={page} />
        </Rail>
      )}
      {isDrawer && (
        // biome-ignore lint/a11y/noStaticElementInteractions: it is the rest of the window; Escape closes as well.
        // biome-ignore lint/a11y/useKeyWithClickEvents: the same.
        <div class="drawer-back" onClick={() => page.view.setDrawer(false)} />
      )}
      <div class="page" inert={isDrawer}>
        <div class="page-top" inert={isCovered}>
          <Header page={page} locked={isLocked} />
          <Banner page={page} />
          <GoneNotice page={page} />
        </div>
        <div class="body">
          <main inert={isCovered}>
            {state.at === "incompatible" && <IncompatibleCard page={page} state={state} />}
            {isLocked ? (
              <TokenGate page={page} state={refused} />
            ) : (
              <ChatPanel key={page.chat.sessionKey} page={page} />
            )}
          </main>
          {panel !== undefined && <Side page={page} panel={panel} covers={isCovered} />}
        </div>
      </div>
      <Linking page={page} />
      <Help page={page} />
    </div>
  )
}

function SkipLink() {
  return (
    // biome-ignore lint/a11y/useValidAnchor: it is a link; only the address is left alone, where a token might be.
    <a
      class="skip-link"
      href="#message"
      onClick={(event) => {
        event.preventDefault()
        document.getElementById("message")?.focus()
      }}
    >
      {text.skipToMessage}
    </a>
  )
}

function Header({ page, locked }: PanelProps & { locked: boolean }) {
  const { chat, sessions, view } = page
  const key = chat.sessionKey
  return (
    <header class="header">
      {locked ? (
        <Brand />
      ) : (
        <>
          <Button
            label={text.header.menu}
            icon="menu"
            look="quiet"
            iconOnly
            pressed={view.drawer.value}
            onClick={() => view.setDrawer(!view.drawer.peek())}
          />
          <h1 class="session-name" dir="auto">
            {titleOf(key, sessions.find(key))}
          </h1>
        </>
      )}
      <LinkStatus page={page} />
      {!locked && <ChannelChips page={page} onOpen={() => view.openPanel("channels")} />}
      <ThemeButton page={page} />
    </header>
  )
}

function Brand() {
  return (
    <span class="brand">
      <Icon name="claw" />
      <span>{text.brand}</span>
    </span>
  )
}

/** When the gateway is away, what was not opened yet is here already. */
function usePartsAhead({ connection }: PanelProps["page"]): void {
  const isOnline = connection.online.value
  useEffect(() => {
    // Beside the connection, so that they are here when the conversation comes.
    loadAll(PARTS_OF_CHAT)
    if (!isOnline) return
    const timer = setTimeout(() => loadAll(PARTS_AHEAD), PARTS_AHEAD_MS)
    return () => clearTimeout(timer)
  }, [isOnline])
}

function loadAll(parts: typeof PARTS_AHEAD): void {
  // One that does not come now is asked for again when it is opened.
  for (const part of parts) part.load().catch(() => undefined)
}

function isOffered({ method }: Panel, { connection }: PanelProps["page"]): boolean {
  return method === undefined || connection.offers(method)
}

function openPanelOf(page: PanelProps["page"]): Panel | undefined {
  const panel = PANELS[page.view.panel.value ?? ""]
  return panel !== undefined && isOffered(panel, page) ? panel : undefined
}

/** The panels, by name. */
function Views({ page }: PanelProps) {
  const { view } = page
  const offered = Object.entries(PANELS).filter(([, panel]) => isOffered(panel, page))
  return (
    <nav class="views" aria-label={text.header.view}>
      {offered.map(([name, { icon, title }]) => (
        <Button
          key={name}
          label={title(page)}
          icon={icon}
          look="quiet"
          pressed={view.panel.value === name}
          onClick={() => view.togglePanel(name)}
        />
      ))}
    </nav>
  )
}

/** When what is drawn now is drawn. */
function focusSoon(selector: string): void {
  const element = document.querySelector<HTMLElement>(selector)
  queueMicrotask(() => element?.focus())
}

function ThemeButton({ page: { settings } }: PanelProps) {
  const theme = settings.of("theme").value
  const themes = SETTINGS.theme
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system"
  return (
    <Button
      label={text.header.theme[theme]}
      icon={theme}
      look="quiet"
      iconOnly
      onClick={() => settings.choose("theme", next)}
    />
  )
}

interface SideProps extends PanelProps {
  readonly panel: Panel
  /** It lies over everything else. */
  readonly covers: boolean
}

function Side({ page, panel, covers }: SideProps) {
  const { part, title, wide = false } = panel
  const heading = useRef<HTMLHeadingElement>(null)
  // What opened it is under it, so the focus comes along, and goes back to where the panels are opened.
  useLayoutEffect(() => {
    if (!covers) return
    heading.current?.focus()
    return () => focusSoon(".header > .button")
  }, [covers])
  return (
    <aside
      class={wide ? "side side-wide" : "side"}
      aria-label={title(page)}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return
        event.preventDefault()
        page.view.closePanel()
        if (!covers) focusSoon('.views [aria-pressed="true"]')
      }}
    >
      <header class="side-head">
        <h2 ref={heading} tabIndex={-1}>
          {title(page)}
        </h2>
        <Button
          label={text.header.close}
          icon="close"
          look="quiet"
          iconOnly
          onClick={page.view.closePanel}
        />
      </header>
      <div class="side-body">
        <LaterPart page={page} part={part} props={{ page }} />
      </div>
    </aside>
  )
}
