/**
 * What a server's program keeps for all of its objects, as a database: `this.tree.globals` in an object, `server.globals`
 * outside. Never sent to anybody. Declare what is in it:
 *
 * ```ts
 * declare module "objectsync/server" {
 *   interface Globals {
 *     database: Database;
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: the application says what is in it
export interface Globals {}
