/** The version in package.json, put in by the build. */
declare const PAGE_VERSION: string
/** The commit that the page was built from; empty outside of a repository. */
declare const PAGE_COMMIT: string

/** Styles that come with the part of the page that imports them. */
declare module "*.css"
