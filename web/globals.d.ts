/** The version in package.json, put in by the build. */
declare const PAGE_VERSION: string

/** Styles that come with the part of the page that imports them. */
declare module "*.css"
