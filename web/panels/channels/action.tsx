// How something that was asked of the gateway goes on, beside the row it is about.

import { createChannels } from "../../store/channels.ts"
import { Icon } from "../../ui/icon.tsx"
import type { PanelProps } from "../panel.ts"

export function useAction(page: PanelProps["page"], key: string) {
  const state = page.stores.of(createChannels).actions.value.get(key)
  return { isBusy: state?.at === "busy" }
}

/** Nothing unless it failed. */
export function ActionProblem({ page, action }: PanelProps & { readonly action: string }) {
  const state = page.stores.of(createChannels).actions.value.get(action)
  if (state?.at !== "failed") return null
  return (
    <p class="problem problem-line" role="alert">
      <Icon name="alert" />
      <span>{state.error.message}</span>
    </p>
  )
}
