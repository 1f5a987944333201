// The dialog in which an account is linked: a code, what to do with it, and how it went. The focus stays
// in it and goes back to where it came from. Closing it cancels.

import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks"
import { createLogin, type LoginView, maskSelf } from "../../store/login.ts"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import { linkActionId } from "../channels/channel-card.tsx"
import { nameOf } from "../channels/channel-state.ts"
import type { PanelProps } from "../panel.ts"
import { CodeStep } from "./code-step.tsx"
import { OutcomeStep } from "./outcome.tsx"
import { PhoneStep } from "./phone-step.tsx"

export interface LinkingDialogProps extends PanelProps {
  readonly channel: string
}

/** Begins to link an account of the channel, and is there until that has ended or was closed. */
export function LinkingDialog({ page, channel }: LinkingDialogProps) {
  const login = page.stores.of(createLogin)
  const view = login.view.value
  useLayoutEffect(() => {
    if (login.view.peek()?.channel !== channel) login.open(channel)
  }, [login, channel])
  useEffect(() => {
    if (login.view.peek() === undefined) page.view.setLinking(undefined)
  }, [view])
  return view && <Dialog page={page} view={view} />
}

interface DialogProps extends PanelProps {
  readonly view: LoginView
}

function Dialog({ page, view }: DialogProps) {
  const login = page.stores.of(createLogin)
  const { channel, step } = view
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useRef<HTMLHeadingElement>(null)
  const id = useId()

  useLayoutEffect(() => {
    const opener = document.activeElement
    dialog.current?.showModal()
    title.current?.focus()
    return () => {
      dialog.current?.close()
      returnFocus(opener, channel)
    }
  }, [channel])

  // What had the focus may have gone with the step before.
  useEffect(() => {
    if (dialog.current?.contains(document.activeElement) !== true) title.current?.focus()
  }, [step.at])

  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        login.close()
      }}
      onClose={() => {
        // A browser may close it whatever the page says.
        if (dialog.current?.isConnected === true) login.close()
      }}
    >
      <header class="side-head">
        <h2 id={id} ref={title} tabIndex={-1}>
          {later.linking.title(nameOf(channel))}
        </h2>
        <Button
          label={later.linking.close}
          icon="close"
          look="quiet"
          iconOnly
          onClick={login.close}
        />
      </header>
      <Step page={page} view={view} />
      <p class="visually-hidden" role="status">
        <span key={step.at === "code" ? step.shownAt : step.at}>{lineOf(view)}</span>
      </p>
    </dialog>
  )
}

function Step({ page, view }: DialogProps) {
  const { step } = view
  switch (step.at) {
    case "phone":
      return <PhoneStep page={page} view={view} />
    case "preparing":
      return <CodeStep page={page} view={view} code={undefined} />
    case "code":
      return <CodeStep page={page} view={view} code={step} />
    default:
      return <OutcomeStep page={page} view={view} step={step} />
  }
}

/** What is said of each step, once; the seconds are not counted aloud. */
function lineOf({ channel, method, step }: LoginView): string {
  switch (step.at) {
    case "phone":
      return ""
    case "preparing":
      return later.linking.preparing
    case "code": {
      const left = step.until - step.shownAt
      return step.code === undefined
        ? later.linking.newCode(Math.round(left / 1_000))
        : later.linking.newTypedCode([...step.code].join(" "), text.duration(left))
    }
    case "linking":
      return later.linking.linking[method]
    case "linked":
      return later.linking.linked(step.self === undefined ? undefined : maskSelf(step.self))
    case "expired":
    case "exhausted":
    case "cancelled":
    case "lost":
    case "busy":
      return later.linking[step.at]
    case "refused":
      return `${later.linking.refused(nameOf(channel))}: ${step.error.message}`
    default:
      return step satisfies never
  }
}

/** The button that opened the dialog, or what has taken its place. */
function returnFocus(opener: Element | null, channel: string): void {
  const candidates = [
    opener,
    document.getElementById(linkActionId(channel))?.querySelector("button"),
    document.getElementById("message"),
  ]
  for (const candidate of candidates) {
    if (!(candidate instanceof HTMLElement) || candidate === document.body) continue
    candidate.focus()
    if (document.activeElement === candidate) return
  }
}
