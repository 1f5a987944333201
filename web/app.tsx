// The page: the conversations on one side, the open one in the middle, at most one panel on the other.

import { useSignalEffect } from "@preact/signals"
import {
  Banner,
  ChannelChips,
  ChatPanel,
  Help,
  IncompatibleCard,
  Linking,
  LinkStatus,
  PANELS,
  Rail,
  TokenCard,
  titleOf,
} from "./panels/index.ts"
import type { Panel, PanelProps } from "./panels/panel.ts"
import { SETTINGS } from "./store/settings.ts"
import { text } from "./text/index.ts"
import { Button } from "./ui/button.tsx"
import { Icon } from "./ui/icon.tsx"
import { Lazy } from "./ui/lazy.tsx"

export function App({ page }: PanelProps) {
  const state = page.connection.state.value
  const isLocked = state.at === "unauthorised"
  const panel = PANELS[page.view.panel.value ?? ""]

  useSignalEffect(() => {
    document.documentElement.dataset["theme"] = page.settings.of("theme").value
  })

  return (
    <div class={page.view.drawer.value ? "app drawer-open" : "app"}>
      {!isLocked && <SkipLink />}
      {!isLocked && (
        <Rail page={page}>
          <Views page={page} />
        </Rail>
      )}
      <div class="page">
        <Header page={page} locked={isLocked} />
        <Banner page={page} />
        <div class="body">
          <main>
            {state.at === "incompatible" && <IncompatibleCard page={page} state={state} />}
            {isLocked ? (
              <TokenCard page={page} state={state} />
            ) : (
              <ChatPanel key={page.chat.sessionKey} page={page} />
            )}
          </main>
          {panel !== undefined && !isLocked && <Side page={page} panel={panel} />}
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

/** The panels, by name. */
function Views({ page }: PanelProps) {
  const { view } = page
  return (
    <nav class="views" aria-label={text.header.view}>
      {Object.entries(PANELS).map(([name, { icon, title }]) => (
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

function Side({ page, panel }: PanelProps & { panel: Panel }) {
  const { load, title } = panel
  return (
    <aside class="side" aria-label={title(page)}>
      <header class="side-head">
        <h2>{title(page)}</h2>
        <Button
          label={text.header.close}
          icon="close"
          look="quiet"
          iconOnly
          onClick={page.view.closePanel}
        />
      </header>
      <div class="side-body">
        <Lazy
          load={load}
          props={{ page }}
          labels={{ failed: text.header.notLoaded, reload: text.incompatible.reload }}
          onReload={page.reloads.reload}
        />
      </div>
    </aside>
  )
}
