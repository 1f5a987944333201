// Asks for the number of the account, which a code to type needs.

import { useEffect, useId, useRef, useState } from "preact/hooks"
import { createLogin, type LoginView, readPhone } from "../../store/login.ts"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"

interface PhoneStepProps extends PanelProps {
  readonly view: LoginView
}

export function PhoneStep({ page, view }: PhoneStepProps) {
  const [value, setValue] = useState(view.phone ?? "")
  const [isWrong, setWrong] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const id = useId()
  const isOnline = page.connection.online.value

  useEffect(() => field.current?.focus(), [])

  const submit = (event: Event) => {
    event.preventDefault()
    const phone = readPhone(value)
    setWrong(phone === undefined)
    if (phone === undefined) field.current?.focus()
    else if (isOnline) page.stores.of(createLogin).useCode(phone)
  }

  return (
    <form class="linking-body linking-form" noValidate onSubmit={submit}>
      <p>{later.linking.phoneIntro}</p>
      <label for={`${id}-phone`}>{later.linking.phone}</label>
      <div class="field-row">
        <input
          id={`${id}-phone`}
          ref={field}
          type="tel"
          autocomplete="tel"
          value={value}
          placeholder={later.linking.phoneExample}
          aria-invalid={isWrong}
          aria-describedby={`${id}-problem`}
          onInput={(event) => {
            setValue(event.currentTarget.value)
            setWrong(false)
          }}
        />
      </div>
      <p id={`${id}-problem`} class="problem">
        {isWrong && later.linking.phoneProblem}
      </p>
      <div class="linking-actions">
        <Button label={later.linking.getCode} look="primary" submit disabled={!isOnline} />
        <Button
          label={later.linking.useQr}
          look="quiet"
          disabled={!isOnline}
          onClick={page.stores.of(createLogin).useQr}
        />
      </div>
    </form>
  )
}
