export { Box } from "./box/model.ts";
export { Html } from "./html/model.ts";
export { Input } from "./input/model.ts";
export { Text } from "./text/model.ts";
