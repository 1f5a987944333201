// How a person asks a test for more of the same. The page itself knows no environment, and its compiler none.

export function numberFromEnvironment(name: string): number | undefined {
  const { process } = globalThis as {
    process?: { readonly env: Readonly<Record<string, string | undefined>> }
  }
  const value = process?.env[name]
  return value === undefined ? undefined : Number(value)
}
