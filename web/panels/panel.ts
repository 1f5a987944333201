// What every panel is given, and what a row of the table is.

import type { MethodName } from "#protocol"
import type { Page } from "../store/page.ts"
import type { IconName } from "../ui/icon.tsx"
import type { Part } from "../ui/part.ts"

export interface PanelProps {
  readonly page: Page
}

export interface Panel {
  /** Its title; a function of the page, because it may count. */
  readonly title: (page: Page) => string
  readonly icon: IconName
  /** The panel is there only if the gateway offers this. */
  readonly method?: MethodName
  /** It is made of long lines. */
  readonly wide?: true
  /** It comes a while after the page, or when it is first opened. */
  readonly part: Part<PanelProps>
}
