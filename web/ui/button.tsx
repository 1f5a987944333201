import type { ComponentChildren } from "preact"
import { Icon, type IconName } from "./icon.tsx"

export interface ButtonProps {
  readonly label: string
  /** What assistive technology calls it instead; it begins with the label. */
  readonly name?: string
  readonly icon?: IconName
  /** The label is there for assistive technology and as a tooltip only. */
  readonly iconOnly?: boolean
  /** `danger`: it does what cannot be undone. */
  readonly look?: "plain" | "primary" | "danger" | "quiet"
  readonly disabled?: boolean
  /** What was asked for is under way: it keeps the focus and cannot be pressed. */
  readonly busy?: boolean
  readonly submit?: boolean
  readonly pressed?: boolean
  readonly onClick?: () => void
  readonly children?: ComponentChildren
}

export function Button(props: ButtonProps) {
  const { label, icon, iconOnly = false, look = "plain", children } = props
  return (
    <button
      type={props.submit === true ? "submit" : "button"}
      class={`button button-${look}${iconOnly ? " button-icon" : ""}`}
      disabled={props.disabled ?? false}
      onClick={props.busy === true ? undefined : props.onClick}
      {...(props.busy === true && { "aria-disabled": true })}
      {...(props.pressed !== undefined && { "aria-pressed": props.pressed })}
      {...(props.name !== undefined && { "aria-label": props.name })}
      {...(iconOnly && { "aria-label": props.name ?? label, title: label })}
    >
      {icon !== undefined && <Icon name={icon} />}
      {!iconOnly && <span>{label}</span>}
      {children}
    </button>
  )
}
