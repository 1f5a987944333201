import type { ComponentChildren } from "preact"
import { useLayoutEffect, useRef, useState } from "preact/hooks"
import { Button, type ButtonProps } from "./button.tsx"

export interface AskButtonProps extends Pick<ButtonProps, "icon" | "look" | "disabled" | "busy"> {
  readonly id?: string
  readonly label: string
  /** What assistive technology calls it, where the label alone says too little. */
  readonly name?: string
  /** Asked before anything is done; without one it is done at once. */
  readonly question?: string | undefined
  readonly yes?: string
  /** What is asked cannot be undone. */
  readonly danger?: boolean
  readonly no: string
  readonly onClick: () => void
  readonly children?: ComponentChildren
}

/** A button that asks once. The focus goes into the question, and back to the button. */
export function AskButton(props: AskButtonProps) {
  const { label, question, yes = label, no, onClick } = props
  const [asking, setAsking] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const wasAsking = useRef(false)
  const isAsking = asking && question !== undefined

  useLayoutEffect(() => {
    if (wasAsking.current === isAsking) return
    wasAsking.current = isAsking
    box.current?.querySelector<HTMLButtonElement>("button:last-of-type")?.focus()
  }, [isAsking])

  const answer = (isYes: boolean) => {
    setAsking(false)
    if (isYes) onClick()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape leaves the question; its buttons are what is operated.
    <div
      ref={box}
      {...(props.id !== undefined && { id: props.id })}
      class={isAsking ? "ask ask-open" : "ask"}
      role={isAsking ? "group" : "none"}
      {...(isAsking && { "aria-label": question })}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isAsking) return
        // Only the question is left, not what it stands in.
        event.preventDefault()
        answer(false)
      }}
    >
      {isAsking && <p>{question}</p>}
      {isAsking && (
        <Button
          key="yes"
          label={yes}
          look={props.danger === true ? "danger" : "primary"}
          disabled={props.disabled ?? false}
          onClick={() => answer(true)}
        />
      )}
      <Button
        key="button"
        label={isAsking ? no : label}
        {...(!isAsking && props.name !== undefined && { name: props.name })}
        {...(!isAsking && props.icon !== undefined && { icon: props.icon })}
        {...(!isAsking && props.look !== undefined && { look: props.look })}
        {...(!isAsking && props.busy !== undefined && { busy: props.busy })}
        disabled={(props.disabled ?? false) && !isAsking}
        onClick={() => {
          if (isAsking) answer(false)
          else if (question === undefined) onClick()
          else setAsking(true)
        }}
      />
    </div>
  )
}
