import { text } from "../../text/index.ts"
import { Lazy } from "../../ui/lazy.tsx"
import type { TokenCardProps } from "./token-card.tsx"

/** The card that asks for the token. It comes only when it is needed, because most pages never show it. */
export function TokenGate(props: TokenCardProps) {
  return (
    <Lazy
      load={loadCard}
      props={props}
      labels={{ failed: text.header.notLoaded, reload: text.incompatible.reload }}
      onReload={props.page.reloads.reload}
    />
  )
}

const loadCard = async () => (await import("./token-card.tsx")).TokenCard
