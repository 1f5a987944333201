// The gateway wants a token. Nothing is tried again by itself: the person has to act.

import { useEffect, useId, useRef, useState } from "preact/hooks"
import type { Refused } from "../../store/connection.ts"
import { decodeToken } from "../../store/token.ts"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import { CopyButton } from "../../ui/copy.tsx"
import { Icon } from "../../ui/icon.tsx"
import { useNow } from "../../ui/use-now.ts"
import type { PanelProps } from "../panel.ts"

export interface TokenCardProps extends PanelProps {
  readonly state: Refused
}

export function TokenCard({ page, state }: TokenCardProps) {
  const [value, setValue] = useState("")
  const [visible, setVisible] = useState(false)
  const [remember, setRemember] = useState(false)
  const [noToken, setNoToken] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const id = useId()
  const left = Math.max(0, (state.retryAt ?? 0) - useNow(250))
  const problem = noToken ? later.token.notAToken : problemOf(state, left)

  // Also when the next one is refused as well; what was entered stays.
  useEffect(() => field.current?.focus(), [state])

  const submit = (event: Event) => {
    event.preventDefault()
    const token = decodeToken(value)
    setNoToken(token === undefined && value.trim() !== "")
    if (token !== undefined) page.useToken(token, { remember })
    else field.current?.focus()
  }

  return (
    <section class="gate" aria-labelledby={`${id}-title`}>
      <form class="gate-card" onSubmit={submit}>
        <span class="gate-icon">
          <Icon name="key" />
        </span>
        <h1 id={`${id}-title`}>{later.token.title}</h1>
        <p class="muted">
          {later.token.gateway(location.host, page.boot.value?.version ?? PAGE_VERSION)}
        </p>
        <p id={`${id}-problem`} class={state.why === "missing" && !noToken ? "" : "problem"}>
          {problem}
        </p>
        <label for={`${id}-token`}>{later.token.label}</label>
        <div class="field-row">
          <input
            {...(visible ? { type: "text" } : { type: "password" })}
            id={`${id}-token`}
            ref={field}
            value={value}
            autocomplete="off"
            spellcheck={false}
            aria-describedby={`${id}-problem ${id}-help`}
            aria-invalid={state.why !== "missing" || noToken}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
          <Button
            label={visible ? later.token.hide : later.token.show}
            icon="eye"
            iconOnly
            pressed={visible}
            onClick={() => setVisible(!visible)}
          />
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked={remember}
            onChange={(event) => setRemember(event.currentTarget.checked)}
          />
          {later.token.remember}
        </label>
        <Button label={later.token.connect} look="primary" submit disabled={left > 0} />
        <div id={`${id}-help`} class="gate-help muted">
          <p>{later.token.help}</p>
          <p class="command">
            <code>{later.token.command}</code>
            <CopyButton
              label={text.copy.copy}
              doneLabel={text.copy.copied}
              iconOnly
              text={() => later.token.command}
            />
          </p>
          <p>{later.token.helpPaste}</p>
        </div>
      </form>
    </section>
  )
}

function problemOf({ why }: TokenCardProps["state"], left: number): string {
  if (why === "throttled") {
    return left > 0 ? later.token.throttled(text.wait(left)) : later.token.wrong
  }
  return later.token[why]
}
