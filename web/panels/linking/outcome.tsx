// What became of a login, and what can be done next.

import type { ComponentChildren } from "preact"
import type { ErrorShape } from "#protocol"
import { type LoginStep, type LoginView, maskSelf } from "../../store/login.ts"
import { text } from "../../text/index.ts"
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
        <Scene icon="spinner" tone="quiet" title={text.linking.linking[view.method]}>
          <p class="muted">{text.linking.linkingHelp}</p>
        </Scene>
      )
    case "linked":
      return (
        <Scene
          icon="check"
          tone="good"
          title={text.linking.linked(step.self === undefined ? undefined : maskSelf(step.self))}
        >
          <p class="muted">{text.linking.linkedHelp}</p>
          <Button label={text.linking.done} look="primary" onClick={page.login.close} />
        </Scene>
      )
    case "expired":
    case "exhausted":
    case "cancelled":
      return (
        <Scene icon="clock" tone="busy" title={text.linking[step.at]}>
          <p class="muted">{text.linking.nothingChanged}</p>
          <Again page={page} label={text.linking.again} />
        </Scene>
      )
    case "refused":
      return <Refused page={page} view={view} error={step.error} />
    case "busy": {
      const { client, since } = step.holder
      const time = since === undefined ? undefined : toShortTime(since)
      return (
        <Scene icon="clients" tone="busy" title={text.linking.busy}>
          <p>{text.linking.holder(client, time)}</p>
          <Again page={page} label={text.linking.retry} />
        </Scene>
      )
    }
    case "lost":
      return (
        <Scene icon="alert" tone="bad" title={text.linking.lost}>
          <p>{step.wasLinking ? text.linking.lostLinking : text.linking.lostCode}</p>
          <Again page={page} label={text.linking.again} />
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
      <Scene icon="alert" tone="busy" title={text.linking.alreadyLinked}>
        <p>{error.message}</p>
      </Scene>
    )
  }
  if (reason === "login_refused") {
    return (
      <Scene icon="alert" tone="bad" title={text.linking.refused(nameOf(view.channel))}>
        <p>{error.message}</p>
        <p>{text.linking.troubleHelp}</p>
      </Scene>
    )
  }
  return (
    <Scene icon="alert" tone="bad" title={text.linking.notLinked}>
      <p>{error.message}</p>
      <Again page={page} label={text.linking.retry} />
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
      onClick={page.login.again}
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
