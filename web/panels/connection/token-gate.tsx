import { Lazy } from "../../ui/lazy.tsx"
import { createPart } from "../../ui/part.ts"
import { partLabels } from "../part-labels.ts"
import type { TokenCardProps } from "./token-card.tsx"

/** The card that asks for the token. It comes only when it is needed, because most pages never show it. */
export function TokenGate(props: TokenCardProps) {
  return (
    <Lazy
      part={tokenCard}
      props={props}
      labels={partLabels()}
      onReload={props.page.reloads.reload}
    />
  )
}

const tokenCard = createPart(
  () => import("./token-card.tsx"),
  (file) => file.TokenCard,
)
