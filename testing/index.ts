export type { Direction } from "./direction.ts";
export type { Delays, Line } from "./line.ts";
export { BROKEN, type Host, type Link } from "./link.ts";
export { MemoryNetwork, type MemoryNetworkOptions } from "./memory-network.ts";
export { seededRandom } from "./seeded-random.ts";
export { TestClock } from "./test-clock.ts";
export { type Repeated, type TestClientOptions, TestWorld, type TestWorldOptions } from "./test-world.ts";
