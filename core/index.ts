export { AuthorityTree } from "./authority.ts";
