// What is open beside the conversation. It belongs to the page and not to a component, so that a
// change of language, which draws everything anew, closes nothing.

import { type ReadonlySignal, signal } from "@preact/signals"

export interface View {
  /** The name of the panel that is open. */
  readonly panel: ReadonlySignal<string | undefined>
  /** On a narrow window the list of sessions is a drawer. */
  readonly drawer: ReadonlySignal<boolean>
  /** Whether the keyboard shortcuts are shown. */
  readonly help: ReadonlySignal<boolean>
  /** The channel whose account is being linked. */
  readonly linking: ReadonlySignal<string | undefined>
  openPanel(name: string): void
  closePanel(): void
  /** Open if it is closed, closed if it is open. */
  togglePanel(name: string): void
  setDrawer(isOpen: boolean): void
  setHelp(isOpen: boolean): void
  setLinking(channel: string | undefined): void
}

export function createView(): View {
  const panel = signal<string | undefined>(undefined)
  const drawer = signal(false)
  const help = signal(false)
  const linking = signal<string | undefined>(undefined)
  const openPanel = (name: string) => {
    panel.value = name
    drawer.value = false
  }
  const closePanel = () => {
    panel.value = undefined
  }
  return {
    panel,
    drawer,
    help,
    linking,
    openPanel,
    closePanel,
    togglePanel: (name) => (panel.peek() === name ? closePanel() : openPanel(name)),
    setDrawer(isOpen) {
      drawer.value = isOpen
    },
    setHelp(isOpen) {
      help.value = isOpen
    },
    setLinking(channel) {
      linking.value = channel
    },
  }
}
