import { createPart } from "../../ui/part.ts"
import { LaterPart } from "../later-part.tsx"
import type { ExportingProps, ExportWish } from "./exporting.tsx"

export const exporting = createPart(
  () => import("./exporting.tsx"),
  (file) => file.Exporting,
)

interface ExportLineProps extends Omit<ExportingProps, "wish"> {
  /** Undefined while there is none. */
  readonly wish: ExportWish | undefined
}

/** How the export that is wished for goes, as long as it does. */
export function ExportLine({ wish, ...rest }: ExportLineProps) {
  return wish && <LaterPart page={rest.page} part={exporting} props={{ ...rest, wish }} />
}
