// `relay` is gone; who still calls it is told where to go.

export const RETIRED = `\`clawdis relay\` is retired, and the TCP control port is gone with it.
  The daemon:   clawdis gateway
  To send:      clawdis gw:send --to telegram:42 --message "hi"
  To ask:       clawdis gw:agent --message "hi"
  Your clients: the WebSocket protocol at ws://127.0.0.1:18789
`
