export type { Direction } from "./direction.ts";
export type { Line } from "./line.ts";
export type { Host, Link } from "./link.ts";
export { MemoryNetwork, type MemoryNetworkOptions } from "./memory-network.ts";
export { seededRandom } from "./seeded-random.ts";
export { TestClock } from "./test-clock.ts";
export { type TestClientOptions, TestWorld, type TestWorldOptions } from "./test-world.ts";
