// The page: header, banner, conversation, and at most one panel beside it.

import { useSignal, useSignalEffect } from "@preact/signals"
import {
  Banner,
  ChannelChips,
  ChatPanel,
  IncompatibleCard,
  Linking,
  LinkStatus,
  PANEL_NAMES,
  PANELS,
  type PanelName,
  TokenCard,
} from "./panels/index.ts"
import type { PanelProps } from "./panels/panel.ts"
import { THEMES, type ThemeChoice } from "./store/theme.ts"
import { text } from "./text/index.ts"
import { Button } from "./ui/button.tsx"
import { Icon } from "./ui/icon.tsx"

export interface AppProps extends PanelProps {
  readonly themes: ThemeChoice
}

export function App({ page, themes }: AppProps) {
  const open = useSignal<PanelName | undefined>(undefined)
  const state = page.connection.state.value
  const isLocked = state.at === "unauthorised"

  useSignalEffect(() => {
    document.documentElement.dataset["theme"] = themes.theme.value
  })

  return (
    <div class="app">
      {/* biome-ignore lint/a11y/useValidAnchor: it is a link; only the address is left alone, where a token might be. */}
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
      <header class="header">
        <span class="brand">
          <Icon name="claw" />
          <span>{text.brand}</span>
        </span>
        <LinkStatus page={page} />
        {!isLocked && <ChannelChips page={page} onOpen={() => (open.value = "channels")} />}
        <nav class="header-nav" aria-label={text.header.view}>
          {!isLocked &&
            PANEL_NAMES.map((name) => (
              <Button
                key={name}
                label={PANELS[name].title(page)}
                icon={PANELS[name].icon}
                look="quiet"
                iconOnly
                pressed={open.value === name}
                onClick={() => {
                  open.value = open.value === name ? undefined : name
                }}
              />
            ))}
          <ThemeButton themes={themes} />
        </nav>
      </header>
      <Banner page={page} />
      <div class="body">
        <main>
          {state.at === "incompatible" && <IncompatibleCard page={page} state={state} />}
          {isLocked ? <TokenCard page={page} state={state} /> : <ChatPanel page={page} />}
        </main>
        {open.value !== undefined && !isLocked && (
          <Side page={page} name={open.value} onClose={() => (open.value = undefined)} />
        )}
      </div>
      <Linking page={page} />
    </div>
  )
}

function ThemeButton({ themes }: Pick<AppProps, "themes">) {
  const theme = themes.theme.value
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system"
  return (
    <Button
      label={text.header.theme[theme]}
      icon={theme}
      look="quiet"
      iconOnly
      onClick={() => themes.choose(next)}
    />
  )
}

interface SideProps extends PanelProps {
  readonly name: PanelName
  readonly onClose: () => void
}

function Side({ page, name, onClose }: SideProps) {
  const { title, component: Panel } = PANELS[name]
  return (
    <aside class="side" aria-label={title(page)}>
      <header class="side-head">
        <h2>{title(page)}</h2>
        <Button label={text.header.close} icon="close" look="quiet" iconOnly onClick={onClose} />
      </header>
      <div class="side-body">
        <Panel page={page} />
      </div>
    </aside>
  )
}
