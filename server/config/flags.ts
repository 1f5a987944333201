// The flags of `clawdis gateway` that stand for settings; their form was checked by the command line.

export interface GatewayFlags {
  readonly port?: number
  readonly webchatPort?: number
  readonly token?: string
  /** A path; the file's text without surrounding white space is the token. */
  readonly tokenFile?: string
}
