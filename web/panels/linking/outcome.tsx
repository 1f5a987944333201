// What became of a login, and what can be done next.

import type { ComponentChildren } from "preact"
import type { ErrorShape } from "#protocol"
import { createLogin, type LoginStep, type LoginView, maskSelf } from "../../store/login.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import { Icon, type IconName } from "../../ui/icon.tsx"
import { nameOf } from "../channels/channel-state.ts"
import { toShortTime } from "../dates.ts"
import type { PanelProps } from "../panel.ts"

type Outcome = Exclude<LoginStep, { at: "phone" | "preparing" | "code" }>

interface OutcomeStepProps extends PanelProps {
  readonly view: LoginView
  readonly step: Outcome
}

export function OutcomeStep({ page, view, step }: OutcomeStepProps) {
  switch (step.at) {
    case "linking":
      return (
        <Scene icon="spinner" tone="quiet" title={later.linking.linking[view.method]}>
          <p class="muted">{later.linking.linkingHelp}</p>
        </Scene>
      )
    case "linked":
      return (
        <Scene
          icon="check"
          tone="good"
          title={later.linking.linked(step.self === undefined ? undefined : maskSelf(step.self))}
        >
          <p class="muted">{later.linking.linkedHelp}</p>
          <Button
            label={later.linking.done}
            look="primary"
            onClick={page.stores.of(createLogin).close}
          />
        </Scene>
      )
    case "expired":
    case "exhausted":
    case "cancelled":
      return (
        <Scene icon="clock" tone="busy" title={later.linking[step.at]}>
          <p class="muted">{later.linking.nothingChanged}</p>
          <Again page={page} label={later.linking.again} />
        </Scene>
      )
    case "refused":
      return <Refused page={page} view={view} error={step.error} />
    case "busy": {
      const { client, since } = step.holder
      const time = since === undefined ? undefined : toShortTime(since)
      return (
        <Scene icon="clients" tone="busy" title={later.linking.busy}>
          <p>{later.linking.holder(client, time)}</p>
          <Again page={page} label={later.linking.retry} />
        </Scene>
      )
    }
    case "lost":
      return (
        <Scene icon="alert" tone="bad" title={later.linking.lost}>
          <p>{step.wasLinking ? later.linking.lostLinking : later.linking.lostCode}</p>
          <Again page={page} label={later.linking.again} />
        </Scene>
      )
    default:
      return step satisfies never
  }
}

interface RefusedProps extends PanelProps {
  readonly view: LoginView
  readonly error: ErrorShape
}

/** A service that refuses a device does so for longer with every try, so none is offered here. */
function Refused({ page, view, error }: RefusedProps) {
  const reason = error.details?.["reason"]
  if (reason === "already_linked") {
    return (
      <Scene icon="alert" tone="busy" title={later.linking.alreadyLinked}>
        <p>{error.message}</p>
      </Scene>
    )
  }
  if (reason === "login_refused") {
    return (
      <Scene icon="alert" tone="bad" title={later.linking.refused(nameOf(view.channel))}>
        <p>{error.message}</p>
        <p>{later.linking.troubleHelp}</p>
      </Scene>
    )
  }
  return (
    <Scene icon="alert" tone="bad" title={later.linking.notLinked}>
      <p>{error.message}</p>
      <Again page={page} label={later.linking.retry} />
    </Scene>
  )
}

function Again({ page, label }: PanelProps & { readonly label: string }) {
  return (
    <Button
      label={label}
      icon="retry"
      look="primary"
      disabled={!page.connection.online.value}
      onClick={page.stores.of(createLogin).again}
    />
  )
}

interface SceneProps {
  readonly icon: IconName
  readonly tone: "good" | "busy" | "bad" | "quiet"
  readonly title: string
  readonly children: ComponentChildren
}

function Scene({ icon, tone, title, children }: SceneProps) {
  return (
    <div class="linking-body scene">
      <span class={`scene-icon state-${tone}`}>
        <Icon name={icon} />
      </span>
      <p class="scene-title">{title}</p>
      {children}
    </div>
  )
}
