// Loaded before the gateway's own modules: at SIGUSR2 memory runs out.

process.on("SIGUSR2", () => {
  const kept: number[][] = []
  for (;;) kept.push(Array.from({ length: 100_000 }, (_, index) => index + 0.5))
})
