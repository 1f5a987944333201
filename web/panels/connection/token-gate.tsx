import { importAgain } from "../../ui/import-again.ts"
import { Lazy } from "../../ui/lazy.tsx"
import { partLabels } from "../part-labels.ts"
import type { TokenCardProps } from "./token-card.tsx"

/** The card that asks for the token. It comes only when it is needed, because most pages never show it. */
export function TokenGate(props: TokenCardProps) {
  return (
    <Lazy
      load={loadCard}
      props={props}
      labels={partLabels()}
      onReload={props.page.reloads.reload}
    />
  )
}

const loadCard = async () => (await importAgain(() => import("./token-card.tsx"))).TokenCard
