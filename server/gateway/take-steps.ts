/** Takes the steps, which may be promises, one after the other; none that has not begun when `signal` aborts. */
export async function takeSteps(
  steps: readonly (() => unknown)[],
  signal: AbortSignal,
): Promise<void> {
  for (const step of steps) {
    if (signal.aborted) return
    await step()
  }
}
